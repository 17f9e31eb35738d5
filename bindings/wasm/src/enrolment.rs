//! A word more for a model: only in the module that pages load for it.

use std::mem;

use polyspot::Model;
use polyspot::enrolment::{NewWord, enrol};
use serde::Serialize;

use crate::session::{Session, described};
use crate::takes::Enrolment;

/// What JavaScript gets to know of a word.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    deviations: Vec<f64>,
    least_deviations: f64,
    posteriors: Vec<f32>,
    /// Of the model, for the posteriors.
    labels: Vec<String>,
}

impl Session {
    /// The file is the model that a word will be added to. Takes before it are forgotten.
    pub(crate) fn begin_enrolment(&mut self) -> Result<u32, String> {
        let file = mem::take(&mut self.bytes);
        let model = Model::from_bytes(&file).map_err(|error| described(&error))?;
        let labels = model.manifest().labels.iter().map(|label| label.name.clone()).collect();
        self.enrolment = Enrolment { file, labels, ..Enrolment::default() };
        Ok(1)
    }

    /// The samples are a take, or more of the last one.
    pub(crate) fn add_take(&mut self, goes_on: u32) -> Result<u32, String> {
        if self.enrolment.file.is_empty() {
            return Err("expected a model before its takes".into());
        }
        match self.enrolment.takes.last_mut() {
            Some(take) if goes_on != 0 => take.extend_from_slice(&self.samples),
            _ => self.enrolment.takes.push(self.samples.clone()),
        }
        Ok(self.enrolment.takes.len() as u32)
    }

    /// The file is the word, in UTF-8. Makes the model that has it, and tells how its takes are; gives the model file's length.
    pub(crate) fn enrol(&mut self) -> Result<u32, String> {
        let word = String::from_utf8(mem::take(&mut self.bytes)).map_err(|error| described(&error))?;
        let Enrolment { file, labels, takes, .. } = mem::take(&mut self.enrolment);
        let NewWord { bytes, word, .. } = enrol(&file, &word, &takes).map_err(|error| described(&error))?;
        self.enrolment.made = bytes;
        let (deviations, posteriors) = (word.deviations, word.posteriors);
        self.tell(&About { deviations, least_deviations: word.least_deviations, posteriors, labels })?;
        Ok(self.enrolment.made.len() as u32)
    }

    /// Where the model file is.
    pub(crate) fn made(&self) -> *const u8 {
        self.enrolment.made.as_ptr()
    }
}

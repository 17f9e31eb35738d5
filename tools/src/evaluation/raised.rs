//! Clips that hold no keyword, each by itself: how many raise one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use polyspot::{Model, Spotter};
use rayon::prelude::*;

use crate::data;

/// Silence before and after a clip, in seconds: a command stands alone.
const AROUND_SECONDS: f32 = 1.0;

/// For each clip of a folder (its dev part, if it has one) the word that its own folder names, and whether the model detects a
/// keyword in it.
///
/// # Errors
/// When the folder cannot be read, or the engine fails.
pub(crate) fn raised(model: &Arc<Model>, folder: &Path) -> Result<Vec<(String, bool)>> {
    let rate_hz = model.manifest().front_end.sample_rate_hz;
    let clips = data::load_dev_recordings(folder, rate_hz)?;
    let pause = vec![0.0; (AROUND_SECONDS * rate_hz as f32) as usize];
    clips
        .par_iter()
        .map(|clip| {
            let sound = [&pause, data::as_f32(&clip.audio).as_slice(), &pause].concat();
            let mut spotter = Spotter::new(Arc::clone(model))?;
            let is_raised = spotter.push(&sound)?.next().is_some();
            let word = clip.path.parent().and_then(Path::file_name).unwrap_or_default();
            Ok((word.to_string_lossy().into_owned(), is_raised || spotter.flush()?.next().is_some()))
        })
        .collect()
}

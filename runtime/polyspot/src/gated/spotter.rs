//! A spotter whose keywords may have to wait.

use std::sync::Arc;
use std::vec::Drain;

use polyspot_core::stream::{Detection, EngineError, GateEvent};

use super::wake::Wake;
use crate::{Model, Spotter};

/// A [`Spotter`] whose keywords count only after a wake word, if [`set_wake`](Self::set_wake) says so.
///
/// However the stream is cut, the same keywords count.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use polyspot::{GatedSpotter, Model, Wake};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
/// let commands = Arc::new(Model::from_path(format!("{models}/en.onnx"))?);
/// let wake = Arc::new(Model::from_path(format!("{models}/ar.onnx"))?);
/// let mut spotter = GatedSpotter::new(&[commands])?;
/// spotter.set_wake(Some(Wake::new(Some(wake), vec!["توقف".into()], Duration::from_secs(6))?))?;
/// assert!(!spotter.is_armed());
/// spotter.arm(); // As if the wake word had been said.
/// spotter.push(&[0.0; 16_000])?;
/// assert!(spotter.is_armed());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GatedSpotter {
    /// Listens with the models of the commands, and behind them the wake model.
    spotter: Spotter,
    commands: Vec<Arc<Model>>,
    wake: Option<Wake>,
    /// Samples of the stream so far.
    heard: u64,
    /// Keywords that count and were not handed out yet.
    counted: Vec<Detection>,
}

impl GatedSpotter {
    /// Starts a stream in one language or several, all of whose keywords count.
    ///
    /// # Errors
    /// As [`Spotter::for_models`].
    pub fn new(models: &[Arc<Model>]) -> Result<Self, EngineError> {
        let spotter = Spotter::for_models(models)?;
        Ok(Self { spotter, commands: models.to_vec(), wake: None, heard: 0, counted: Vec::new() })
    }

    /// Lets keywords count after a wake word only, or, with `None`, at all times again; between two pushes.
    ///
    /// # Errors
    /// As [`Spotter::swap_all`]; everything is as before then.
    pub fn set_wake(&mut self, mut wake: Option<Wake>) -> Result<(), EngineError> {
        if let Some(wake) = &mut wake {
            wake.set_commands(&self.commands);
        }
        self.spotter.swap_all(&listening(wake.as_ref(), &self.commands))?;
        self.wake = wake;
        Ok(())
    }

    /// Goes on in other languages, as [`Spotter::swap_all`]; what wakes stays.
    ///
    /// # Errors
    /// As [`Spotter::swap_all`]; the old models then go on listening.
    pub fn swap_all(&mut self, models: &[Arc<Model>]) -> Result<(), EngineError> {
        // The wake model alone is nothing to listen for.
        let all = if models.is_empty() { Vec::new() } else { listening(self.wake.as_ref(), models) };
        self.spotter.swap_all(&all)?;
        self.commands = models.to_vec();
        if let Some(wake) = &mut self.wake {
            wake.set_commands(models);
        }
        Ok(())
    }

    /// The models whose keywords are given.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.commands
    }

    /// Takes samples as [`Spotter::push`] does, and gives the keywords that count. Wake words are not among them.
    ///
    /// # Errors
    /// As [`Spotter::push`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Drain<'_, Detection>, EngineError> {
        self.heard += samples.len() as u64;
        self.spotter.push(samples)?.for_each(|detection| tell(&mut self.wake, &mut self.counted, detection));
        if let Some(wake) = &mut self.wake {
            wake.gate().advance(self.heard);
        }
        Ok(self.counting())
    }

    /// Ends the stream as [`Spotter::flush`] does, and gives what is left and counts. Nothing counts in the next stream until somebody
    /// wakes it.
    ///
    /// # Errors
    /// As [`Spotter::flush`].
    pub fn flush(&mut self) -> Result<Drain<'_, Detection>, EngineError> {
        self.spotter.flush()?.for_each(|detection| tell(&mut self.wake, &mut self.counted, detection));
        self.end();
        Ok(self.counting())
    }

    /// Forgets all audio heard, and that somebody has woken it.
    ///
    /// # Errors
    /// As [`Spotter::reset`].
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.end();
        self.counting().for_each(drop);
        self.spotter.reset()
    }

    /// Ends the time in which keywords count, and the stream.
    fn end(&mut self) {
        if let Some(wake) = &mut self.wake {
            wake.gate().end(self.heard);
        }
        self.heard = 0;
    }

    /// The keywords that count and were not handed out yet.
    fn counting(&mut self) -> Drain<'_, Detection> {
        while let Some(event) = self.wake.as_mut().and_then(Wake::next_event) {
            if let GateEvent::Command(detection) = event {
                self.counted.push(detection);
            }
        }
        self.counted.drain(..)
    }

    /// Does what a wake word does: somebody has pressed a button. Where keywords count at all times it does nothing.
    pub fn arm(&mut self) {
        if let Some(wake) = &mut self.wake {
            wake.gate().arm(self.heard);
        }
    }

    /// Whether a keyword may count.
    pub fn is_armed(&self) -> bool {
        self.wake.as_ref().is_none_or(Wake::is_armed)
    }

    /// Sets every keyword's threshold, as [`Spotter::set_thresholds`]; those of wake words too.
    pub fn set_thresholds(&mut self, threshold: f32) {
        self.spotter.set_thresholds(threshold);
    }

    /// The smoothed posteriors of the last step of one of the [`models`](Self::models).
    ///
    /// # Panics
    /// If `model` >= the number of models.
    pub fn smoothed_posteriors(&self, model: usize) -> &[f32] {
        assert!(model < self.commands.len(), "a model whose keywords are given");
        self.spotter.smoothed_posteriors(model)
    }
}

/// All that are to listen.
fn listening(wake: Option<&Wake>, commands: &[Arc<Model>]) -> Vec<Arc<Model>> {
    wake.map_or_else(|| commands.to_vec(), |wake| wake.with(commands))
}

/// Tells the gate of what was detected; where there is none, it counts.
fn tell(wake: &mut Option<Wake>, counted: &mut Vec<Detection>, detection: Detection) {
    match wake {
        None => counted.push(detection),
        Some(wake) if wake.is_wake(&detection) => wake.gate().wake(detection.end),
        Some(wake) if wake.is_command(&detection.language, &detection.keyword) => {
            wake.gate().command(detection);
        }
        Some(_) => {}
    }
}

//! A stream of posteriors: front end and networks, without decisions.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::error::EngineError;
use super::history::History;
use super::model::StreamModel;
use super::network_state::{NetworkState, of};
use super::spec::{NetworkSpec, StreamSpec};
use crate::front_end::FrontEnd;

/// What the networks that were swapped in may take, in multiply-accumulates, to hear again what was heard before, for each new frame:
/// a push of a tenth of a second then takes some 2 ms on a desktop's processor, however many languages there are.
const CATCH_UP_MACS: f64 = 0.7e6;

/// What a network says of one window of audio.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Posterior<'a> {
    /// One probability per label of the model, summing to 1.
    pub probabilities: &'a [f32],
    /// First sample after the audio this rests on, counted from the start of the stream.
    pub end: u64,
    /// Whose it is: an index among the stream's models, 0 if there is one.
    pub model: usize,
}

impl<'a> Posterior<'a> {
    /// A posterior of a stream with one model.
    pub fn new(probabilities: &'a [f32], end: u64) -> Self {
        Self { probabilities, end, model: 0 }
    }

    /// The same figures of another model of the stream.
    #[must_use]
    pub fn of_model(self, model: usize) -> Self {
        Self { model, ..self }
    }

    /// The most probable label, by its index among the model's labels; the first of equals.
    pub fn best(&self) -> usize {
        let highest = self.probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.probabilities.iter().position(|&p| p == highest).unwrap_or(0)
    }
}

/// One stream's way from samples to posteriors.
///
/// Whatever the lengths of the slices pushed, the posteriors are those of the network run once over the whole
/// signal.
pub struct PosteriorStream<M = StreamModel> {
    front_end: FrontEnd,
    network: NetworkState<M>,
    positions: Positions,
    history: History,
    /// How many frames of the history the networks hear again before each new one, while they have not caught up after a change
    /// of models.
    behind: Option<u64>,
}

/// Where in the stream the posteriors are.
struct Positions {
    step_samples: u64,
    /// Samples of overlap between a step's last frame and the next step's first.
    overhang_samples: u64,
    /// Steps so far, of each model.
    steps: Vec<u64>,
    /// Samples before the first one of the front end.
    origin: u64,
    /// End of the last posterior delivered.
    delivered: u64,
}

impl Positions {
    fn new<M: AsRef<StreamModel>>(models: &[Arc<M>], origin: u64) -> Self {
        let spec = of(&models[0]).spec();
        Self {
            step_samples: spec.step_samples() as u64,
            overhang_samples: (spec.front_end.frame_samples - spec.front_end.hop_samples) as u64,
            steps: vec![0; models.len()],
            origin,
            delivered: 0,
        }
    }

    /// Counts one more posterior of a model; it is delivered unless its time has been judged before.
    fn deliver(&mut self, model: usize, probabilities: &[f32], on_posterior: impl FnOnce(Posterior<'_>)) {
        self.steps[model] += 1;
        let end = self.origin + self.steps[model] * self.step_samples + self.overhang_samples;
        if end > self.delivered {
            on_posterior(Posterior { probabilities, end, model });
        }
    }

    fn last_end(&self) -> u64 {
        let steps = self.steps.iter().copied().max().unwrap_or(0);
        let heard = self.origin + steps * self.step_samples + self.overhang_samples;
        if steps == 0 { self.delivered } else { heard.max(self.delivered) }
    }
}

impl<M: AsRef<StreamModel>> PosteriorStream<M> {
    /// Starts a stream for one model.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: &Arc<M>) -> Result<Self, EngineError> {
        Self::for_models(core::slice::from_ref(model))
    }

    /// Starts a stream that several models hear: the front end is run once, and so is every step that networks have in
    /// common.
    ///
    /// # Errors
    /// When there is no model, the models cannot listen together ([`StreamModel::can_listen_with`]), or the engine
    /// cannot set up its state.
    pub fn for_models(models: &[Arc<M>]) -> Result<Self, EngineError> {
        let network = NetworkState::new(models)?;
        Ok(Self {
            front_end: front_end(models)?,
            network,
            positions: Positions::new(models, 0),
            history: History::new(models.iter().map(of)),
            behind: None,
        })
    }

    /// Goes on with other models, between two pushes. `heard` is the number of samples pushed so far.
    ///
    /// If the front end is the same, the new models hear the last seconds again, a part of them with each frame that comes, until they
    /// have caught up: from then on their posteriors are those that they would have if they had listened all along (as far back as
    /// [`StreamModel::context_frames`] and the history go). No time is judged twice. The call takes the same time whatever was heard; only
    /// where the models before had not caught up yet, they do so first, and `on_posterior` gets what they say.
    ///
    /// # Errors
    /// When there is no model, the models cannot listen together, or the engine cannot set up its state; the stream then goes on as it
    /// was.
    pub(crate) fn swap(
        &mut self,
        models: &[Arc<M>],
        heard: u64,
        on_posterior: impl FnMut(Posterior<'_>),
    ) -> Result<(), EngineError> {
        let network = NetworkState::new(models)?;
        // What cannot be run is to be swapped for what can: it says what it can and goes.
        let _ = self.catch_up(on_posterior);
        let StreamSpec { front_end: spec, network: network_spec, .. } = of(&models[0]).spec();
        let NetworkSpec { stride_frames, pulse_frames, .. } = *network_spec;
        let delivered = self.positions.last_end();
        let is_same = spec == self.front_end.spec();
        // The network's pulses end where frames are gathered to.
        if let Some(first_frame) = self.history.rewind(pulse_frames).filter(|_| is_same) {
            self.front_end.gather(pulse_frames);
            let mut positions = Positions::new(models, self.positions.origin);
            positions.steps.fill(first_frame / stride_frames as u64);
            self.positions = Positions { delivered, ..positions };
            let macs: f64 = models.iter().map(|model| of(model).cost().padded_macs_per_frame).sum();
            self.behind = Some((CATCH_UP_MACS / macs).max(1.0) as u64);
        } else {
            self.front_end = front_end(models)?;
            self.positions = Positions { delivered, ..Positions::new(models, heard) };
            self.history = History::new(models.iter().map(of));
            self.behind = None;
        }
        self.network = network;
        Ok(())
    }

    /// Takes any number of samples (mono, at the model's rate, full scale ±1) and calls `on_posterior` with
    /// each posterior that they complete.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    pub fn push(
        &mut self,
        samples: &[f32],
        on_posterior: impl FnMut(Posterior<'_>),
    ) -> Result<(), EngineError> {
        self.hear(|front_end, take| front_end.push(samples, take), on_posterior)
    }

    /// Takes frames `[T, coefficients]` that the same front end has made of samples before, instead of samples: what is kept of a
    /// recording that is not. In one stream either is pushed, not both.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    ///
    /// # Panics
    /// If `frames.len()` is no multiple of the front end's coefficients.
    pub fn push_frames(
        &mut self,
        frames: &[f32],
        on_posterior: impl FnMut(Posterior<'_>),
    ) -> Result<(), EngineError> {
        let coefficients = self.front_end.spec().coefficients;
        assert!(frames.len().is_multiple_of(coefficients), "frames of {coefficients} coefficients");
        self.hear(|_, take| frames.chunks_exact(coefficients).for_each(take), on_posterior)
    }

    /// Gives the networks the frames that a source makes.
    fn hear(
        &mut self,
        source: impl FnOnce(&mut FrontEnd, &mut dyn FnMut(&[f32])),
        mut on_posterior: impl FnMut(Posterior<'_>),
    ) -> Result<(), EngineError> {
        let Self { front_end, network, positions, history, behind } = self;
        let mut outcome = Ok(());
        let mut deliver = |model: usize, p: &[f32]| positions.deliver(model, p, &mut on_posterior);
        source(front_end, &mut |frame| {
            if outcome.is_ok()
                && let Some(frames) = *behind
            {
                let replayed = history.replay(frames, |old| network.push(old, &mut deliver));
                outcome = replayed.map(|is_done| *behind = behind.filter(|_| !is_done));
            }
            history.push(frame);
            if outcome.is_ok() && behind.is_none() {
                outcome = network.push(frame, &mut deliver);
            }
        });
        outcome?;
        network.settle(deliver)
    }

    /// Ends the stream: delivers the posteriors that were waiting for a full pulse, then starts anew.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn flush(&mut self, mut on_posterior: impl FnMut(Posterior<'_>)) -> Result<(), EngineError> {
        self.catch_up(&mut on_posterior)?;
        let Self { front_end, network, positions, .. } = self;
        let mut deliver = |model: usize, p: &[f32]| positions.deliver(model, p, &mut on_posterior);
        let mut outcome = Ok(());
        front_end.flush(|frame| {
            if outcome.is_ok() {
                outcome = network.push(frame, &mut deliver);
            }
        });
        outcome?;
        network.flush(deliver)?;
        self.reset()
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.front_end.reset();
        self.history.reset();
        let Positions { steps, origin, delivered, .. } = &mut self.positions;
        steps.fill(0);
        (*origin, *delivered) = (0, 0);
        self.behind = None;
        self.network.reset()
    }

    /// As if the stream had gone on for so many rounds of its history: nothing but the counters knows. Gives the samples.
    #[cfg(test)]
    pub(crate) fn jump(&mut self, rounds: u64) -> u64 {
        let frames = self.history.jump(rounds);
        self.network.jump(frames);
        let spec = self.front_end.spec();
        let samples = frames * spec.hop_samples as u64;
        self.positions.steps.iter_mut().for_each(|steps| *steps += samples / self.positions.step_samples);
        self.positions.delivered += samples;
        samples
    }

    /// Lets new networks hear all that they have not heard again yet.
    fn catch_up(&mut self, mut on_posterior: impl FnMut(Posterior<'_>)) -> Result<(), EngineError> {
        if self.behind.take().is_none() {
            return Ok(());
        }
        let Self { network, positions, history, .. } = self;
        let mut deliver = |model: usize, p: &[f32]| positions.deliver(model, p, &mut on_posterior);
        history.replay(u64::MAX, |frame| network.push(frame, &mut deliver))?;
        network.settle(deliver)
    }
}

impl<M: AsRef<StreamModel>> fmt::Debug for PosteriorStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PosteriorStream").field("network", &self.network).finish_non_exhaustive()
    }
}

/// What computes the models' frames: so many at once as the networks take.
fn front_end<M: AsRef<StreamModel>>(models: &[Arc<M>]) -> Result<FrontEnd, EngineError> {
    let spec = of(&models[0]).spec();
    let mut front_end = FrontEnd::new(&spec.front_end)?;
    front_end.gather(spec.network.pulse_frames);
    Ok(front_end)
}

#[cfg(test)]
mod tests {
    use super::super::shipped::model;
    use super::*;

    /// Slices of a signal, each with the posteriors that it completed.
    type Steps = Vec<(Vec<f32>, u64)>;

    fn collect(steps: &mut Steps) -> impl FnMut(Posterior<'_>) {
        |p| steps.push((p.probabilities.to_vec(), p.end))
    }

    #[test]
    fn however_often_models_are_swapped_every_step_is_judged_once_and_as_if_its_model_had_always_listened() {
        let models = ["en", "ar", "zh"].map(model);
        let mut random = 7u32;
        let mut draw = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below
        };
        let signal: Vec<f32> = (0..320_000).map(|_| draw(2_000) as f32 / 10_000.0 - 0.1).collect();
        let alone = models.each_ref().map(|model| {
            let mut steps = Steps::new();
            let mut stream = PosteriorStream::new(model).expect("a stream");
            stream.push(&signal, collect(&mut steps)).expect("a running engine");
            stream.flush(collect(&mut steps)).expect("a running engine");
            steps
        });
        let mut stream = PosteriorStream::new(&models[0]).expect("a stream");
        let (mut heard, mut current, mut steps) = (0, 0, Steps::new());
        while heard < signal.len() {
            let slice = &signal[heard..(heard + draw(5_000)).min(signal.len())];
            let before = steps.len();
            stream.push(slice, collect(&mut steps)).expect("a running engine");
            assert_eq!(steps[before..], alone[current][before..steps.len()], "at sample {heard}");
            heard += slice.len();
            let (before, next) = (steps.len(), draw(models.len()));
            stream.swap(&[Arc::clone(&models[next])], heard as u64, collect(&mut steps)).expect("a swap");
            assert_eq!(steps[before..], alone[current][before..steps.len()], "before sample {heard}");
            current = next;
        }
        stream.flush(collect(&mut steps)).expect("a running engine");
        assert_eq!(steps.len(), alone[current].len());
    }

    #[test]
    fn after_a_swap_each_frame_brings_a_part_of_what_was_heard_before() {
        let (one, several) = ([model("en")], ["ar", "en", "zh"].map(model));
        let mut stream = PosteriorStream::new(&one[0]).expect("a stream");
        stream.push(&vec![0.1; 80_000], |_| {}).expect("a running engine");
        for models in [&several[..], &one[..]] {
            stream.swap(models, 80_000, |_| {}).expect("a swap");
            let (mut at_once, mut before) = (Vec::new(), stream.history.left());
            assert!(before >= 240, "{before} frames");
            while stream.behind.is_some() {
                stream.push(&[0.1; 1_600], |_| {}).expect("a running engine");
                // Ten frames come with a tenth of a second, or up to a pulse more.
                let left = stream.history.left();
                at_once.push(before + 10 - left.min(before + 10));
                before = left;
            }
            let macs: f64 = models.iter().map(|model| model.cost().padded_macs_per_frame).sum();
            let most = (18.0 * (CATCH_UP_MACS / macs + 1.0)) as u64;
            assert!(at_once.iter().all(|&frames| frames <= most), "{at_once:?}, expected at most {most}");
            assert!((1..40).contains(&at_once.len()), "{at_once:?}");
        }
    }
}

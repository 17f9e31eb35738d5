//! What several languages cost at once, beside one.

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use polyspot::front_end::FrontEnd;
use polyspot::stream::{NetworkState, PosteriorStream};
use polyspot::{EngineError, Model};
use serde::Serialize;

use crate::json_lines::rounded;

/// Turns that everything measured takes, one after the other, so that what the machine does beside hits all of it.
const TURNS: usize = 100;
/// Turns before the first one that counts.
const WARM_UP: usize = 3;
/// Samples handed over at once, as by a microphone: 20 ms.
const SLICE: usize = 320;

/// What a stretch of computation costs per frame.
#[derive(Clone, Copy, Default, Serialize)]
struct PerFrame {
    /// Multiply-accumulates of the convolutions, counted from the network.
    macs: f64,
    /// Median time.
    microseconds: f64,
}

/// What listening in several languages costs.
#[derive(Serialize)]
pub(super) struct Cost {
    languages: Vec<String>,
    front_end_microseconds: f64,
    /// Each network by itself.
    alone: Vec<PerFrame>,
    /// All networks, were nothing run once for several.
    apart: PerFrame,
    /// All networks as they are run.
    together: PerFrame,
    shared: Vec<Shared>,
    /// Front end and networks.
    stream_of_the_first_microseconds: f64,
    stream_of_all_microseconds: f64,
    /// Median over the turns of the second by the first.
    stream_ratio: f64,
}

/// Steps of one language that another one's run serves.
#[derive(Serialize)]
struct Shared {
    language: String,
    with: String,
    of: usize,
    steps: Vec<String>,
}

/// Counts and measures; takes about a second.
pub(super) fn measure(models: &[Arc<Model>]) -> anyhow::Result<Cost> {
    let languages: Vec<String> = models.iter().map(|model| model.manifest().language.clone()).collect();
    let state = NetworkState::new(models)?;
    let (mut alone, mut together) = (vec![PerFrame::default(); models.len()], PerFrame::default());
    let mut shared = Vec::new();
    for (index, model) in models.iter().enumerate() {
        alone[index].macs = model.macs_per_frame();
        let mut own = alone[index].macs;
        if let Some((lender, steps)) = state.borrowed_steps(index) {
            own -= model.steps()[..steps].iter().map(|step| step.macs_per_frame).sum::<f64>();
            shared.push(Shared {
                language: languages[index].clone(),
                with: languages[lender].clone(),
                of: model.steps().len(),
                steps: model.steps()[..steps].iter().map(|step| name(&step.name)).collect(),
            });
        }
        together.macs += own;
    }
    let mut times = Times::take(models)?;
    for (cost, times) in alone.iter_mut().zip(&mut times.alone) {
        cost.microseconds = median(times);
    }
    together.microseconds = median(&mut times.together);
    let [one, all] = &mut times.streams;
    let mut ratios: Vec<f64> = one.iter().zip(&*all).map(|(one, all)| all / one).collect();
    Ok(Cost {
        front_end_microseconds: median(&mut times.front_end),
        apart: PerFrame {
            macs: alone.iter().map(|cost| cost.macs).sum(),
            microseconds: alone.iter().map(|cost| cost.microseconds).sum(),
        },
        stream_of_the_first_microseconds: median(one),
        stream_of_all_microseconds: median(all),
        stream_ratio: rounded(median(&mut ratios), 3),
        languages,
        alone,
        together,
        shared,
    })
}

/// A step's name without the "output" that its node's ends with.
fn name(step: &str) -> String {
    step.strip_suffix(".out").unwrap_or(step).to_owned()
}

/// Times per frame in microseconds, one of each turn.
struct Times {
    front_end: Vec<f64>,
    /// Of each network.
    alone: Vec<Vec<f64>>,
    together: Vec<f64>,
    /// Front end and network of the first model, front end and networks of all.
    streams: [Vec<f64>; 2],
}

impl Times {
    fn take(models: &[Arc<Model>]) -> anyhow::Result<Self> {
        let spec = &models[0].manifest().front_end;
        let audio = one_second(spec.sample_rate_hz);
        let mut front_end = FrontEnd::new(spec)?;
        let mut frames: Vec<Vec<f32>> = Vec::new();
        front_end.push(&audio, |frame| frames.push(frame.to_vec()));
        let count = frames.len() as f64;
        let pulse = models[0].manifest().network.pulse_frames;
        front_end.gather(pulse);
        let mut alone = models
            .iter()
            .map(|m| NetworkState::new(std::slice::from_ref(m)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut together = NetworkState::new(models)?;
        let mut streams = [PosteriorStream::new(&models[0])?, PosteriorStream::for_models(models)?];
        let mut times = Self {
            front_end: vec![],
            alone: vec![vec![]; models.len()],
            together: vec![],
            streams: [vec![], vec![]],
        };
        for turn in 0..WARM_UP + TURNS {
            if turn == WARM_UP {
                times.clear();
            }
            times.front_end.push(timed(count, || {
                audio.chunks(SLICE).for_each(|slice| front_end.push(slice, |frame| _ = black_box(frame)));
                Ok(())
            })?);
            for (network, times) in alone.iter_mut().zip(&mut times.alone) {
                times.push(timed(count, || run(network, &frames, pulse))?);
            }
            times.together.push(timed(count, || run(&mut together, &frames, pulse))?);
            // Who goes first takes turns too.
            for which in [turn % 2, 1 - turn % 2] {
                let stream = &mut streams[which];
                times.streams[which].push(timed(count, || {
                    audio.chunks(SLICE).try_for_each(|slice| stream.push(slice, |p| _ = black_box(p.end)))
                })?);
            }
        }
        Ok(times)
    }

    fn clear(&mut self) {
        let Self { front_end, alone, together, streams } = self;
        let all = [front_end, together].into_iter().chain(alone).chain(streams);
        all.for_each(Vec::clear);
    }
}

/// Runs a second's frames, a pulse at a time, as a live stream does.
fn run(network: &mut NetworkState, frames: &[Vec<f32>], pulse: usize) -> Result<(), EngineError> {
    for frames in frames.chunks(pulse) {
        for frame in frames {
            network.push(frame, |_, p| _ = black_box(p))?;
        }
        network.settle(|_, p| _ = black_box(p))?;
    }
    Ok(())
}

/// Time of one frame in microseconds.
fn timed(frames: f64, work: impl FnOnce() -> Result<(), EngineError>) -> Result<f64, EngineError> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e6 / frames)
}

/// Something that sounds and wanders; its values change no time.
fn one_second(rate_hz: u32) -> Vec<f32> {
    (0..rate_hz).map(|i| 0.2 * (i as f32 * 0.07 + 3.0 * (i as f32 * 0.000_3).sin()).sin()).collect()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { languages, alone, apart, together, .. } = self;
        writeln!(f, "{:<28}{:>16}{:>14}", "per frame of 10 ms", "multiply-accs", "microseconds")?;
        writeln!(f, "  {:<26}{:>16}{:>14.2}", "front end", "", self.front_end_microseconds)?;
        let mut row = |name: &str, cost: &PerFrame| {
            writeln!(f, "  {name:<26}{:>16.0}{:>14.2}", cost.macs, cost.microseconds)
        };
        for (language, cost) in languages.iter().zip(alone) {
            row(&format!("network {language}"), cost)?;
        }
        row("all networks, each by itself", apart)?;
        row("all networks together", together)?;
        let saved =
            |of: fn(&PerFrame) -> f64| 100.0 * (1.0 - of(together) / of(apart).max(f64::MIN_POSITIVE));
        writeln!(
            f,
            "  {:<26}{:>15.1}%{:>13.1}%",
            "saved",
            saved(|cost| cost.macs),
            saved(|cost| cost.microseconds)
        )?;
        if self.shared.is_empty() {
            writeln!(f, "\nNo two of them have first steps in common.")?;
        }
        for Shared { language, with, of, steps } in &self.shared {
            let list = steps.join(", ");
            writeln!(f, "\n{language} has the first {} of its {of} steps from {with}: {list}", steps.len())?;
        }
        write!(
            f,
            "\n{} at once take {:.2} times what {} alone takes (front end and networks: {:.2} and {:.2} microseconds; \
             medians of {TURNS} seconds of audio each, taking turns).",
            languages.join(", "),
            self.stream_ratio,
            languages[0],
            self.stream_of_all_microseconds,
            self.stream_of_the_first_microseconds
        )
    }
}

//! Recording: the room first, then each keyword when the user is asked for it.

use std::sync::Arc;

use polyspot::Model;
use polyspot_audio::ChannelChoice;
use polyspot_text::say;

use super::heard::{Heard, recorder};
use super::microphone::Microphone;
use crate::arguments::positive;
use crate::exit::Failure;

/// The options of a recording.
#[derive(clap::Args)]
pub(super) struct Recording {
    /// Record from this microphone: an index or id as `polyspot devices` lists them, or (part of) a name.
    #[arg(long, value_name = "DEVICE", conflicts_with_all = ["ambient", "takes"])]
    device: Option<String>,

    /// Record the ambient sound for so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 2.0, value_parser = positive, conflicts_with_all = ["ambient", "takes"])]
    minutes: f64,

    /// Record so many takes of each keyword.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, conflicts_with_all = ["ambient", "takes"])]
    takes_per_keyword: usize,
}

/// Time to say a keyword in, and for the model to hear it out.
const TAKE_SECONDS: f64 = 3.0;

/// Said while the ambient sound is recorded, this often.
const REMINDER_SECONDS: f64 = 30.0;

/// Records the ambient sound and the takes; what to do is said on standard error.
pub(super) fn record(
    model: &Arc<Model>,
    args: &Recording,
    keywords: &[usize],
    choice: ChannelChoice,
) -> Result<Heard, Failure> {
    let rate_hz = model.manifest().front_end.sample_rate_hz;
    let samples = |seconds: f64| (seconds * f64::from(rate_hz)) as usize;
    let names: Vec<&str> = model.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
    let mut microphone = Microphone::open(args.device.clone(), choice, rate_hz)?;
    let mut recorder = recorder(model)?;
    say!("Recording on {}.", microphone.name());
    say!("First the room, for {} min: let it sound as usual, but say none of the keywords.", args.minutes);
    let (mut left, mut is_silent) = (args.minutes * 60.0, true);
    while left > 0.0 {
        let part = left.min(REMINDER_SECONDS);
        microphone.record(samples(part), |block| {
            is_silent &= block.iter().all(|sample| *sample == 0.0);
            Ok(recorder.push(block)?)
        })?;
        left -= part;
        if left > 0.0 {
            say!("{left:.0} s to go");
        }
    }
    let ambient = vec![recorder.finish()?];
    let mut takes = Vec::new();
    for &keyword in keywords {
        for take in 1..=args.takes_per_keyword {
            say!("Say \"{}\" ({take} of {})", names[keyword], args.takes_per_keyword);
            microphone.record(samples(TAKE_SECONDS), |block| Ok(recorder.push(block)?))?;
            takes.push((keyword, recorder.finish()?));
        }
    }
    Ok(Heard { ambient, takes, is_silent })
}

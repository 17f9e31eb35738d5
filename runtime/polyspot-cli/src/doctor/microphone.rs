//! Examining a microphone.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use polyspot_audio::ChannelChoice;
use polyspot_text::say;

use super::examination::Examination;
use super::finding::Finding;
use super::judge::judge;
use super::measured::{Meter, Way};
use crate::audio_input::{self, Change, Connection, IDLE, Input, LossMeter};
use crate::exit::Failure;

/// The clock is looked at so often.
const WINDOWS: u32 = 3;

/// Opens a microphone as `listen` does, measures it for some time, and judges it.
pub(super) fn examine(
    wanted: Option<&str>,
    choice: ChannelChoice,
    time: Duration,
) -> Result<Examination, Failure> {
    let name = wanted.unwrap_or("the default microphone").to_owned();
    let (mut connection, input) = match open(wanted) {
        Ok(opened) => opened,
        Err(error) => {
            let findings = vec![Finding::of_error(&error, wanted.is_none())];
            return Ok(Examination { name, measured: None, findings });
        }
    };
    let name = format!("{} ({})", input.name, input.id);
    choice.check(input.channels).with_context(|| name.clone()).map_err(Failure::usage)?;
    say!("polyspot: listening to {name} for {:.0} s: please speak as usual", time.as_secs_f64());
    let begin = Instant::now();
    let mut meter = Meter::new(input.sample_rate_hz, input.channels, choice);
    let mut clock = LossMeter::new(input.sample_rate_hz, time / WINDOWS);
    let (mut interleaved, mut stopped) = (Vec::new(), None);
    loop {
        let now = Instant::now();
        if let Some(Change::Broken { reason }) = connection.poll(now, &mut interleaved)? {
            stopped = Some(reason);
            break;
        }
        meter.push(&interleaved);
        clock.observe(now - begin, meter.frames());
        if now - begin > time {
            break;
        }
        if interleaved.is_empty() {
            thread::sleep(IDLE);
        }
    }
    let dropped = connection.close(Instant::now(), |_| Ok::<_, anyhow::Error>(()))?.dropped;
    let way = Way::Device { measured_hz: clock.rate_hz(), lost: dropped + clock.lost(), stopped };
    let measured = meter.end(way);
    let findings = judge(&measured);
    Ok(Examination { name, measured: Some(measured), findings })
}

/// Waits until the microphone delivers.
fn open(wanted: Option<&str>) -> anyhow::Result<(Connection, Input)> {
    let wanted = wanted.map(str::to_owned);
    let mut connection = Connection::begin(wanted, audio_input::opener(thread::current()), Instant::now())?;
    let mut nothing = Vec::new();
    loop {
        match connection.poll(Instant::now(), &mut nothing)? {
            Some(Change::Opened { input, .. }) => return Ok((connection, input)),
            _ => thread::sleep(IDLE),
        }
    }
}

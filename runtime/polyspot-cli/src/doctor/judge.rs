//! What is wrong with what was measured.

use polyspot_audio::Damage;

use super::finding::Finding;
use super::measured::{Measured, Way};
use super::signal::Signal;
use crate::level::FLOOR_DBFS;

/// Below this the models lack what they have learnt from.
const LOWEST_RATE_HZ: u32 = 16_000;
/// Rates that devices have.
const RATES_HZ: [u32; 12] =
    [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];
/// A rate is one of them if it is no further from it than this.
const SAME_RATE: f64 = 0.01;
/// A rate may be off by so much: clocks are never off by more.
const ODD_RATE: f64 = 0.02;
/// So much lost time, in seconds, is no error of the clock.
const LOST_SECONDS: f64 = 0.05;
/// Quieter than this there is no sound, only an amplifier's noise, in dBFS …
const SILENT_DBFS: f32 = -75.0;
/// … and words are missed: of the thirty in tests/data/keywords 29 are heard with their loudest stretch at about -47 dBFS, 26 at -52,
/// 20 at -57, 5 at -62.
const QUIET_DBFS: f32 = -50.0;
/// So many times is no accident. A little does not hurt: the thirty words are all heard if they are made 20 dB louder than full scale
/// allows, 20 of them at 30 dB.
const CLIPPED: u64 = 3;
/// An offset of so much of full scale. It hurts loud speech only, which it makes clip: of the thirty words all are heard with 0.3.
const OFFSET: f32 = 0.05;
/// Channels that have nothing in common lose 3 dB in their mean, one of four alone 12, in dB.
const CANCELLED_DB: f32 = 18.0;

/// All findings, the gravest first.
pub(crate) fn judge(measured: &Measured) -> Vec<Finding> {
    let mut findings = way(measured);
    let heard = &measured.heard;
    let loudest_dbfs = heard.loudest_dbfs();
    let loudest_channel_dbfs = measured.channels.iter().map(Signal::loudest_dbfs).fold(FLOOR_DBFS, f32::max);
    let clipped = measured.channels.iter().map(|signal| signal.clipped).max().unwrap_or(0);
    let offset = measured.highest(|signal| signal.mean.abs());
    if measured.frames > 0 && loudest_channel_dbfs < SILENT_DBFS {
        findings.push(Finding::Silence { is_digital: measured.highest(|signal| signal.peak) == 0.0 });
    } else if measured.frames > 0 && loudest_dbfs < loudest_channel_dbfs - CANCELLED_DB {
        findings.push(Finding::ChannelsCancel);
    } else if measured.frames > 0 && loudest_dbfs < QUIET_DBFS {
        findings.push(Finding::TooQuiet { loudest_dbfs });
    }
    if clipped >= CLIPPED {
        findings.push(Finding::Clipping { times: clipped });
    }
    if offset > OFFSET {
        findings.push(Finding::DcOffset { share: offset });
    }
    findings
}

/// What is wrong with the way that the samples came.
fn way(measured: &Measured) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated_hz = measured.sample_rate_hz;
    let mut frames = 0;
    match &measured.way {
        Way::Device { measured_hz, lost, stopped } => {
            if let Some(reason) = stopped {
                findings.push(Finding::DeadCallbacks { reason: reason.clone() });
            }
            let odd_hz = measured_hz.filter(|measured_hz| is_odd(*measured_hz, stated_hz));
            if odd_hz.is_some() {
                findings.push(Finding::WrongRate { stated_hz, measured_hz: odd_hz });
            } else if *lost as f64 > LOST_SECONDS * f64::from(stated_hz) {
                frames = *lost;
            }
        }
        Way::File { is_cut_off, damage } => {
            findings.extend(is_cut_off.then_some(Finding::CutOff));
            let seconds = |frame: u64| frame as f64 / f64::from(stated_hz);
            let damaged = |at: &Damage| Finding::Damaged { first_s: seconds(at.frame), places: at.places };
            findings.extend(damage.as_ref().map(damaged));
        }
    }
    if stated_hz < LOWEST_RATE_HZ {
        findings.push(Finding::WrongRate { stated_hz, measured_hz: None });
    }
    let holes = measured.channels.iter().map(|signal| signal.holes).max().unwrap_or(0);
    if frames > 0 || holes > 0 {
        findings.push(Finding::DroppedFrames { frames, holes });
    }
    findings
}

/// Whether samples come too fast, or at another rate that devices have; else they are too slow because some are lost.
fn is_odd(measured_hz: f64, stated_hz: u32) -> bool {
    let off = measured_hz / f64::from(stated_hz) - 1.0;
    let is_other =
        |rate_hz: u32| rate_hz != stated_hz && (measured_hz / f64::from(rate_hz) - 1.0).abs() < SAME_RATE;
    off > ODD_RATE || (off < -ODD_RATE && RATES_HZ.into_iter().any(is_other))
}

//! What is done with the samples heard: spotting, saving, reporting.

use std::sync::Arc;
use std::time::Duration;

use polyspot::{Detection, Model, Spotter};

use super::clips::Clips;
use super::connection::Losses;
use super::events::{Counts, Device, Event, Posteriors};
use super::level::{Level, LevelMeter};
use super::report::Report;
use super::stream::Input;
use crate::json_lines::rounded;

/// A microphone that has delivered nothing but zeros for so long is probably muted.
const SUSPICIOUS_SILENCE_SECONDS: u64 = 10;

/// The listening thread's end of everything: samples at the model's rate come in, events go out.
pub(super) struct Listener {
    model: Arc<Model>,
    spotter: Spotter,
    /// Where the spotter's stream began: it begins anew after each break.
    stream_start: u64,
    /// Samples heard in all.
    position: u64,
    meter: LevelMeter,
    /// Whether the microphone has ever delivered anything but zeros, or was complained about for that.
    is_alive: bool,
    clips: Option<Clips>,
    /// Detections of each output of the model.
    counts: Vec<u64>,
    report: Report,
}

impl Listener {
    pub(super) fn new(spotter: Spotter, clips: Option<Clips>, report: Report) -> Self {
        let model = Arc::clone(spotter.model());
        Self {
            counts: vec![0; model.manifest().labels.len()],
            model,
            spotter,
            stream_start: 0,
            position: 0,
            meter: LevelMeter::default(),
            is_alive: false,
            clips,
            report,
        }
    }

    /// Reports that the microphone delivers, for the first time or after a break.
    pub(super) fn opened(&mut self, input: &Input, gap: Option<Duration>) -> anyhow::Result<()> {
        let device = Device {
            id: &input.id,
            name: &input.name,
            sample_rate_hz: input.sample_rate_hz,
            channels: input.channels,
            sample_format: input.sample_format.to_string(),
        };
        let manifest = self.model.manifest();
        let event = match gap {
            None => Event::Ready {
                language: &manifest.language,
                keywords: manifest.keywords().map(|(_, label)| label.name.as_str()).collect(),
                sample_rate_hz: manifest.front_end.sample_rate_hz,
                device,
            },
            Some(gap) => Event::Resumed {
                sample: self.position,
                seconds: self.seconds(self.position),
                gap_seconds: rounded(gap.as_secs_f64(), 3),
                device,
            },
        };
        Ok(self.report.show(&event)?)
    }

    /// Takes the next samples, at the model's rate.
    pub(super) fn hear(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.position += samples.len() as u64;
        self.meter.push(samples);
        let mut heard = Vec::new();
        self.spotter.push(samples, |detection| heard.push(detection))?;
        if let Some(clips) = &mut self.clips
            && let Err(error) = clips.push(samples)
        {
            self.warn(&format!("{error:#}"))?;
        }
        heard.into_iter().try_for_each(|detection| self.detected(detection))?;
        let rate_hz = self.model.manifest().front_end.sample_rate_hz as usize;
        if self.meter.samples() >= self.report.level_interval_ms() * rate_hz / 1_000 {
            self.show_level()?;
        }
        Ok(())
    }

    /// Ends the stream: what follows does not continue it.
    pub(super) fn break_off(&mut self) -> anyhow::Result<()> {
        let mut heard = Vec::new();
        self.spotter.flush(|detection| heard.push(detection))?;
        heard.into_iter().try_for_each(|detection| self.detected(detection))?;
        self.stream_start = self.position;
        if let Some(clips) = &mut self.clips
            && let Err(error) = clips.break_off()
        {
            self.warn(&format!("{error:#}"))?;
        }
        Ok(())
    }

    /// Reports that the microphone has stopped.
    pub(super) fn interrupted(&mut self, reason: &str) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        Ok(self.report.show(&Event::Interrupted { sample, seconds, reason })?)
    }

    /// Reports the end.
    pub(super) fn summary(mut self, elapsed: Duration, losses: &Losses) -> anyhow::Result<()> {
        let manifest = self.model.manifest();
        let by_keyword = manifest.keywords().map(|(o, label)| (label.name.as_str(), self.counts[o]));
        let event = Event::Summary {
            samples: self.position,
            seconds: self.seconds(self.position),
            elapsed_seconds: rounded(elapsed.as_secs_f64(), 3),
            samples_dropped: losses.dropped,
            samples_missing: losses.missing,
            gaps: losses.gaps,
            gap_seconds: rounded(losses.gap.as_secs_f64(), 3),
            detections: self.counts.iter().sum(),
            by_keyword: Counts(by_keyword.collect()),
        };
        Ok(self.report.show(&event)?)
    }

    fn detected(&mut self, detection: Detection) -> anyhow::Result<()> {
        let (start, end) = (self.stream_start + detection.start, self.stream_start + detection.end);
        let detection = Detection { start, end, ..detection };
        let keyword = self.model.manifest().keywords().find(|(_, label)| label.name == *detection.keyword);
        if let Some((output, _)) = keyword {
            self.counts[output] += 1;
        }
        if let Some(clips) = &mut self.clips {
            clips.mark(&detection);
        }
        let event = Event::Detection {
            keyword: &detection.keyword,
            language: &detection.language,
            score: rounded(detection.score, 4),
            start,
            end,
            start_seconds: self.seconds(start),
            end_seconds: self.seconds(end),
        };
        Ok(self.report.show(&event)?)
    }

    fn show_level(&mut self) -> anyhow::Result<()> {
        let level = self.meter.take();
        let seconds = self.seconds(self.position);
        self.report.show(&Event::Level {
            sample: self.position,
            seconds,
            rms_dbfs: rounded(level.rms_dbfs, 1),
            peak_dbfs: rounded(level.peak_dbfs, 1),
            posteriors: Posteriors::new(self.model.manifest(), self.spotter.smoothed_posteriors()),
        })?;
        self.look_for_life(level)
    }

    /// Warns once of a microphone that has never delivered anything but zeros.
    fn look_for_life(&mut self, level: Level) -> anyhow::Result<()> {
        self.is_alive |= !level.is_digital_silence();
        let rate_hz = u64::from(self.model.manifest().front_end.sample_rate_hz);
        if !self.is_alive && self.position >= SUSPICIOUS_SILENCE_SECONDS * rate_hz {
            self.is_alive = true;
            self.warn("only digital silence so far: is the microphone muted, or its use not permitted?")?;
        }
        Ok(())
    }

    fn warn(&mut self, message: &str) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        Ok(self.report.show(&Event::Warning { sample, seconds, message })?)
    }

    fn seconds(&self, sample: u64) -> f64 {
        rounded(sample as f64 / f64::from(self.model.manifest().front_end.sample_rate_hz), 3)
    }
}

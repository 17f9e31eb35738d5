//! What is done with the samples heard: spotting, saving, reporting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use polyspot::{Detection, Model, Spotter};

use super::auto::{Auto, Turn};
use super::control::{Answer, Ready};
use super::output::{By, Clips, Counts, Device, Event, LanguageScores, Posteriors, Report, Summary};
use crate::audio_input::{Input, Losses};
use crate::doctor::Finding;
use crate::json_lines::rounded;
use crate::level::{Level, LevelMeter};

/// Levels that viewers get in a second.
const VIEWED_HZ: usize = 10;

/// The listening thread's end of everything: samples at the model's rate come in, events go out.
pub(super) struct Listener {
    spotter: Spotter,
    sample_rate_hz: u32,
    /// Where the spotter's stream began: it begins anew after each break.
    stream_start: u64,
    /// Samples heard in all.
    position: u64,
    meter: LevelMeter,
    /// From one level that is shown to the next, in samples; none shows none.
    level_samples: Option<usize>,
    /// The same for viewers, while there are any.
    viewers_meter: LevelMeter,
    /// What listened before the last change, until it is known that what listens now can hear.
    before: Option<Vec<Arc<Model>>>,
    clips: Option<Clips>,
    /// Where detections that were none are saved.
    false_alarms: Option<Clips>,
    /// The last detection, until it is said to be none.
    last: Option<Detection>,
    summary: Summary,
    /// Narrows several languages to the one being spoken, if that is wanted.
    auto: Option<Auto>,
    report: Report,
}

impl Listener {
    /// Levels are shown at this interval, at none if it is zero; else as often as the report wants.
    pub(super) fn new(
        spotter: Spotter,
        clips: Option<Clips>,
        false_alarms: Option<Clips>,
        auto: bool,
        level_interval: Option<Duration>,
        report: Report,
    ) -> Self {
        let sample_rate_hz = spotter.models()[0].manifest().front_end.sample_rate_hz;
        let level_interval = level_interval.unwrap_or_else(|| report.level_interval());
        let level_samples = (level_interval.as_secs_f64() * f64::from(sample_rate_hz)).round() as usize;
        let mut listener = Self {
            level_samples: (level_samples > 0).then_some(level_samples),
            before: None,
            summary: Summary::default(),
            auto: auto.then(|| Auto::new(spotter.models(), sample_rate_hz)),
            sample_rate_hz,
            spotter,
            stream_start: 0,
            position: 0,
            meter: LevelMeter::default(),
            viewers_meter: LevelMeter::default(),
            clips,
            false_alarms,
            last: None,
            report,
        };
        listener.summary.admit(keywords(&listener.spotter));
        listener
    }

    /// Does what was asked for, or says why not.
    pub(super) fn answer(&mut self, answer: Answer) -> anyhow::Result<()> {
        let changed = match answer {
            Answer::Wrong => return self.was_wrong(),
            Answer::Warning(message) => return self.warn(&message),
            Answer::Refused(error) => Err(error),
            Answer::Models(Ready { models, asked }) => self.swap(&models, asked, By::Request),
        };
        if let Err(error) = changed {
            let old = languages(&self.spotter);
            return self.warn(&format!("still listening in {old}: {error:#}"));
        }
        let (models, rate_hz) = (self.spotter.models(), self.sample_rate_hz);
        self.auto = self.auto.take().map(|_| Auto::new(models, rate_hz));
        Ok(())
    }

    /// Goes on with these models, and reports it.
    fn swap(&mut self, models: &[Arc<Model>], asked: Instant, by: By) -> anyhow::Result<()> {
        for model in models {
            let (found, expected) = (model.manifest().front_end.sample_rate_hz, self.sample_rate_hz);
            ensure!(found == expected, "the model listens at {found} Hz, expected {expected} Hz");
        }
        let (old, before) = (languages(&self.spotter), self.spotter.models().to_vec());
        self.spotter.swap_all(models)?;
        self.before = Some(before);
        self.summary.admit(keywords(&self.spotter));
        let (sample, seconds) = (self.position, self.seconds(self.position));
        let milliseconds = rounded(asked.elapsed().as_secs_f64() * 1_000.0, 3);
        let new = languages(&self.spotter);
        let keywords = keywords(&self.spotter);
        let event = Event::ModelChanged { by, old: &old, new: &new, keywords, milliseconds, sample, seconds };
        Ok(self.report.show(&event)?)
    }

    /// Narrows to the language being spoken, or widens again.
    fn follow_the_speaker(&mut self) -> anyhow::Result<()> {
        let Some(auto) = &mut self.auto else { return Ok(()) };
        let (models, by) = match auto.judge(self.position, self.spotter.language_identifier()) {
            None => return Ok(()),
            Some(Turn::Narrow(index)) => (auto.wide()[index..=index].to_vec(), By::Guess),
            Some(Turn::Widen) => (auto.wide().to_vec(), By::Doubt),
        };
        self.swap(&models, Instant::now(), by)
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
        let language = languages(&self.spotter);
        let event = match gap {
            None => Event::Ready {
                language: &language,
                keywords: keywords(&self.spotter),
                sample_rate_hz: self.sample_rate_hz,
                device,
            },
            Some(gap) => Event::DeviceRestored {
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
        let begin = Instant::now();
        self.report.pass_on()?;
        self.position += samples.len() as u64;
        let heard = self.spotter.push(samples).map(Vec::from_iter);
        let heard = heard.or_else(|error| self.fall_back(error.into()).map(|()| Vec::new()))?;
        self.save(|clips| clips.push(samples))?;
        heard.into_iter().try_for_each(|detection| self.detected(detection))?;
        self.follow_the_speaker()?;
        self.show_levels(samples)?;
        self.report.count(samples.len(), begin.elapsed());
        Ok(())
    }

    /// Shows levels that are due after these samples.
    fn show_levels(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        if let Some(level_samples) = self.level_samples {
            self.meter.push(samples);
            if self.meter.samples() >= level_samples {
                let level = self.meter.take();
                self.report.show(&level_event(&self.spotter, self.position, self.sample_rate_hz, level))?;
            }
        }
        if self.report.is_viewed() {
            self.viewers_meter.push(samples);
            if self.viewers_meter.samples() >= self.sample_rate_hz as usize / VIEWED_HZ {
                let level = self.viewers_meter.take();
                let event = level_event(&self.spotter, self.position, self.sample_rate_hz, level);
                self.report.show_viewers(&event);
            }
        }
        Ok(())
    }

    /// Goes back to the models before the last change, as those that listen cannot be run; without any, that is the end.
    fn fall_back(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let failed = languages(&self.spotter);
        let Some(before) = self.before.take() else {
            return Err(error.context(format!("the model for {failed} fails")));
        };
        self.warn(&format!("the model for {failed} fails, back to the one before it: {error}"))?;
        self.swap(&before, Instant::now(), By::Failure)?;
        // If they fail too, nothing is left.
        self.before = None;
        Ok(())
    }

    /// Ends the stream: what follows does not continue it.
    pub(super) fn break_off(&mut self) -> anyhow::Result<()> {
        let heard: Vec<Detection> = self.spotter.flush()?.collect();
        heard.into_iter().try_for_each(|detection| self.detected(detection))?;
        self.stream_start = self.position;
        self.save(Clips::break_off)
    }

    /// Does something with the clips; what cannot be written does not end the listening.
    fn save(&mut self, act: impl Fn(&mut Clips) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let outcomes: Vec<_> = self.clips.iter_mut().chain(&mut self.false_alarms).map(act).collect();
        outcomes.into_iter().filter_map(Result::err).try_for_each(|error| self.warn(&format!("{error:#}")))
    }

    /// Notes that the last detection was none, and saves its clip.
    fn was_wrong(&mut self) -> anyhow::Result<()> {
        let Some(clips) = &mut self.false_alarms else {
            return self
                .warn("a detection was wrong, but where to save it is not said: --log-false-alarms DIR");
        };
        let Some(detection) = self.last.take() else {
            return self.warn("there is no detection that could be wrong");
        };
        if let Err(error) = clips.keep_last() {
            return self.warn(&format!("{error:#}"));
        }
        let (start, end) = (detection.start, detection.end);
        let (keyword, language) = (&*detection.keyword, &*detection.language);
        let seconds = self.seconds(start);
        Ok(self.report.show(&Event::FalseAlarm { keyword, language, start, end, start_seconds: seconds })?)
    }

    /// Reports that the microphone has stopped.
    pub(super) fn device_lost(&mut self, reason: &str) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        Ok(self.report.show(&Event::DeviceLost { sample, seconds, reason })?)
    }

    /// Reports frames that were dropped here; the stream was broken off before.
    pub(super) fn discontinuity(&mut self, dropped: u64) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        let event = Event::SamplesLost { start: sample, end: sample, seconds, dropped, missing: 0 };
        Ok(self.report.show(&event)?)
    }

    /// Reports frames that never came, within this time.
    pub(super) fn missing(&mut self, missing: u64, within: Duration) -> anyhow::Result<()> {
        let samples = within.as_secs() * u64::from(self.sample_rate_hz);
        let (start, end) = (self.position.saturating_sub(samples).max(self.stream_start), self.position);
        let seconds = self.seconds(end);
        Ok(self.report.show(&Event::SamplesLost { start, end, seconds, dropped: 0, missing })?)
    }

    /// Reports the end.
    pub(super) fn end(mut self, elapsed: Duration, losses: &Losses) -> anyhow::Result<()> {
        let event = Event::Summary {
            samples: self.position,
            seconds: self.seconds(self.position),
            elapsed_seconds: rounded(elapsed.as_secs_f64(), 3),
            samples_dropped: losses.dropped,
            samples_missing: losses.missing,
            gaps: losses.gaps,
            gap_seconds: rounded(losses.gap.as_secs_f64(), 3),
            detections: self.summary.total(),
            by_keyword: Counts(self.summary.by_keyword()),
        };
        Ok(self.report.show(&event)?)
    }

    fn detected(&mut self, mut detection: Detection) -> anyhow::Result<()> {
        let (start, end) = (self.stream_start + detection.start, self.stream_start + detection.end);
        (detection.start, detection.end) = (start, end);
        self.summary.count(&detection.keyword);
        self.clips.iter_mut().chain(&mut self.false_alarms).for_each(|clips| clips.mark(&detection));
        if let Some(auto) = &mut self.auto {
            auto.heard(&detection.language, self.position);
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
        self.report.show(&event)?;
        self.last = Some(detection);
        Ok(())
    }

    /// Warns of something.
    pub(super) fn warn(&mut self, message: &str) -> anyhow::Result<()> {
        self.show_warning(None, message)
    }

    /// Warns of what is wrong with the microphone.
    pub(super) fn found(&mut self, finding: &Finding) -> anyhow::Result<()> {
        self.show_warning(Some(finding.name()), &format!("{}. {}", finding.what(), finding.advice()))
    }

    fn show_warning(&mut self, finding: Option<&str>, message: &str) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        Ok(self.report.show(&Event::Warning { sample, seconds, finding, message })?)
    }

    fn seconds(&self, sample: u64) -> f64 {
        seconds(sample, self.sample_rate_hz)
    }
}

fn seconds(sample: u64, sample_rate_hz: u32) -> f64 {
    rounded(sample as f64 / f64::from(sample_rate_hz), 3)
}

/// How loud it is and what the models think at this sample.
fn level_event(spotter: &Spotter, sample: u64, sample_rate_hz: u32, level: Level) -> Event<'_> {
    Event::Level {
        sample,
        seconds: seconds(sample, sample_rate_hz),
        rms_dbfs: rounded(level.rms_dbfs, 1),
        peak_dbfs: rounded(level.peak_dbfs, 1),
        posteriors: Posteriors::new(spotter),
        language_scores: (spotter.models().len() > 1).then(|| language_scores(spotter)),
    }
}

/// The languages being listened for, separated by commas.
fn languages(spotter: &Spotter) -> String {
    let languages: Vec<&str> =
        spotter.models().iter().map(|model| model.manifest().language.as_str()).collect();
    languages.join(",")
}

/// How likely each of several languages is the one being spoken.
fn language_scores(spotter: &Spotter) -> LanguageScores<'_> {
    let languages = spotter.models().iter().map(|model| model.manifest().language.as_str());
    LanguageScores::new(languages.zip(spotter.language_identifier().scores()))
}

/// All their keywords.
fn keywords(spotter: &Spotter) -> Vec<&str> {
    let labels = spotter.models().iter().flat_map(|model| model.manifest().keywords());
    labels.map(|(_, label)| label.name.as_str()).collect()
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;

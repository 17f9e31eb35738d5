//! What is done with the samples heard: spotting, saving, reporting.
//!
//! [`device`] reports what becomes of the microphone, [`detections`] what becomes of a detection.

mod detections;
mod device;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use polyspot::{Detection, Model, Spotter, Wake};

use super::actions::Actions;
use super::auto::{Auto, Turn};
use super::control::{Answer, Ready};
use super::output::{By, Clips, Counts, Event, LanguageScores, Posteriors, Report, Summary};
use crate::arguments::Selected;
use crate::audio_input::Losses;
use crate::doctor::Finding;
use crate::json_lines::rounded;
use crate::level::{Level, LevelMeter};

/// Levels that viewers get in a second.
const VIEWED_HZ: usize = 10;

/// The listening thread's end of everything: samples at the model's rate come in, events go out.
pub(super) struct Listener {
    spotter: Spotter,
    /// The models whose keywords are reported: the first of the spotter's.
    models: Vec<Arc<Model>>,
    /// What wakes beside them, if something has to.
    wake: Option<Wake>,
    selected: Selected,
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
    /// Commands that detections run.
    actions: Option<Actions>,
    report: Report,
}

/// What is done with detections, beside reporting them.
#[derive(Default)]
pub(super) struct Setup {
    /// Where the sound around detections is saved.
    pub(super) clips: Option<Clips>,
    /// Where that of detections is saved that were none.
    pub(super) false_alarms: Option<Clips>,
    /// Of several languages, to go on with the one that is being spoken.
    pub(super) auto: bool,
    /// From one level that is shown to the next, none if it is zero; else as the report wants.
    pub(super) level_interval: Option<Duration>,
    pub(super) actions: Option<Actions>,
    /// Which detections are reported.
    pub(super) selected: Selected,
    /// What has to be heard before any is.
    pub(super) wake: Option<Wake>,
}

impl Listener {
    /// The models of the keywords, with the wake model behind them if there is one, are those of the spotter.
    pub(super) fn new(spotter: Spotter, models: Vec<Arc<Model>>, setup: Setup, report: Report) -> Self {
        let Setup { clips, false_alarms, auto, level_interval, actions, selected, wake } = setup;
        let sample_rate_hz = spotter.models()[0].manifest().front_end.sample_rate_hz;
        let level_interval = level_interval.unwrap_or_else(|| report.level_interval());
        let level_samples = (level_interval.as_secs_f64() * f64::from(sample_rate_hz)).round() as usize;
        let mut listener = Self {
            level_samples: (level_samples > 0).then_some(level_samples),
            before: None,
            summary: Summary::default(),
            models,
            wake,
            selected,
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
            actions,
            report,
        };
        listener.admit();
        listener
    }

    /// Does what was asked for, or says why not.
    pub(super) fn answer(&mut self, answer: Answer) -> anyhow::Result<()> {
        let changed = match answer {
            Answer::Wrong => return self.was_wrong(),
            Answer::Arm => return self.arm(),
            Answer::Warning(message) => return self.warn(&message),
            Answer::Refused(error) => Err(error),
            Answer::Models(Ready { models, asked }) => self.swap(&models, asked, By::Request),
        };
        if let Err(error) = changed {
            let old = languages(&self.models);
            return self.warn(&format!("still listening in {old}: {error:#}"));
        }
        let (models, rate_hz) = (&self.models, self.sample_rate_hz);
        self.auto = self.auto.take().map(|_| Auto::new(models, rate_hz));
        Ok(())
    }

    /// Goes on with these models, and reports it.
    fn swap(&mut self, models: &[Arc<Model>], asked: Instant, by: By) -> anyhow::Result<()> {
        for model in models {
            let (found, expected) = (model.manifest().front_end.sample_rate_hz, self.sample_rate_hz);
            ensure!(found == expected, "the model listens at {found} Hz, expected {expected} Hz");
        }
        let old = languages(&self.models);
        let all = self.wake.as_ref().map_or_else(|| models.to_vec(), |wake| wake.with(models));
        self.spotter.swap_all(&all)?;
        self.before = Some(std::mem::replace(&mut self.models, models.to_vec()));
        if let Some(wake) = &mut self.wake {
            wake.set_commands(models);
        }
        self.admit();
        let (sample, seconds) = (self.position, self.seconds(self.position));
        let milliseconds = rounded(asked.elapsed().as_secs_f64() * 1_000.0, 3);
        let new = languages(&self.models);
        let keywords = reported(&self.models, &self.selected, self.wake.as_ref());
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

    /// Takes the next samples, at the model's rate.
    pub(super) fn hear(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        let begin = Instant::now();
        self.report.pass_on()?;
        let troubles = self.actions.as_mut().map(Actions::warnings).unwrap_or_default();
        troubles.iter().try_for_each(|trouble| self.warn(trouble))?;
        self.position += samples.len() as u64;
        let heard = self.spotter.push(samples).map(Vec::from_iter);
        let heard = heard.or_else(|error| self.fall_back(error.into()).map(|()| Vec::new()))?;
        self.save(|clips| clips.push(samples))?;
        heard.into_iter().try_for_each(|detection| self.spotted(detection))?;
        if let Some(wake) = &mut self.wake {
            wake.gate().advance(self.position);
        }
        self.settle(None)?;
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
                self.report.show(&level_event(
                    &self.spotter,
                    self.models.len(),
                    self.position,
                    self.sample_rate_hz,
                    level,
                ))?;
            }
        }
        if self.report.is_viewed() {
            self.viewers_meter.push(samples);
            if self.viewers_meter.samples() >= self.sample_rate_hz as usize / VIEWED_HZ {
                let level = self.viewers_meter.take();
                let event =
                    level_event(&self.spotter, self.models.len(), self.position, self.sample_rate_hz, level);
                self.report.show_viewers(&event);
            }
        }
        Ok(())
    }

    /// Goes back to the models before the last change, as those that listen cannot be run; without any, that is the end.
    fn fall_back(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let failed = languages(&self.models);
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
        heard.into_iter().try_for_each(|detection| self.spotted(detection))?;
        if let Some(wake) = &mut self.wake {
            // While nothing is heard, no time passes in samples: nobody knows for how long commands would count.
            wake.gate().end(self.position);
        }
        self.settle(None)?;
        self.stream_start = self.position;
        self.save(Clips::break_off)
    }

    /// Does something with the clips; what cannot be written does not end the listening.
    fn save(&mut self, act: impl Fn(&mut Clips) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let outcomes: Vec<_> = self.clips.iter_mut().chain(&mut self.false_alarms).map(act).collect();
        outcomes.into_iter().filter_map(Result::err).try_for_each(|error| self.warn(&format!("{error:#}")))
    }

    /// Reports the end.
    pub(super) fn end(mut self, elapsed: Duration, losses: &Losses) -> anyhow::Result<()> {
        let (commands, troubles) = self.actions.as_mut().map(Actions::end).unzip();
        troubles.unwrap_or_default().iter().try_for_each(|trouble| self.warn(trouble))?;
        let event = Event::Summary {
            commands,
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

    /// Counts the keywords that may be reported.
    fn admit(&mut self) {
        self.summary.admit(reported(&self.models, &self.selected, self.wake.as_ref()));
    }

    fn seconds(&self, sample: u64) -> f64 {
        seconds(sample, self.sample_rate_hz)
    }
}

fn seconds(sample: u64, sample_rate_hz: u32) -> f64 {
    rounded(sample as f64 / f64::from(sample_rate_hz), 3)
}

/// How loud it is and what the first models, so many, think at this sample.
fn level_event(
    spotter: &Spotter,
    models: usize,
    sample: u64,
    sample_rate_hz: u32,
    level: Level,
) -> Event<'_> {
    Event::Level {
        sample,
        seconds: seconds(sample, sample_rate_hz),
        rms_dbfs: rounded(level.rms_dbfs, 1),
        peak_dbfs: rounded(level.peak_dbfs, 1),
        posteriors: Posteriors::new(spotter, models),
        // The share of a wake model would be among them.
        language_scores: (models > 1 && models == spotter.models().len()).then(|| language_scores(spotter)),
    }
}

/// The languages being listened for, separated by commas.
fn languages(models: &[Arc<Model>]) -> String {
    let languages: Vec<&str> = models.iter().map(|model| model.manifest().language.as_str()).collect();
    languages.join(",")
}

/// The keywords of these models that may be reported.
pub(super) fn reported<'a>(
    models: &'a [Arc<Model>],
    selected: &Selected,
    wake: Option<&Wake>,
) -> Vec<&'a str> {
    let mut names = Vec::new();
    for model in models {
        let language = model.manifest().language.as_str();
        let is_command = |name: &str| wake.is_none_or(|wake| wake.is_command(language, name));
        let all = model.manifest().keywords().map(|(_, label)| label.name.as_str());
        names.extend(all.filter(|name| selected.has(name) && is_command(name)));
    }
    names
}

/// How likely each of several languages is the one being spoken.
fn language_scores(spotter: &Spotter) -> LanguageScores<'_> {
    let languages = spotter.models().iter().map(|model| model.manifest().language.as_str());
    LanguageScores::new(languages.zip(spotter.language_identifier().scores()))
}

#[cfg(test)]
mod tests;

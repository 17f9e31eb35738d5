//! What becomes of a detection: whether it counts, and what is done then.

use std::time::SystemTime;

use polyspot::stream::GateEvent;
use polyspot::{Detection, Wake};

use super::Listener;
use crate::json_lines::rounded;
use crate::listen::actions::Facts;
use crate::listen::output::{ArmedBy, Event};

impl Listener {
    /// Does what a wake word does.
    pub(super) fn arm(&mut self) -> anyhow::Result<()> {
        let Some(wake) = &mut self.wake else {
            return self
                .warn("keywords count at all times: there is nothing to arm without --wake or --window");
        };
        wake.gate().arm(self.position);
        self.settle(None)
    }

    /// Sends a detection of the spotter's stream where it belongs.
    pub(super) fn spotted(&mut self, mut detection: Detection) -> anyhow::Result<()> {
        let (start, end) = (self.stream_start + detection.start, self.stream_start + detection.end);
        (detection.start, detection.end) = (start, end);
        let is_selected = self.selected.has(&detection.keyword);
        let Some(wake) = &mut self.wake else {
            return if is_selected { self.detected(detection) } else { Ok(()) };
        };
        if wake.is_wake(&detection) {
            wake.gate().wake(end);
            self.settle(Some(&detection))?;
            self.keep(detection);
        } else if is_selected && wake.is_command(&detection.language, &detection.keyword) {
            wake.gate().command(detection);
            self.settle(None)?;
        }
        Ok(())
    }

    /// Does what the gate has decided, perhaps because of a wake word.
    pub(super) fn settle(&mut self, woken: Option<&Detection>) -> anyhow::Result<()> {
        while let Some(event) = self.wake.as_mut().and_then(Wake::next_event) {
            match event {
                GateEvent::Armed { since, until } => self.armed(since, until, woken)?,
                GateEvent::Command(detection) => self.detected(detection)?,
                GateEvent::Disarmed { at } => {
                    let seconds = self.seconds(at);
                    self.report.show(&Event::Disarmed { sample: at, seconds })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn armed(&mut self, since: u64, until: u64, woken: Option<&Detection>) -> anyhow::Result<()> {
        let event = Event::Armed {
            by: if woken.is_some() { ArmedBy::Wake } else { ArmedBy::Request },
            keyword: woken.map(|wake| &*wake.keyword),
            language: woken.map(|wake| &*wake.language),
            score: woken.map(|wake| rounded(wake.score, 4)),
            sample: since,
            seconds: self.seconds(since),
            until,
            until_seconds: self.seconds(until),
        };
        self.report.show(&event)?;
        if let (Some(actions), Some(wake)) = (&mut self.actions, woken) {
            actions.woken(&Facts::new(wake, self.sample_rate_hz, &event, SystemTime::now())?);
        }
        Ok(())
    }

    /// Keeps the sound of a detection if that is wanted, and remembers it as the last.
    fn keep(&mut self, detection: Detection) {
        self.clips.iter_mut().chain(&mut self.false_alarms).for_each(|clips| clips.mark(&detection));
        self.last = Some(detection);
    }

    /// Reports a detection, unless its keyword rests.
    fn detected(&mut self, detection: Detection) -> anyhow::Result<()> {
        if !self.selected.admits(&detection) {
            return Ok(());
        }
        let (start, end) = (detection.start, detection.end);
        self.summary.count(&detection.keyword);
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
        if let Some(actions) = &mut self.actions {
            actions.detected(&Facts::new(&detection, self.sample_rate_hz, &event, SystemTime::now())?);
        }
        self.keep(detection);
        Ok(())
    }

    /// Notes that the last detection was none, and saves its clip.
    pub(super) fn was_wrong(&mut self) -> anyhow::Result<()> {
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
}

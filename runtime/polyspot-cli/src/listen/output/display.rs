//! Listening shown on a terminal: a line per detection, and below them a level meter, the likeliest keywords and the
//! languages, redrawn in place.

use std::io;
use std::time::Duration;

use console::{Alignment, Term, pad_str, style, truncate_str};
use polyspot_text::{is_writable, shown};

use super::events::{Event, LanguageScores, Posteriors, WakeWords};
use crate::listen::actions::Totals;
use crate::listen::control::{Choice, terminal};

/// Keywords shown with their posteriors.
const TOP: usize = 3;
/// Width of a full bar, in characters.
const BAR: usize = 30;
/// The quietest level that shows, in dBFS.
const QUIETEST_DBFS: f64 = -60.0;
/// At the end, a terminal that is stopped has so long to go on.
const PATIENCE: Duration = Duration::from_millis(250);
/// Width of the names before the bars.
const NAME: usize = 14;

/// Draws events on standard output.
pub(crate) struct Display {
    term: Term,
    /// The lines of the moving part, as they stand on the terminal.
    drawn: Vec<String>,
    /// What keys choose; nothing if languages are typed.
    choices: Vec<Choice>,
    /// The languages that listen.
    current: String,
}

impl Display {
    pub(super) fn new() -> Self {
        Self { term: Term::buffered_stdout(), drawn: Vec::new(), choices: Vec::new(), current: String::new() }
    }

    /// Shows languages with the keys that choose them.
    pub(super) fn offer(&mut self, choices: Vec<Choice>) {
        self.choices = choices;
    }

    pub(super) fn show(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Ready { language: current, .. } | Event::ModelChanged { new: current, .. } = event {
            (*current).clone_into(&mut self.current);
        }
        let meter = match event {
            Event::Level { rms_dbfs, peak_dbfs, posteriors, language_scores, .. } => {
                let mut lines = meter(*rms_dbfs, *peak_dbfs, posteriors);
                lines.extend(languages(&self.choices, &self.current, language_scores.as_ref()));
                Some(lines)
            }
            // The keys are shown from the start, however seldom the meter comes.
            Event::Ready { .. } | Event::ModelChanged { .. } if !self.choices.is_empty() => {
                Some(languages(&self.choices, &self.current, None).into_iter().collect())
            }
            // Nothing is heard: no meter.
            Event::DeviceLost { .. } | Event::Summary { .. } => Some(Vec::new()),
            _ => None,
        };
        // A terminal that is stopped (Ctrl-S) takes nothing; what is written then waits in the buffer.
        let patience = if matches!(event, Event::Summary { .. }) { PATIENCE } else { Duration::ZERO };
        let takes_more = is_writable(&io::stdout(), patience);
        if !takes_more && matches!(event, Event::Level { .. }) {
            return Ok(());
        }
        // In the background the terminal shows what others write: nothing there is to be redrawn.
        let is_ours = !terminal::is_anothers();
        if !is_ours {
            self.drawn.clear();
        }
        self.term.clear_last_lines(self.drawn.len())?;
        for line in lasting_lines(event) {
            self.term.write_line(&line)?;
        }
        if matches!(event, Event::Ready { .. }) && self.choices.is_empty() {
            self.term
                .write_line("Another language: type its tag (en, ar, zh, or several: en,ar) and Enter.")?;
        }
        if let Some(lines) = meter.filter(|_| is_ours) {
            self.drawn = lines;
        }
        // A line that wraps would not be cleared: clearing counts lines.
        let width = usize::from(self.term.size().1).saturating_sub(1);
        for line in &self.drawn {
            self.term.write_line(&truncate_str(line, width, "…"))?;
        }
        if takes_more { self.term.flush() } else { Ok(()) }
    }
}

/// What an event leaves on the terminal.
fn lasting_lines(event: &Event<'_>) -> Vec<String> {
    match event {
        Event::Ready { language, keywords, device, wake, .. } => [
            format!(
                "Listening on {} ({}, {} Hz, {} channel(s)); Ctrl-C ends.",
                shown(device.name),
                shown(device.id),
                device.sample_rate_hz,
                device.channels
            ),
            format!("Keywords ({language}): {}", shown(&keywords.join(", "))),
        ]
        .into_iter()
        .chain(wake.as_ref().map(wake_line))
        .collect(),
        Event::Armed { keyword, seconds, until_seconds, .. } => {
            let by = keyword.map_or_else(String::new, |keyword| format!(" by {}", shown(keyword)));
            let left = until_seconds - seconds;
            vec![format!(
                "{}  {}{by}: keywords count for {left:.1} s",
                clock(*seconds),
                style("armed").green()
            )]
        }
        Event::Disarmed { seconds, .. } => vec![format!("{}  disarmed", clock(*seconds))],
        Event::Detection { keyword, score, start_seconds, .. } => {
            let keyword = shown(keyword);
            let keyword = pad_str(&keyword, NAME, Alignment::Left, None);
            vec![format!("{}  {}  {score:.2}", clock(*start_seconds), style(keyword).bold())]
        }
        Event::FalseAlarm { keyword, start_seconds, .. } => {
            vec![format!("{}  {} was wrong: saved", clock(*start_seconds), shown(keyword))]
        }
        Event::Level { .. } => vec![],
        Event::ModelChanged { new, keywords, seconds, .. } => {
            vec![format!(
                "{}  now in {}: {}",
                clock(*seconds),
                style(new).bold(),
                shown(&keywords.join(", "))
            )]
        }
        Event::DeviceLost { seconds, reason, .. } => {
            vec![format!(
                "{}  the microphone stopped: {}; trying to open it again",
                clock(*seconds),
                shown(reason)
            )]
        }
        Event::DeviceRestored { seconds, gap_seconds, device, .. } => {
            vec![format!(
                "{}  listening again on {} after {gap_seconds:.1} s",
                clock(*seconds),
                shown(device.name)
            )]
        }
        Event::SamplesLost { seconds, dropped, missing, .. } => {
            let why = if *dropped > 0 { "this program was too late" } else { "they never came" };
            vec![format!("{}  {} samples lost: {why}", clock(*seconds), dropped + missing)]
        }
        Event::Warning { seconds, message, .. } => {
            vec![format!("{}  {}", clock(*seconds), style(shown(message)).yellow())]
        }
        Event::Summary {
            seconds,
            samples_dropped,
            samples_missing,
            gaps,
            gap_seconds,
            detections,
            by_keyword,
            commands,
            ..
        } => {
            let mut lines = vec![format!(
                "Heard {seconds:.1} s; {samples_dropped} samples dropped, about {samples_missing} never came, \
                 {gaps} gap(s) of {gap_seconds:.1} s in all; {detections} detection(s)."
            )];
            let heard = by_keyword.0.iter().filter(|(_, count)| *count > 0);
            let counts: Vec<String> = heard.map(|(keyword, count)| format!("{keyword} {count}")).collect();
            if !counts.is_empty() {
                lines.push(shown(&counts.join(", ")).into_owned());
            }
            lines.extend(commands.map(|Totals { wanted, left_out, failed, killed }| {
                format!("{wanted} command(s): {left_out} left out, {failed} failed, {killed} killed.")
            }));
            lines
        }
    }
}

/// What has to be heard before keywords count.
fn wake_line(wake: &WakeWords<'_>) -> String {
    let window = wake.window_seconds;
    if wake.keywords.is_empty() {
        return format!("They count for {window} s after the line \"arm\" (here the space bar).");
    }
    let words = wake.keywords.join(", ");
    format!(
        "They count for {window} s after {}, or after the line \"arm\" (here the space bar).",
        shown(&words)
    )
}

/// The moving part.
fn meter(rms_dbfs: f64, peak_dbfs: f64, posteriors: &Posteriors<'_>) -> Vec<String> {
    let share = |dbfs: f64| (1.0 - dbfs / QUIETEST_DBFS) as f32;
    // Louder than this, the next shout clips.
    let colour = if peak_dbfs > -1.0 {
        style(bar(share(rms_dbfs))).red()
    } else {
        style(bar(share(rms_dbfs))).green()
    };
    let mut lines = vec![named("level", &format!("{colour} {rms_dbfs:4.0} dBFS"))];
    for (keyword, posterior) in posteriors.top_keywords(TOP) {
        lines.push(named(keyword, &format!("{} {posterior:.2}", style(bar(posterior)).cyan())));
    }
    lines
}

/// The languages with their keys, the current one marked, and each with its score as far as there is one.
fn languages(choices: &[Choice], current: &str, scores: Option<&LanguageScores<'_>>) -> Option<String> {
    let item = |choice: &Choice| {
        let name = choice.name();
        let score = scores.and_then(|scores| scores.of(&name));
        let score = score.map(|score| format!(" {:.0} %", score * 100.0)).unwrap_or_default();
        let item = format!("{} {name}{score}", choice.key);
        // In brackets too: not every terminal has colours.
        if name == current { style(format!("[{item}]")).reverse().to_string() } else { format!(" {item} ") }
    };
    let items: Vec<String> = choices.iter().map(item).collect();
    (!items.is_empty()).then(|| named("language", &format!("{}  q ends", items.join(" "))))
}

fn named(name: &str, rest: &str) -> String {
    format!("{} {rest}", pad_str(&shown(name), NAME, Alignment::Right, Some("…")))
}

fn bar(share: f32) -> String {
    let full = (share.clamp(0.0, 1.0) * BAR as f32).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

/// Hours, minutes and seconds, as `1:02:03.4`.
fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    format!("{hours}:{minutes:02}:{:02}.{}", rest / 10, rest % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(-1.0).matches('█').count(), 0);
        assert_eq!(bar(0.5).matches('█').count(), BAR / 2);
        assert_eq!(bar(2.0).chars().count(), BAR);
    }

    #[test]
    fn languages_have_keys_and_scores_and_the_current_one_is_marked() {
        let choice = |key, languages: &[&str]| Choice {
            key,
            languages: languages.iter().map(ToString::to_string).collect(),
        };
        let choices = [choice('0', &["en", "zh"]), choice('1', &["en"]), choice('2', &["zh"])];
        let scores = LanguageScores::new([("en", 0.25), ("zh", 0.75)]);
        console::set_colors_enabled(true);
        let line = languages(&choices, "en,zh", Some(&scores)).unwrap();
        console::set_colors_enabled(false);
        assert!(line.contains("\u{1b}[7m[0 en,zh]\u{1b}[0m"), "{line:?}");
        assert!(line.ends_with("  1 en 25 %   2 zh 75 %   q ends"), "{line:?}");
        assert_eq!(languages(&[], "en", None), None);
    }

    #[test]
    fn time_is_shown_to_a_tenth() {
        assert_eq!(clock(0.04), "0:00:00.0");
        assert_eq!(clock(59.96), "0:01:00.0");
        assert_eq!(clock(3_723.4), "1:02:03.4");
    }
}

//! What a client says and what it is answered, without its connection.

use std::sync::Arc;

use anyhow::anyhow;
use polyspot::{Detection, Model, Spotter};
use serde_json::{Value, json};

use super::conversion::{Conversion, Format};
use super::protocol::{Event, write};
use super::wake_words::{WakeWord, WakeWords, Wanted};

/// So many names are repeated that nothing is known by, of so many characters each.
const MOST_REPEATED: usize = 5;
const LONGEST_REPEATED: usize = 40;

/// What all clients share.
pub(super) struct Served {
    pub(super) models: Vec<Arc<Model>>,
    pub(super) words: WakeWords,
    /// In place of the models' own thresholds.
    pub(super) threshold: Option<f32>,
    /// The event that says what is served.
    pub(super) info: Vec<u8>,
}

/// What a client is answered.
pub(super) enum Answer<'a> {
    Info,
    Detection {
        word: &'a WakeWord,
        score: f32,
        timestamp: i64,
    },
    NotDetected,
    Pong {
        text: Value,
    },
    /// What the client should know, and why nothing may come of what it asked for.
    Error {
        text: String,
        code: &'static str,
    },
}

impl Answer<'_> {
    /// The event's bytes.
    pub(super) fn bytes(&self, served: &Served) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Info => Ok(served.info.clone()),
            Self::Detection { word, timestamp, .. } => {
                write("detection", &json!({"name": word.name, "timestamp": timestamp}))
            }
            Self::NotDetected => write("not-detected", &json!({})),
            Self::Pong { text } => write("pong", &json!({"text": text})),
            Self::Error { text, code } => write("error", &json!({"text": text, "code": code})),
        }
    }
}

/// One client's stream, from its events to answers.
pub(super) struct Conversation {
    served: Arc<Served>,
    wanted: Wanted,
    /// There is none before the first sound of a stream.
    stream: Option<Stream>,
    /// Whether a keyword was heard since the client began to ask.
    has_heard: bool,
}

/// Sound that is being heard.
struct Stream {
    conversion: Conversion,
    /// None where no keyword is wanted.
    spotter: Option<Spotter>,
    /// Frames so far, at the client's rate.
    frames: u64,
    /// Of the last chunk.
    timestamp: i64,
}

impl Conversation {
    pub(super) fn new(served: Arc<Served>) -> Self {
        Self { served, wanted: Wanted::All, stream: None, has_heard: false }
    }

    /// Takes the next event, and answers it. Events that are not known are passed over.
    ///
    /// # Errors
    /// When the event cannot be understood: the conversation is then over.
    pub(super) fn take(
        &mut self,
        event: &Event<'_>,
        mut answer: impl FnMut(Answer<'_>),
    ) -> anyhow::Result<()> {
        match event.kind.as_str() {
            "describe" => answer(Answer::Info),
            "ping" => answer(Answer::Pong { text: event.data.get("text").cloned().unwrap_or_default() }),
            "detect" => self.detect(event, answer)?,
            "audio-start" => self.begin(),
            "audio-chunk" => self.hear(event, answer)?,
            "audio-stop" => self.end(answer)?,
            _ => {}
        }
        Ok(())
    }

    /// Listens for these keywords from now on, as if nothing had been heard before: satellites ask anew after each answer, and send
    /// neither the beginning nor the end of their sound.
    fn detect(&mut self, event: &Event<'_>, mut answer: impl FnMut(Answer<'_>)) -> anyhow::Result<()> {
        self.begin();
        let names: Vec<&str> = match event.data.get("names") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(names)) => names
                .iter()
                .map(|name| name.as_str().ok_or_else(|| anyhow!("expected texts as names of \"detect\"")))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(anyhow!("expected a list of texts, or null, as names of \"detect\"")),
        };
        if names.is_empty() {
            self.wanted = Wanted::All;
            return Ok(());
        }
        let (wanted, unknown) = self.served.words.choose(names.into_iter());
        self.wanted = wanted;
        if !unknown.is_empty() {
            answer(Answer::Error { text: self.unknown(&unknown), code: "unknown-name" });
        }
        Ok(())
    }

    fn unknown(&self, names: &[&str]) -> String {
        let brief = |name: &&str| -> String { name.chars().take(LONGEST_REPEATED).collect() };
        let found: Vec<String> = names.iter().take(MOST_REPEATED).map(brief).collect();
        let known: Vec<&str> = self.served.words.iter().map(|word| word.name.as_str()).collect();
        format!("no wake word has the name {}; there are: {}", found.join(", "), known.join(", "))
    }

    fn begin(&mut self) {
        self.stream = None;
        self.has_heard = false;
    }

    fn hear(&mut self, event: &Event<'_>, mut answer: impl FnMut(Answer<'_>)) -> anyhow::Result<()> {
        let format = Format::of(&event.data)?;
        let more = format.frames(event.payload.len())?;
        let Self { served, wanted, stream, has_heard } = self;
        let rate_hz = served.models[0].manifest().front_end.sample_rate_hz;
        let stream = match stream {
            Some(stream) if stream.conversion.format() == format => stream,
            // Nothing heard in one format is taken together with what comes in another.
            stream => stream.insert(Stream {
                conversion: Conversion::new(format, rate_hz)?,
                spotter: spotter(served, wanted)?,
                frames: 0,
                timestamp: 0,
            }),
        };
        let Stream { conversion, spotter, frames, timestamp } = stream;
        // A chunk without a time stamp has the time, in milliseconds, since the sound began.
        let since_start = || (*frames * 1_000 / u64::from(format.rate_hz)) as i64;
        *timestamp = event.data.get("timestamp").and_then(Value::as_i64).unwrap_or_else(since_start);
        *frames += more;
        let Some(spotter) = spotter else { return Ok(()) };
        for block in format.blocks(event.payload) {
            for detection in spotter.push(conversion.push(block)?)? {
                *has_heard |= report(served, wanted, &detection, *timestamp, &mut answer);
            }
        }
        Ok(())
    }

    /// The sound is over: what it ends with is heard too, and if nothing was heard, that is said.
    fn end(&mut self, mut answer: impl FnMut(Answer<'_>)) -> anyhow::Result<()> {
        let Self { served, wanted, stream, has_heard } = self;
        if let Some(Stream { conversion, spotter: Some(spotter), timestamp, .. }) = stream {
            let mut heard = |detection: Detection| {
                *has_heard |= report(served, wanted, &detection, *timestamp, &mut answer);
            };
            spotter.push(conversion.flush()?)?.for_each(&mut heard);
            spotter.flush()?.for_each(&mut heard);
        }
        if !*has_heard {
            answer(Answer::NotDetected);
        }
        self.begin();
        Ok(())
    }
}

/// Listens to what is wanted; nothing does if that is nothing.
fn spotter(served: &Served, wanted: &Wanted) -> anyhow::Result<Option<Spotter>> {
    let models: Vec<_> =
        served.words.models(wanted).into_iter().map(|model| Arc::clone(&served.models[model])).collect();
    if models.is_empty() {
        return Ok(None);
    }
    let mut spotter = Spotter::for_models(&models)?;
    if let Some(threshold) = served.threshold {
        spotter.set_thresholds(threshold);
    }
    Ok(Some(spotter))
}

/// Answers with a detection, if it is wanted; whether it is.
fn report(
    served: &Served,
    wanted: &Wanted,
    detection: &Detection,
    timestamp: i64,
    answer: &mut impl FnMut(Answer<'_>),
) -> bool {
    let Detection { language, keyword, score, .. } = detection;
    let Some((place, word)) = served.words.find(language, keyword) else { return false };
    let is_wanted = wanted.has(place);
    if is_wanted {
        answer(Answer::Detection { word, score: *score, timestamp });
    }
    is_wanted
}

#[cfg(test)]
mod tests;

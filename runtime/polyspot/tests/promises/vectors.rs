//! What the library hears in recordings of this repository, written down so that every binding can be held to it.
//!
//! `tests/vectors/README.md` describes the file.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyspot::manifest::LabelKind;
use polyspot::stream::{Posterior, PosteriorStream};
use polyspot::{Detection, Model, Spotter};
use serde::{Deserialize, Serialize};

/// Version of the file's form.
const FORMAT: u32 = 1;
/// How far scores and posteriors may be from those in the file.
pub(crate) const TOLERANCE: f32 = 1e-6;
/// Bytes before the samples of each recording.
const HEADER: usize = 44;

/// A case: its name, the recordings, one after the other, and the languages of the models that hear them.
const CASES: [(&str, &[&str], &[&str]); 8] = [
    ("a word", &["keywords/yes/en-us.wav"], &["en"]),
    ("a word in another voice", &["keywords/stop/en-gb-scotland-m3.wav"], &["en"]),
    ("no word", &["keywords/silence/brown-noise.wav"], &["en"]),
    ("near silence, then clipping", &["golden/near_silence_with_clipping.wav"], &["en"]),
    ("Arabic", &["other_languages/ar_front.wav"], &["ar"]),
    ("Chinese", &["other_languages/zh_voice.wav"], &["zh"]),
    (
        "words in a row",
        &[
            "keywords/yes/en-us.wav",
            "keywords/left/en-gb-f2.wav",
            "keywords/silence/brown-noise.wav",
            "keywords/go/en-us.wav",
            "keywords/right/en-gb-scotland-m3.wav",
        ],
        &["en"],
    ),
    (
        "three languages at once",
        &["other_languages/ar_front.wav", "keywords/stop/en-us.wav", "other_languages/zh_voice.wav"],
        &["en", "ar", "zh"],
    ),
];

/// The file.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Vectors {
    pub(crate) format: u32,
    pub(crate) tolerance: f32,
    /// By language.
    pub(crate) models: BTreeMap<String, HeardBy>,
    pub(crate) cases: Vec<Case>,
}

/// The model file that the cases were heard with.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct HeardBy {
    pub(crate) file: String,
    pub(crate) sha256: String,
    /// What the columns of the posteriors are.
    pub(crate) labels: Vec<String>,
    pub(crate) keywords: usize,
}

/// Recordings, and what is heard in them.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Paths in the repository: WAV, 16 kHz, mono, 16 bit, a header of 44 bytes.
    pub(crate) audio: Vec<String>,
    pub(crate) models: Vec<String>,
    pub(crate) samples: usize,
    pub(crate) detections: Vec<Heard>,
    /// One per model.
    pub(crate) posteriors: Vec<Steps>,
}

/// A detection.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Heard {
    pub(crate) keyword: String,
    pub(crate) language: String,
    pub(crate) score: f64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A model's posteriors, before they are smoothed.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Steps {
    /// The first sample after what each step rests on.
    pub(crate) ends: Vec<u64>,
    /// `[steps][labels]`.
    pub(crate) probabilities: Vec<Vec<f64>>,
}

/// Where the file is.
pub(crate) fn path() -> PathBuf {
    repository().join("tests/vectors/vectors.json")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Vectors {
    /// The file as it stands.
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(path()).map_err(|error| format!("{}: {error}", path().display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The file as it ought to be: what this library hears now.
    pub(crate) fn hear() -> Result<Self, Box<dyn Error>> {
        let mut models = BTreeMap::new();
        let mut loaded = BTreeMap::new();
        for language in ["ar", "en", "zh"] {
            let file = format!("models/{language}.onnx");
            let model = Arc::new(Model::from_path(repository().join(&file))?);
            let labels = &model.manifest().labels;
            let heard_by = HeardBy {
                file,
                sha256: model.sha256().to_owned(),
                labels: labels.iter().map(|label| label.name.clone()).collect(),
                keywords: labels.iter().filter(|label| label.kind == LabelKind::Keyword).count(),
            };
            models.insert(language.to_owned(), heard_by);
            loaded.insert(language, model);
        }
        let mut cases = Vec::new();
        for (name, audio, languages) in CASES {
            let models: Vec<Arc<Model>> = languages.iter().map(|tag| Arc::clone(&loaded[tag])).collect();
            cases.push(Case::hear(name, audio, languages, &models)?);
        }
        Ok(Self { format: FORMAT, tolerance: TOLERANCE, models, cases })
    }
}

impl Case {
    fn hear(
        name: &str,
        audio: &[&str],
        languages: &[&str],
        models: &[Arc<Model>],
    ) -> Result<Self, Box<dyn Error>> {
        let audio: Vec<String> = audio.iter().map(|path| format!("tests/data/{path}")).collect();
        let mut samples = Vec::new();
        for path in &audio {
            let bytes = fs::read(repository().join(path)).map_err(|error| format!("{path}: {error}"))?;
            let of_file = bytes.get(HEADER..).ok_or("expected a header of 44 bytes")?.as_chunks::<2>().0;
            samples.extend(of_file.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0));
        }
        let mut detections = Vec::new();
        let mut spotter = Spotter::for_models(models)?;
        detections.extend(spotter.push(&samples)?.map(Heard::from));
        detections.extend(spotter.flush()?.map(Heard::from));
        let mut posteriors: Vec<Steps> = models.iter().map(|_| Steps::default()).collect();
        let mut stream = PosteriorStream::for_models(models)?;
        let mut take = |step: Posterior<'_>| {
            let steps = &mut posteriors[step.model];
            steps.ends.push(step.end);
            steps.probabilities.push(step.probabilities.iter().copied().map(rounded).collect());
        };
        stream.push(&samples, &mut take)?;
        stream.flush(&mut take)?;
        let models = languages.iter().map(|&tag| tag.to_owned()).collect();
        Ok(Self { name: name.to_owned(), audio, models, samples: samples.len(), detections, posteriors })
    }
}

impl From<Detection> for Heard {
    fn from(Detection { keyword, language, score, start, end, .. }: Detection) -> Self {
        let (keyword, language) = (keyword.to_string(), language.to_string());
        Self { keyword, language, score: rounded(score), start, end }
    }
}

/// To a thousandth of the tolerance, so that the file stays small.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e9).round() / 1e9
}

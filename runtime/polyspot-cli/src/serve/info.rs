//! What is served, in the words of the protocol.

use std::sync::Arc;

use polyspot::Model;
use polyspot::manifest::{DataSource, Label};
use serde::Serialize;
use serde_json::{Value, json};

use super::wake_words::WakeWords;
use crate::models::Word;

/// So many hexadecimal digits of a file's hash tell its version.
const VERSION_DIGITS: usize = 12;

/// Something that is served, with the fields that all kinds of it have.
#[derive(Serialize)]
struct Artifact {
    name: String,
    attribution: Value,
    installed: bool,
    description: String,
    version: String,
    #[serde(flatten)]
    more: Value,
}

/// The data of the event `info`: a wake program whose models are the keywords, and no programs of other kinds.
pub(super) fn info(models: &[Arc<Model>], words: &WakeWords) -> Value {
    let wake_models: Vec<Artifact> = words
        .iter()
        .map(|word| {
            let model = &models[word.model];
            let label = model.manifest().keywords().find(|(_, label)| label.name == word.keyword);
            Artifact {
                name: word.name.clone(),
                attribution: json!({"name": "polyspot", "url": ""}),
                installed: true,
                // Home Assistant shows it where a wake word is chosen.
                description: label
                    .map_or_else(|| word.name.clone(), |(_, label)| describe(label, &word.name)),
                version: model.sha256()[..VERSION_DIGITS].to_owned(),
                more: json!({"languages": [word.language], "phrase": word.keyword}),
            }
        })
        .collect();
    let program = Artifact {
        name: "polyspot".into(),
        attribution: json!({"name": credits(models), "url": ""}),
        installed: true,
        description: "Keyword spotting on the device, in any language".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        more: json!({"models": wake_models}),
    };
    json!({"asr": [], "tts": [], "handle": [], "intent": [], "wake": [program], "mic": [], "snd": []})
}

/// The word, what it means and how it sounds; with its language where others have it too.
fn describe(label: &Label, name: &str) -> String {
    let word = Word(label).to_string();
    word.strip_prefix(label.name.as_str())
        .map_or_else(|| name.to_owned(), |meaning| format!("{name}{meaning}"))
}

/// Whom to credit for what: those whose recordings the models were trained on, each once. Manifests give no addresses of them.
fn credits(models: &[Arc<Model>]) -> String {
    let mut credits: Vec<String> = Vec::new();
    for DataSource { name, licence, attribution } in
        models.iter().flat_map(|model| &model.manifest().training_data)
    {
        let whom = attribution.as_ref().map(|whom| format!(", by {whom}")).unwrap_or_default();
        let credit = format!("{name} ({licence}{whom})");
        if !credits.contains(&credit) {
            credits.push(credit);
        }
    }
    credits.join("; ")
}

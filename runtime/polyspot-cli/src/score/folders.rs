//! Folder names as labels: in a test set, the folder of a clip says which word it is.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use polyspot::Manifest;
use polyspot::manifest::LabelKind;

/// Folder names that stand for silence in the common data sets, beside the model's own name for it.
const SILENCE: [&str; 3] = ["silence", "_silence_", "_background_noise_"];

/// What the folder names say, in terms of a model's labels.
pub(super) struct FolderLabels {
    by_name: HashMap<String, usize>,
    unknown: usize,
}

impl FolderLabels {
    /// `None` when no clip is in a folder that is named after a keyword or silence: then the names say nothing.
    pub(super) fn new<'a>(manifest: &Manifest, clips: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let unknown = manifest.labels.iter().position(|label| label.kind == LabelKind::Unknown)?;
        let silence = manifest.labels.iter().position(|label| label.kind == LabelKind::Silence);
        let mut by_name: HashMap<String, usize> =
            SILENCE.iter().filter_map(|name| Some(((*name).to_string(), silence?))).collect();
        for (index, label) in manifest.labels.iter().enumerate() {
            by_name.insert(label.name.to_lowercase(), index);
        }
        let labels = Self { by_name, unknown };
        clips.map(|clip| labels.of(clip)).any(|label| label != unknown).then_some(labels)
    }

    /// The label that a clip's folder names; a folder that names none holds other words.
    pub(super) fn of(&self, clip: &Path) -> usize {
        self.by_name.get(&folder(clip).to_lowercase()).copied().unwrap_or(self.unknown)
    }
}

/// The name of a clip's folder.
fn folder(clip: &Path) -> String {
    // A clip in the working folder is given without its folder's name.
    let clip = std::path::absolute(clip).unwrap_or_else(|_| clip.to_path_buf());
    clip.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}

/// Folders that are shown in the warning.
const SHOWN: usize = 5;

/// A warning when there are several folders and none is named after a keyword: perhaps another model was meant.
pub(super) fn without_keywords<'a>(
    manifest: &Manifest,
    clips: impl Iterator<Item = &'a Path>,
) -> Option<String> {
    let keywords: BTreeSet<String> =
        manifest.keywords().map(|(_, label)| label.name.to_lowercase()).collect();
    let folders: BTreeSet<String> = clips.map(folder).collect();
    if folders.len() < 2 || folders.iter().any(|folder| keywords.contains(&folder.to_lowercase())) {
        return None;
    }
    let shown: Vec<&str> = folders.iter().take(SHOWN).map(String::as_str).collect();
    let more = if folders.len() > SHOWN { ", …" } else { "" };
    let keywords: Vec<&str> = manifest.keywords().map(|(_, label)| &*label.name).collect();
    Some(format!(
        "no folder is named after a keyword of the model ({}): {}; found {}{more}. Is --model or --language missing?",
        manifest.language,
        keywords.join(", "),
        shown.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in::BUILT_IN;

    fn label(folder: &str) -> Option<String> {
        let model = polyspot::Model::from_bytes(BUILT_IN[0].bytes).unwrap();
        let keyword = Path::new("set/yes/1.wav");
        let clip = format!("{folder}/1.wav");
        let labels = FolderLabels::new(model.manifest(), [keyword, Path::new(&clip)].into_iter())?;
        Some(model.manifest().labels[labels.of(Path::new(&clip))].name.clone())
    }

    #[test]
    fn a_folder_names_a_keyword_silence_or_another_word() {
        for (folder, name) in [
            ("set/stop", "stop"),
            ("set/Stop", "stop"),
            ("set/house", "unknown"),
            ("set/_background_noise_", "silence"),
            ("set/silence", "silence"),
        ] {
            assert_eq!(label(folder).as_deref(), Some(name), "{folder}");
        }
    }

    #[test]
    fn folders_of_another_models_words_are_warned_of() {
        let model = polyspot::Model::from_bytes(BUILT_IN[0].bytes).unwrap();
        let warning = |clips: &[&str]| without_keywords(model.manifest(), clips.iter().map(Path::new));
        let other = warning(&["set/ja/1.wav", "set/nein/1.wav", "set/silence/1.wav"]).unwrap();
        assert!(other.contains("(en): yes, ") && other.contains("found ja, nein, silence."), "{other}");
        assert_eq!(warning(&["set/ja/1.wav", "set/Stop/1.wav"]), None);
        assert_eq!(warning(&["meetings/1.wav", "meetings/2.wav"]), None, "no test set");
    }

    #[test]
    fn without_a_keyword_among_them_the_names_say_nothing() {
        let model = polyspot::Model::from_bytes(BUILT_IN[0].bytes).unwrap();
        let clips = ["meetings/1.wav", "2.wav"].map(Path::new);
        assert!(FolderLabels::new(model.manifest(), clips.into_iter()).is_none());
    }
}

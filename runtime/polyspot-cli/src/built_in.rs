//! The models built into the program, or installed beside it.

use std::path::PathBuf;

/// A model file that is part of the program.
pub(crate) struct BuiltIn {
    /// Its language, as in its manifest.
    pub(crate) language: &'static str,
    /// The ONNX file.
    pub(crate) bytes: &'static [u8],
}

/// Every built-in model.
#[cfg(feature = "built-in-models")]
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { language: "en", bytes: polyspot_models::EN },
    BuiltIn { language: "ar", bytes: polyspot_models::AR },
    BuiltIn { language: "zh", bytes: polyspot_models::ZH },
];

/// The program was built without any.
#[cfg(not(feature = "built-in-models"))]
pub(crate) const BUILT_IN: &[BuiltIn] = &[];

/// The folder that a program without built-in models finds its models in, seen from the folder that holds the program.
const BESIDE: &str = "../share/polyspot/models";

/// The model files that were installed with a program that has none built in, in the order of their names.
pub(crate) fn installed() -> Vec<PathBuf> {
    if !BUILT_IN.is_empty() {
        return Vec::new();
    }
    let program = std::env::current_exe().ok();
    let folder = program.and_then(|program| Some(program.parent()?.join(BESIDE)));
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let mut files: Vec<PathBuf> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    files.sort_unstable();
    files
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use polyspot::Model;
    use sha2::{Digest, Sha256};

    use super::*;

    /// The file is what `sha256sum *.onnx *.safetensors */*.onnx */*.safetensors` prints in the folder.
    #[test]
    fn every_model_file_has_the_hash_that_sha256sums_gives() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        let of_line = |line| str::split_once(line, "  ").map(|(hash, file)| (file, hash));
        let mut listed: Vec<(&str, &str)> = sums.lines().filter_map(of_line).collect();
        listed.sort_unstable();
        let is_model = |path: &PathBuf| path.extension().is_some_and(|e| e == "onnx" || e == "safetensors");
        let entries = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let deeper = entries(folder).filter(|path| path.is_dir()).flat_map(|inner| entries(&inner));
        let found = entries(folder).chain(deeper).filter(is_model).map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            (name, format!("{:x}", Sha256::digest(bytes)))
        });
        let mut found: Vec<(String, String)> = found.collect();
        found.sort_unstable();
        let found: Vec<(&str, &str)> = found.iter().map(|(file, hash)| (&**file, &**hash)).collect();
        assert_eq!(listed, found, "SHA256SUMS on the left, the files on the right");
        for BuiltIn { language, bytes } in BUILT_IN {
            let hash = format!("{:x}", Sha256::digest(bytes));
            assert!(listed.contains(&(&format!("{language}.onnx"), &hash)), "{language} as it is built in");
        }
    }

    #[test]
    fn every_built_in_model_loads_and_names_its_language() {
        for built_in in BUILT_IN {
            let model = Model::from_bytes(built_in.bytes).unwrap();
            assert_eq!(model.manifest().language, built_in.language);
        }
    }
}

//! A recording that was cut off or damaged anywhere is read as far as it goes, or refused: nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use crate::hostile::read;

/// Changes of each file.
const CHANGES: usize = 60;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

#[test]
fn wherever_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    let mut random = 7u64;
    let mut below = |n: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % n.max(1)
    };
    let (mut read_on, mut refused) = (0, 0);
    for file in ["tests/data", "../../tests/data/formats"].iter().flat_map(|folder| files(folder)) {
        let sound = fs::read(file).unwrap();
        for _ in 0..CHANGES {
            let mut bytes = sound.clone();
            // Headers are what can be misunderstood.
            let reach = if below(2) == 0 { 80.min(bytes.len()) } else { bytes.len() };
            match below(4) {
                0 => bytes.truncate(below(reach)),
                1 => bytes[below(reach)] = [0, 1, 0x7f, 0x80, 0xff][below(5)],
                2 => bytes[below(reach)] ^= 1 << below(8),
                _ => drop(bytes.drain(..below(reach))),
            }
            fs::write(&path, bytes).unwrap();
            match read(&path) {
                Ok(_) => read_on += 1,
                Err(error) => {
                    assert!(error.to_string().len() > 10, "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(read_on > 100 && refused > 100, "{read_on} were read, {refused} refused");
}

#[test]
fn as_fuzzing_has_kept_it() {
    for file in ["wave", "coded"].iter().flat_map(|target| files(&format!("../../fuzz/corpus/{target}"))) {
        let _ = read(&file);
    }
}

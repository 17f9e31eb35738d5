//! Tiny data sets for tests.

use std::fs;
use std::path::PathBuf;

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

use super::DataSet;

/// What every WAV file of [`TestFolder::wav`] holds, at 16 kHz.
pub(crate) const WAV_SAMPLES: [i16; 5] = [0, 1, -2, i16::MAX, i16::MIN];

/// A folder that is gone when the test is over.
pub(crate) struct TestFolder {
    pub(crate) path: PathBuf,
    _parent: TempDir,
}

impl TestFolder {
    pub(crate) fn new(name: &str) -> Self {
        let parent = TempDir::new().unwrap();
        let path = parent.path().join(name);
        fs::create_dir(&path).unwrap();
        Self { path, _parent: parent }
    }

    pub(crate) fn text(&self, file: &str, text: &str) {
        fs::write(self.place(file), text).unwrap();
    }

    pub(crate) fn wav(&self, file: &str) {
        let spec = WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(self.place(file), spec).unwrap();
        for sample in WAV_SAMPLES {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
    }

    fn place(&self, file: &str) -> PathBuf {
        let path = self.path.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

/// Word, speaker and split of each clip.
pub(crate) fn summary(set: &DataSet) -> Vec<String> {
    set.clips.iter().map(|clip| format!("{} {} {}", clip.word, clip.speaker, clip.split)).collect()
}

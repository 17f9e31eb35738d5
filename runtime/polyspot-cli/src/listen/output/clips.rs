//! Saving the audio around each detection.

use std::collections::VecDeque;
use std::io::Cursor;
use std::path::Path;
use std::time::SystemTime;

use polyspot::Detection;

use super::clip_folder::ClipFolder;
use super::utc;

/// Kept before and after the window that the network judged: the posteriors that were averaged look so far beyond it, and
/// whoever listens to the clip again should hear the same.
const MARGIN_MS: usize = 800;

/// Audio kept beyond the longest clip: a detection is reported up to this much after its end.
const SPARE_SECONDS: usize = 4;

/// Longest part of a file name that a keyword gets, in characters.
const LONGEST_NAME: usize = 40;

/// Writes a WAV file for each detection, or for those that are asked for.
pub(crate) struct Clips {
    folder: ClipFolder,
    /// Whether a clip is written only when it is asked for; then the last one is held.
    on_demand: bool,
    held: Option<(String, Vec<f32>)>,
    sample_rate_hz: usize,
    /// The last samples heard, up to `position`.
    history: VecDeque<f32>,
    history_samples: usize,
    position: u64,
    /// Detections whose audio is not complete yet.
    pending: VecDeque<Pending>,
}

struct Pending {
    file_name: String,
    start: u64,
    end: u64,
    is_wanted: bool,
}

impl Clips {
    /// Makes the folder if it is not there. Its clips take at most `limit` bytes.
    pub(crate) fn new(
        folder: &Path,
        limit: u64,
        sample_rate_hz: u32,
        window_samples: usize,
    ) -> anyhow::Result<Self> {
        let sample_rate_hz = sample_rate_hz as usize;
        let margins = 2 * MARGIN_MS * sample_rate_hz / 1_000;
        Ok(Self {
            folder: ClipFolder::open(folder, limit)?,
            on_demand: false,
            held: None,
            sample_rate_hz,
            history: VecDeque::new(),
            history_samples: window_samples + margins + SPARE_SECONDS * sample_rate_hz,
            position: 0,
            pending: VecDeque::new(),
        })
    }

    /// The same, but a clip is written only when [`keep_last`](Self::keep_last) asks for it.
    pub(crate) fn on_demand(
        folder: &Path,
        limit: u64,
        sample_rate_hz: u32,
        window_samples: usize,
    ) -> anyhow::Result<Self> {
        Ok(Self { on_demand: true, ..Self::new(folder, limit, sample_rate_hz, window_samples)? })
    }

    /// Writes the clip of the last detection, now or when it is complete; `false` if there is none that is not written.
    pub(crate) fn keep_last(&mut self) -> anyhow::Result<bool> {
        if let Some(last) = self.pending.back_mut() {
            return Ok(!std::mem::replace(&mut last.is_wanted, true));
        }
        let Some((file_name, samples)) = &self.held else { return Ok(false) };
        let wav = wav(self.sample_rate_hz, samples.iter())?;
        self.folder.add(file_name, &wav)?;
        // One that could not be written may be asked for again.
        self.held = None;
        Ok(true)
    }

    /// Marks a detection, its positions counted from the start of all that was heard.
    pub(crate) fn mark(&mut self, detection: &Detection) {
        let margin = (MARGIN_MS * self.sample_rate_hz / 1_000) as u64;
        let time = utc::compact(SystemTime::now());
        let keyword = file_name_safe(&detection.keyword);
        self.pending.push_back(Pending {
            file_name: format!("{time}_{keyword}_{:.2}.wav", detection.score),
            start: detection.start.saturating_sub(margin),
            end: detection.end + margin,
            is_wanted: !self.on_demand,
        });
    }

    /// Takes the next samples and writes the clips that they complete.
    pub(crate) fn push(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.history.extend(samples);
        self.position += samples.len() as u64;
        let surplus = self.history.len().saturating_sub(self.history_samples);
        self.history.drain(..surplus);
        while let Some(clip) = self.pending.pop_front_if(|clip| clip.end <= self.position) {
            self.complete(clip)?;
        }
        Ok(())
    }

    /// Writes the clips that are not complete as they are, and forgets the audio: what comes next does not
    /// follow on it.
    pub(crate) fn break_off(&mut self) -> anyhow::Result<()> {
        while let Some(clip) = self.pending.pop_front() {
            self.complete(clip)?;
        }
        self.history.clear();
        Ok(())
    }

    fn complete(&mut self, clip: Pending) -> anyhow::Result<()> {
        let oldest = self.position - self.history.len() as u64;
        let index = |position: u64| (position.clamp(oldest, self.position) - oldest) as usize;
        let samples = self.history.range(index(clip.start)..index(clip.end));
        if clip.is_wanted {
            let wav = wav(self.sample_rate_hz, samples)?;
            self.folder.add(&clip.file_name, &wav)
        } else {
            self.held = Some((clip.file_name, samples.copied().collect()));
            Ok(())
        }
    }
}

/// 16-bit samples as the bytes of a WAV file.
fn wav<'a>(sample_rate_hz: usize, samples: impl Iterator<Item = &'a f32>) -> anyhow::Result<Vec<u8>> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: sample_rate_hz as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut wav = hound::WavWriter::new(&mut bytes, spec)?;
    for sample in samples {
        // The cast keeps to the range of `i16`.
        wav.write_sample((sample * 32_768.0).round() as i16)?;
    }
    wav.finalize()?;
    Ok(bytes.into_inner())
}

/// Letters and digits of any script, and `_` for all else.
fn file_name_safe(keyword: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    keyword.chars().take(LONGEST_NAME).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LIMIT: u64 = 1 << 30;
    const RATE_HZ: u32 = 1_000;

    fn detection(keyword: &str, start: u64, end: u64) -> Detection {
        Detection::new(keyword, "en", 0.934, start..end)
    }

    /// The files in the folder: name and samples.
    fn written(folder: &Path) -> Vec<(String, Vec<i16>)> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let mut wav = hound::WavReader::open(&path).unwrap();
                assert_eq!(wav.spec().sample_rate, RATE_HZ);
                let samples = wav.samples::<i16>().map(Result::unwrap).collect();
                (path.file_name().unwrap().to_string_lossy().into_owned(), samples)
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_clip_holds_the_window_and_its_margins() {
        let folder = tempfile::tempdir().unwrap();
        let mut clips = Clips::new(&folder.path().join("new/folder"), LIMIT, RATE_HZ, 500).unwrap();
        // Sample number i has the value i / 32768.
        let samples: Vec<f32> = (0..10_000).map(|i| i as f32 / 32_768.0).collect();
        clips.push(&samples[..8_000]).unwrap();
        clips.mark(&detection("tu/../rn", 7_400, 7_900));
        clips.push(&samples[8_000..8_100]).unwrap();
        assert!(written(&folder.path().join("new/folder")).is_empty(), "its end is not heard yet");
        clips.push(&samples[8_100..]).unwrap();
        let files = written(&folder.path().join("new/folder"));
        assert_eq!(files.len(), 1);
        assert!(files[0].0.ends_with("Z_tu____rn_0.93.wav"), "{}", files[0].0);
        assert_eq!(files[0].1, (6_600..8_700).collect::<Vec<i16>>());
    }

    #[test]
    fn on_demand_only_the_last_one_asked_for_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut clips = Clips::on_demand(folder.path(), LIMIT, RATE_HZ, 500).unwrap();
        assert!(!clips.keep_last().unwrap(), "nothing was detected");
        clips.push(&[0.25; 2_000]).unwrap();
        clips.mark(&detection("on", 1_000, 1_500));
        clips.push(&[0.25; 2_000]).unwrap();
        clips.mark(&detection("off", 3_000, 3_500));
        // Much later, when the audio itself is forgotten.
        clips.push(&[0.25; 1_000]).unwrap();
        clips.push(&vec![0.0; 59_000]).unwrap();
        assert!(written(folder.path()).is_empty());
        assert!(clips.keep_last().unwrap());
        let files = written(folder.path());
        assert!(files.len() == 1 && files[0].0.contains("_off_"), "{:?}", files[0].0);
        assert_eq!(files[0].1, [8_192; 2_100]);
        assert!(!clips.keep_last().unwrap(), "once is enough");
        clips.mark(&detection("up", 63_000, 63_500));
        assert!(clips.keep_last().unwrap() && !clips.keep_last().unwrap());
        assert_eq!(written(folder.path()).len(), 1, "its end is not heard yet");
        clips.push(&[0.0; 1_000]).unwrap();
        assert_eq!(written(folder.path()).len(), 2);
    }

    #[test]
    fn a_break_ends_the_clips_and_the_audio_before_it_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut clips = Clips::new(folder.path(), LIMIT, RATE_HZ, 500).unwrap();
        clips.push(&[0.25; 600]).unwrap();
        clips.mark(&detection("on", 100, 600));
        clips.break_off().unwrap();
        assert_eq!(written(folder.path())[0].1, [8_192; 600]);
        clips.push(&[0.5; 1_000]).unwrap();
        clips.mark(&detection("up", 500, 1_000));
        clips.push(&[0.5; 300]).unwrap();
        let files = written(folder.path());
        assert_eq!(files.len(), 2);
        assert_eq!(files[1].1, [16_384; 1_200]);
    }
}

//! Audio files that somebody changed to do harm.

use std::path::Path;

use polyspot_audio::{AudioError, AudioFile, ChannelChoice, mono_samples};

/// Reads a file from beginning to end; gives its samples, all of which must be numbers.
pub(crate) fn read(path: &Path) -> Result<u64, AudioError> {
    let mut file = AudioFile::open(path)?;
    let channels = file.channels();
    assert!((1..=64).contains(&channels) && (1_000..=384_000).contains(&file.sample_rate_hz()));
    let (mut mono, mut count) = (Vec::new(), 0);
    while let Some(block) = file.next_block()? {
        assert!(!block.is_empty());
        mono_samples(block, channels, ChannelChoice::Mix, &mut mono);
        assert!(mono.iter().all(|sample| sample.is_finite()));
        count += mono.len() as u64;
    }
    assert_eq!(count, file.frames_read());
    Ok(count)
}

//! Recordings as the fixtures are: 16 bits at 16 kHz.

use std::path::Path;

/// Frames per second.
const RATE_HZ: u32 = 16_000;

/// The samples of a recording of one channel.
pub(crate) fn read(path: impl AsRef<Path>) -> Vec<i16> {
    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (RATE_HZ, 1));
    wav.samples().map(Result::unwrap).collect()
}

/// Writes frames, in a folder that is made if need be.
pub(crate) fn write(path: impl AsRef<Path>, channels: u16, interleaved: impl IntoIterator<Item = i16>) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for sample in interleaved {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}

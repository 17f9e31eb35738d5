//! ADPCM of WAV files: four bits a sample, in blocks that begin anew.
//!
//! IMA: "Recommended Practices for Enhancing Digital Audio Compatibility", 1992. Microsoft: "New Multimedia Data Types", 1994.

use crate::error::AudioError;
use crate::sample::from_i16;

const IMA_STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1_060, 1_166, 1_282, 1_411, 1_552, 1_707, 1_878, 2_066, 2_272, 2_499, 2_749, 3_024,
    3_327, 3_660, 4_026, 4_428, 4_871, 5_358, 5_894, 6_484, 7_132, 7_845, 8_630, 9_493, 10_442, 11_487,
    12_635, 13_899, 15_289, 16_818, 18_500, 20_350, 22_385, 24_623, 27_086, 29_794, 32_767,
];
const IMA_MOVES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
/// Header of a block, per channel: a sample, the index of the step, a byte without meaning.
const IMA_HEADER: usize = 4;
/// Codes of one channel stand together in so many bytes.
const IMA_RUN: usize = 4;

const MS_ADAPTION: [i32; 16] =
    [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
const MS_WEIGHTS: [[i32; 2]; 7] =
    [[256, 0], [512, -256], [0, 0], [192, 64], [240, 0], [460, -208], [392, -232]];
const MS_LEAST_STEP: i32 = 16;
/// Header of a block, per channel: which weights, the step, two samples.
const MS_HEADER: usize = 7;

/// Blocks of one of the two codings.
#[derive(Clone, Copy)]
pub(super) struct Adpcm {
    is_ima: bool,
    pub(super) block_bytes: usize,
}

impl Adpcm {
    pub(super) fn ima(block_bytes: usize, channels: usize) -> Result<Self, AudioError> {
        Self::new(true, block_bytes, channels * IMA_HEADER)
    }

    pub(super) fn microsoft(block_bytes: usize, channels: usize) -> Result<Self, AudioError> {
        Self::new(false, block_bytes, channels * MS_HEADER)
    }

    fn new(is_ima: bool, block_bytes: usize, header: usize) -> Result<Self, AudioError> {
        if block_bytes < header {
            let expected = format!("ADPCM blocks of at least {header} bytes");
            return Err(AudioError::malformed(expected, block_bytes.to_string()));
        }
        Ok(Self { is_ima, block_bytes })
    }

    /// Frames in a block, or in the beginning of one.
    pub(super) fn frames(self, bytes: usize, channels: usize) -> usize {
        if self.is_ima {
            let codes = bytes.checked_sub(channels * IMA_HEADER);
            codes.map_or(0, |codes| 1 + codes / (channels * IMA_RUN) * 2 * IMA_RUN)
        } else {
            let codes = bytes.checked_sub(channels * MS_HEADER);
            codes.map_or(0, |codes| 2 + codes * 2 / channels)
        }
    }

    /// Adds the frames of a block, which may be cut off.
    pub(super) fn decode(self, block: &[u8], channels: usize, samples: &mut Vec<f32>) {
        let start = samples.len();
        samples.resize(start + self.frames(block.len(), channels) * channels, 0.0);
        let frames = &mut samples[start..];
        if frames.is_empty() {
            return;
        }
        if self.is_ima {
            decode_ima(block, channels, frames);
        } else {
            decode_microsoft(block, channels, frames);
        }
    }
}

fn decode_ima(block: &[u8], channels: usize, frames: &mut [f32]) {
    let (headers, codes) = block.split_at(channels * IMA_HEADER);
    for (channel, header) in headers.chunks_exact(IMA_HEADER).enumerate() {
        let mut value = i32::from(word(header, 0));
        let mut index = i32::from(header[2]).min(IMA_STEPS.len() as i32 - 1);
        let mut places = (channel..frames.len()).step_by(channels);
        let runs = codes.chunks_exact(IMA_RUN).skip(channel).step_by(channels);
        let codes = runs.flatten().flat_map(|byte| [byte & 15, byte >> 4]);
        for (code, place) in std::iter::once(None).chain(codes.map(Some)).zip(&mut places) {
            if let Some(code) = code {
                let step = IMA_STEPS[index as usize];
                let magnitude = i32::from(code & 7);
                // An eighth of the step times (2 · magnitude + 1), each part rounded down as the encoder did.
                let change = (step >> 3)
                    + (step >> 2) * (magnitude & 1)
                    + (step >> 1) * (magnitude >> 1 & 1)
                    + step * (magnitude >> 2);
                value = limited(if code & 8 == 0 { value + change } else { value - change });
                index = (index + IMA_MOVES[magnitude as usize]).clamp(0, IMA_STEPS.len() as i32 - 1);
            }
            frames[place] = from_i16(value as i16);
        }
    }
}

/// What one channel of Microsoft's coding goes on with.
struct Predictor {
    weights: [i32; 2],
    step: i32,
    last: i32,
    before: i32,
}

fn decode_microsoft(block: &[u8], channels: usize, frames: &mut [f32]) {
    let (headers, codes) = block.split_at(channels * MS_HEADER);
    let words =
        |channel: usize, kind: usize| i32::from(word(headers, channels * (1 + 2 * kind) + 2 * channel));
    let mut predictors: Vec<Predictor> = (0..channels)
        .map(|channel| Predictor {
            weights: MS_WEIGHTS[usize::from(headers[channel]).min(MS_WEIGHTS.len() - 1)],
            step: words(channel, 0),
            last: words(channel, 1),
            before: words(channel, 2),
        })
        .collect();
    for (channel, predictor) in predictors.iter().enumerate() {
        frames[channel] = from_i16(predictor.before as i16);
        frames[channels + channel] = from_i16(predictor.last as i16);
    }
    let codes = codes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (code, (number, place)) in codes.zip(frames[2 * channels..].iter_mut().enumerate()) {
        *place = from_i16(predictors[number % channels].next(code) as i16);
    }
}

impl Predictor {
    fn next(&mut self, code: u8) -> i32 {
        let predicted = (self.last * self.weights[0] + self.before * self.weights[1]) >> 8;
        let signed = i32::from((code << 4).cast_signed() >> 4);
        let value = limited(predicted.saturating_add(signed.saturating_mul(self.step)));
        self.step = (MS_ADAPTION[usize::from(code)].saturating_mul(self.step) >> 8).max(MS_LEAST_STEP);
        (self.before, self.last) = (self.last, value);
        value
    }
}

fn word(bytes: &[u8], at: usize) -> i16 {
    i16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn limited(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

//! What a front end computes, in full: the part of a model's manifest that says which features it was
//! trained on.

use alloc::format;
use alloc::string::{String, ToString};

/// Window applied to each frame before the Fourier transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum WindowFunction {
    /// `0.5 - 0.5 cos(2 π n / N)`, n in 0..N: the periodic form, as in `torch.hann_window(periodic=True)`.
    HannPeriodic,
}

/// Frequency scale on which the mel filters are equally spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MelScale {
    /// `2595 log10(1 + f / 700)` (HTK), triangles of height 1, without area normalisation.
    Htk,
}

/// Transform from log-mel energies to cepstral coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Dct {
    /// Orthonormal DCT-II.
    OrthonormalIi,
}

/// The whole specification of an MFCC front end.
///
/// Frames are not centred: frame `i` covers the samples `i * hop_samples ..
/// i * hop_samples + frame_samples`, so one second at the default specification gives 98 frames.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(deny_unknown_fields))]
pub struct FrontEndSpec {
    /// Sample rate of the audio, in Hz.
    pub sample_rate_hz: u32,
    /// Samples in one frame.
    pub frame_samples: usize,
    /// Samples from the start of one frame to the start of the next.
    pub hop_samples: usize,
    /// Length of the Fourier transform, in which the windowed frame is centred: a power of two.
    pub fft_samples: usize,
    /// Window function.
    pub window: WindowFunction,
    /// Mel scale.
    pub mel_scale: MelScale,
    /// Number of mel filters.
    pub mel_bins: usize,
    /// Lower edge of the lowest mel filter, in Hz.
    pub low_hz: f32,
    /// Upper edge of the highest mel filter, in Hz.
    pub high_hz: f32,
    /// Added to each mel energy before the natural logarithm.
    pub log_floor: f32,
    /// Cepstral transform.
    pub dct: Dct,
    /// Number of cepstral coefficients kept, the zeroth included.
    pub coefficients: usize,
}

impl Default for FrontEndSpec {
    /// The front end of every model shipped with polyspot: 16 kHz, 30 ms frames every 10 ms, 40 MFCCs.
    fn default() -> Self {
        Self {
            sample_rate_hz: 16_000,
            frame_samples: 480,
            hop_samples: 160,
            fft_samples: 512,
            window: WindowFunction::HannPeriodic,
            mel_scale: MelScale::Htk,
            mel_bins: 40,
            low_hz: 0.0,
            high_hz: 8_000.0,
            log_floor: 1e-6,
            dct: Dct::OrthonormalIi,
            coefficients: 40,
        }
    }
}

/// A front-end specification that cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("front end: {field} must be {expected}, found {found}")]
pub struct FrontEndSpecError {
    field: &'static str,
    expected: String,
    found: String,
}

impl FrontEndSpec {
    /// Checks that the values are within what the front end can compute.
    ///
    /// # Errors
    /// The first field that is out of range, with what was expected and what was found.
    pub fn check(&self) -> Result<(), FrontEndSpecError> {
        let within = |field, low: usize, found: usize, high: usize| {
            if (low..=high).contains(&found) {
                return Ok(());
            }
            Err(FrontEndSpecError { field, expected: format!("in {low}..={high}"), found: found.to_string() })
        };
        within("sample_rate_hz", 4_000, self.sample_rate_hz as usize, 192_000)?;
        within("fft_samples", 16, self.fft_samples, 16_384)?;
        within("frame_samples", 2, self.frame_samples, self.fft_samples)?;
        // A frame every millisecond, sixteen for each sample, are more than anyone needs and as much as can be computed.
        let least_hop = (self.sample_rate_hz as usize).div_ceil(1_000).max(self.frame_samples.div_ceil(16));
        within("hop_samples", least_hop, self.hop_samples, self.frame_samples)?;
        within("mel_bins", 1, self.mel_bins, 512)?;
        within("coefficients", 1, self.coefficients, self.mel_bins)?;
        if !self.fft_samples.is_power_of_two() {
            return Err(FrontEndSpecError {
                field: "fft_samples",
                expected: "a power of two".into(),
                found: self.fft_samples.to_string(),
            });
        }
        let nyquist_hz = self.sample_rate_hz as f32 / 2.0;
        if !(0.0 <= self.low_hz && self.low_hz < self.high_hz && self.high_hz <= nyquist_hz) {
            return Err(FrontEndSpecError {
                field: "low_hz and high_hz",
                expected: format!("0 <= low_hz < high_hz <= {nyquist_hz}"),
                found: format!("{} and {}", self.low_hz, self.high_hz),
            });
        }
        if !(self.log_floor.is_finite() && self.log_floor > 0.0) {
            return Err(FrontEndSpecError {
                field: "log_floor",
                expected: "finite and above 0".into(),
                found: self.log_floor.to_string(),
            });
        }
        Ok(())
    }

    /// Number of whole frames in `samples` samples.
    pub fn frames_in(&self, samples: usize) -> usize {
        if samples < self.frame_samples { 0 } else { (samples - self.frame_samples) / self.hop_samples + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_second_has_98_frames() {
        let spec = FrontEndSpec::default();
        assert_eq!(spec.check(), Ok(()));
        assert_eq!([479, 480, 639, 640, 16_000].map(|n| spec.frames_in(n)), [0, 1, 1, 2, 98]);
    }

    #[test]
    fn impossible_values_are_named() {
        let spec = FrontEndSpec { frame_samples: 600, ..FrontEndSpec::default() };
        let error = spec.check().unwrap_err().to_string();
        assert_eq!(error, "front end: frame_samples must be in 2..=512, found 600");
        assert!(FrontEndSpec { high_hz: 8_001.0, ..FrontEndSpec::default() }.check().is_err());
        assert!(FrontEndSpec { log_floor: 0.0, ..FrontEndSpec::default() }.check().is_err());
    }
}

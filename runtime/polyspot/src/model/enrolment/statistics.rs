//! What a model file says of speech and noise without keywords, and how it is written there.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use polyspot_core::enrolment::FillerStatistics;
use prost::Message;
use serde::{Deserialize, Serialize};

use super::super::error::{FileError, ModelError};
use super::super::file::{VERSION, check_version, copied, decode, metadata_from_json};
use super::super::onnx::ModelProto;
use super::EnrolError;

/// Key of the statistics' entry among an ONNX file's `metadata_props`.
pub(super) const KEY: &str = "polyspot.filler";

/// The largest value of six bits, of which 32 stands for 0.
const MOST: f32 = 31.0;
const ZERO: u8 = 32;

/// What the entry [`KEY`] says: numbers of [`FillerStatistics::to_numbers`], in Base64.
///
/// Below its diagonal the factor of the covariance is written in six bits a number, which are told from whole ones in no figure that was
/// looked at, and take a fifth of the room.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: u32,
    features: usize,
    /// Mean, the factor's diagonal, what 1 stands for in each row of `factor`, level and level's bias: each the first 16 bits of an
    /// `f32` (bfloat16), little-endian.
    values: String,
    /// The factor's numbers below the diagonal, row after row, each 1 to 63 in six bits for -31 to 31; four of them in three bytes.
    factor: String,
}

/// What a model file says of its network's features over speech and noise without keywords, if it says anything.
///
/// # Errors
/// When the bytes are no model file, or what they say is damaged.
pub fn filler_statistics(model: &[u8]) -> Result<Option<FillerStatistics>, EnrolError> {
    let (proto, _) = decode(&copied(model).map_err(ModelError::from)?)?;
    of_file(&proto)
}

/// A model file with these statistics, in place of those that it had.
///
/// # Errors
/// When the bytes are no model file.
pub fn add_filler_statistics(model: &[u8], statistics: &FillerStatistics) -> Result<Vec<u8>, ModelError> {
    let (mut proto, _) = decode(&copied(model)?)?;
    // Numbers and text: nothing that JSON has not.
    proto.set_metadata(KEY, serde_json::to_string(&Entry::of(statistics)).unwrap_or_default());
    Ok(proto.encode_to_vec())
}

/// The statistics that a file has.
pub(super) fn of_file(proto: &ModelProto) -> Result<Option<FillerStatistics>, EnrolError> {
    let Some(json) = proto.metadata(KEY) else { return Ok(None) };
    let of_file = |error: FileError| EnrolError::Model(error.into());
    let entry: Entry = metadata_from_json(KEY, json).map_err(of_file)?;
    check_version(KEY, entry.version).map_err(of_file)?;
    let numbers = entry.numbers().map_err(of_file)?;
    Ok(Some(FillerStatistics::from_numbers(entry.features, &numbers)?))
}

impl Entry {
    fn of(statistics: &FillerStatistics) -> Self {
        let (features, numbers) = (statistics.features(), statistics.to_numbers());
        let (mean, rest) = numbers.split_at(features);
        let (triangle, level) = rest.split_at(rest.len() - features - 1);
        let rows = || (0..features).map(|row| &triangle[row * (row + 1) / 2..][..=row]);
        let unit = |row: &[f32]| {
            let most = row[..row.len() - 1].iter().fold(0.0f32, |most, value| most.max(value.abs()));
            f32::from_bits(u32::from(bfloat16(most / MOST)) << 16)
        };
        let units: Vec<f32> = rows().map(unit).collect();
        let diagonal = rows().map(|row| row[row.len() - 1]);
        let values =
            mean.iter().copied().chain(diagonal).chain(units.iter().copied()).chain(level.iter().copied());
        let values: Vec<u8> = values.flat_map(|value| bfloat16(value).to_le_bytes()).collect();
        let six = |value: f32, unit: f32| {
            let steps = if unit > 0.0 { (value / unit).round().clamp(-MOST, MOST) } else { 0.0 };
            (steps as i8).wrapping_add_unsigned(ZERO) as u8
        };
        let below = rows()
            .zip(&units)
            .flat_map(|(row, &unit)| row[..row.len() - 1].iter().map(move |&v| six(v, unit)));
        let factor = BASE64_STANDARD.encode(packed(&below.collect::<Vec<u8>>()));
        Self { version: VERSION, features, values: BASE64_STANDARD.encode(values), factor }
    }

    /// The numbers as [`FillerStatistics::from_numbers`] takes them.
    fn numbers(&self) -> Result<Vec<f32>, FileError> {
        let features = self.features;
        let decoded = |text: &str, most: usize| {
            let found = |found: String| FileError::Metadata {
                key: KEY,
                expected: format!("{most} bytes in Base64"),
                found,
            };
            let bytes = BASE64_STANDARD.decode(text).map_err(|error| found(error.to_string()))?;
            if bytes.len() == most { Ok(bytes) } else { Err(found(bytes.len().to_string())) }
        };
        let below = features.saturating_mul(features.saturating_sub(1)) / 2;
        let values = decoded(&self.values, features.saturating_mul(8).saturating_add(2))?;
        let sixes = unpacked(&decoded(&self.factor, below.div_ceil(4).saturating_mul(3))?);
        let values: Vec<f32> = values
            .as_chunks()
            .0
            .iter()
            .map(|&b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
            .collect();
        let (mean, rest) = values.split_at(features);
        let (diagonal, rest) = rest.split_at(features);
        let (units, level) = rest.split_at(features);
        let mut numbers = mean.to_vec();
        let mut sixes = sixes.into_iter();
        for (row, (own, unit)) in diagonal.iter().zip(units).enumerate() {
            numbers.extend(sixes.by_ref().take(row).map(|six| (f32::from(six) - f32::from(ZERO)) * unit));
            numbers.push(*own);
        }
        numbers.extend(level);
        Ok(numbers)
    }
}

/// Numbers of six bits, four in three bytes; the last ones are filled up with zeros.
fn packed(sixes: &[u8]) -> Vec<u8> {
    let three = |four: &[u8]| {
        let bits = (0..4).fold(0, |bits, i| bits << 6 | u32::from(four.get(i).copied().unwrap_or(0)));
        let [_, bytes @ ..] = bits.to_be_bytes();
        bytes
    };
    sixes.chunks(4).flat_map(three).collect()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let four = |&[a, b, c]: &[u8; 3]| {
        let bits = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|shift| (bits >> shift & 63) as u8)
    };
    bytes.as_chunks().0.iter().flat_map(four).collect()
}

/// The first 16 bits of the nearest `f32` that ends in zeros.
fn bfloat16(value: f32) -> u16 {
    (value.to_bits().saturating_add(1 << 15) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_loses_half_a_hundredth_of_itself_at_most() {
        for value in [1.0f32, -2.346_592_7, 1e-20, 123_456.79, 0.0] {
            let read = f32::from_bits(u32::from(bfloat16(value)) << 16);
            assert!((read - value).abs() <= value.abs() / 256.0, "{value} became {read}");
        }
    }

    #[test]
    fn numbers_of_six_bits_are_the_same_after_they_were_packed() {
        let sixes: Vec<u8> = (0..64).chain([1, 63]).collect();
        let bytes = packed(&sixes);
        assert_eq!(bytes.len(), 51);
        assert_eq!(unpacked(&bytes)[..66], sixes);
    }
}

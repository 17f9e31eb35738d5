//! How samples stand in a stream, each by itself.

/// How a sample is written, little-endian. In WAV files a sample of fewer bits is left-justified in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// 8-bit integer with an offset of 128.
    U8,
    /// 16-bit integer.
    S16,
    /// 24-bit integer in three bytes.
    S24,
    /// 24-bit integer in the lower three of four bytes.
    S24In32,
    /// 32-bit integer.
    S32,
    /// 32-bit float, full scale ±1.
    F32,
    /// 64-bit float, full scale ±1.
    F64,
    /// The logarithmic coding of telephones in America and Japan, ITU-T G.711.
    Mulaw,
    /// The logarithmic coding of telephones elsewhere, ITU-T G.711.
    Alaw,
}

impl SampleFormat {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::Mulaw | Self::Alaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S24In32 | Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Adds the samples of these bytes, full scale ±1; an incomplete last one is left out.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) {
        match self {
            Self::U8 => samples.extend(bytes.iter().map(|&byte| (f32::from(byte) - 128.0) / 128.0)),
            Self::S16 => samples.extend(each(bytes).map(|b| from_i16(i16::from_le_bytes(b)))),
            Self::S24 => samples.extend(each(bytes).map(|[a, b, c]| from_i32([0, a, b, c]))),
            Self::S24In32 => samples.extend(each(bytes).map(|[a, b, c, _]| from_i32([0, a, b, c]))),
            Self::S32 => samples.extend(each(bytes).map(from_i32)),
            Self::F32 => samples.extend(each(bytes).map(f32::from_le_bytes)),
            Self::F64 => samples.extend(each(bytes).map(|b| f64::from_le_bytes(b) as f32)),
            Self::Mulaw => samples.extend(bytes.iter().map(|&byte| from_i16(mulaw(byte)))),
            Self::Alaw => samples.extend(bytes.iter().map(|&byte| from_i16(alaw(byte)))),
        }
    }
}

/// The bytes of one sample after the other.
fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

fn from_i32(bytes: [u8; 4]) -> f32 {
    i32::from_le_bytes(bytes) as f32 / 2_147_483_648.0
}

pub(crate) fn from_i16(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// G.711 µ-law: the complement of sign, three bits of exponent, four of mantissa.
fn mulaw(byte: u8) -> i16 {
    const BIAS: i16 = 0x84;
    let code = !byte;
    let (exponent, mantissa) = (code >> 4 & 7, i16::from(code & 15));
    let magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

/// G.711 A-law: every other bit inverted; sign, three bits of exponent, four of mantissa.
fn alaw(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let (exponent, mantissa) = (code >> 4 & 7, i16::from(code & 15));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sox -t ul` and `sox -t al` to 16 bits give these.
    #[test]
    fn the_codes_of_telephones_are_those_of_g711() {
        for (code, value) in
            [(0x00, -32_124), (0x80, 32_124), (0xFF, 0), (0x7F, 0), (0xF0, 120), (0x2A, -5_372)]
        {
            assert_eq!(mulaw(code), value, "{code:#x}");
        }
        for (code, value) in
            [(0xD5, 8), (0x55, -8), (0xAA, 32_256), (0x2A, -32_256), (0x80, 5_504), (0xC5, 264)]
        {
            assert_eq!(alaw(code), value, "{code:#x}");
        }
    }
}

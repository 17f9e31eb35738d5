//! The header of a FLAC frame (RFC 9639, section 9.1).

use symphonia::core::checksum::Crc8Ccitt;
use symphonia::core::io::Monitor;

/// The longest header.
pub(super) const LONGEST: usize = 16;

/// What a frame says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Samples of each channel.
    pub(super) samples: u32,
    /// `None`: as the stream says.
    pub(super) sample_rate_hz: Option<u32>,
    pub(super) channels: u32,
    /// Of a sample; `None`: as the stream says.
    pub(super) bits: Option<u32>,
    pub(super) place: Place,
    pub(super) header_bytes: usize,
}

/// Where in the stream a frame belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Of a stream whose frames are of one length: how many stand before.
    Frame(u64),
    /// Of any other: how many samples.
    Sample(u64),
}

impl FrameHeader {
    /// The header that these bytes begin with, if they do, and if it is sound.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xFF, strategy @ (0xF8 | 0xF9), lengths, kinds, ..] = *bytes else { return None };
        if kinds & 1 != 0 {
            return None;
        }
        let mut rest = Rest { bytes, at: 4 };
        let number = rest.number()?;
        let samples = match lengths >> 4 {
            0 => return None,
            1 => 192,
            code @ 2..=5 => 144 << code,
            6 => rest.big_endian(1)? + 1,
            7 => rest.big_endian(2)? + 1,
            code => 1 << code,
        };
        let sample_rate_hz = match lengths & 15 {
            0 => None,
            12 => Some(1_000 * rest.big_endian(1)?),
            13 => Some(rest.big_endian(2)?),
            14 => Some(10 * rest.big_endian(2)?),
            15 => return None,
            code => Some(RATES_HZ[usize::from(code) - 1]),
        };
        let channels = match kinds >> 4 {
            independent @ 0..=7 => u32::from(independent) + 1,
            8..=10 => 2,
            _ => return None,
        };
        let bits = match kinds >> 1 & 7 {
            0 => None,
            3 => return None,
            code => Some([8, 12, 0, 16, 20, 24, 32][usize::from(code) - 1]),
        };
        let header_bytes = rest.at + 1;
        let mut crc = Crc8Ccitt::new(0);
        crc.process_buf_bytes(bytes.get(..header_bytes)?);
        let is_sound = crc.crc() == 0 && samples <= u16::MAX.into();
        let place = if strategy & 1 == 0 { Place::Frame(number) } else { Place::Sample(number) };
        is_sound.then_some(Self { samples, sample_rate_hz, channels, bits, place, header_bytes })
    }
}

const RATES_HZ: [u32; 11] =
    [88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// The fields behind the first four bytes.
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn big_endian(&mut self, bytes: usize) -> Option<u32> {
        (0..bytes).try_fold(0, |number, _| Some(number << 8 | u32::from(self.byte()?)))
    }

    /// A number of up to 36 bits, written as UTF-8 writes characters.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = match first.leading_ones() {
            0 => return Some(first.into()),
            ones @ 2..=7 => ones - 1,
            _ => return None,
        };
        let begin = u64::from(first) & ((1 << (6 - more)) - 1) & 0x7F;
        (0..more).try_fold(begin, |number, _| {
            let byte = self.byte()?;
            (byte >> 6 == 2).then_some(number << 6 | u64::from(byte & 0x3F))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the checksum that belongs to it.
    fn with_crc(bytes: &[u8]) -> Vec<u8> {
        let mut crc = Crc8Ccitt::new(0);
        crc.process_buf_bytes(bytes);
        [bytes, &[crc.crc()]].concat()
    }

    #[test]
    fn every_field_is_read() {
        // 4,096 samples, 44.1 kHz, 2 channels as middle and side, 16 bits, frame 5.
        let header = FrameHeader::parse(&with_crc(&[0xFF, 0xF8, 0xC9, 0xA8, 5])).unwrap();
        assert_eq!((header.samples, header.sample_rate_hz), (4_096, Some(44_100)));
        assert_eq!((header.channels, header.bits, header.place), (2, Some(16), Place::Frame(5)));
        // A length and a rate of their own, sample 0x1_0000_0000.
        let long = [0xFF, 0xF9, 0x7D, 0x10, 0xFE, 0x84, 0x80, 0x80, 0x80, 0x80, 0x80, 0x12, 0x33, 0x2B, 0x11];
        let header = FrameHeader::parse(&with_crc(&long)).unwrap();
        assert_eq!((header.samples, header.sample_rate_hz), (0x1234, Some(0x2B11)));
        assert_eq!((header.channels, header.bits, header.place), (2, None, Place::Sample(1 << 32)));
        assert_eq!(header.header_bytes, long.len() + 1);
    }

    #[test]
    fn what_is_no_sound_header_is_none() {
        let sound = with_crc(&[0xFF, 0xF8, 0xC9, 0xA8, 5]);
        for length in 0..sound.len() {
            assert_eq!(FrameHeader::parse(&sound[..length]), None, "{length} bytes");
        }
        for bit in 0..8 * sound.len() {
            let mut damaged = sound.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::parse(&damaged), None, "bit {bit}");
        }
        for reserved in [[0xC9, 0xA9], [0x09, 0xA8], [0xCF, 0xA8], [0xC9, 0xB8], [0xC9, 0xA6]] {
            let bytes = with_crc(&[0xFF, 0xF8, reserved[0], reserved[1], 5]);
            assert_eq!(FrameHeader::parse(&bytes), None, "{reserved:x?}");
        }
    }
}

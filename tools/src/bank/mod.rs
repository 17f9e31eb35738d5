//! A bank of negatives: frames of speech and noise without keywords, for those who have none of their own.
//!
//! It holds frames of the front end, not sound: nobody's voice can be played from it. Pieces that a base finds hard are all in it, of the
//! others a known share, so that a rate of false alarms can be estimated from it.

mod choose;
mod coding;
mod making;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use polyspot::front_end::FrontEndSpec;
use serde::{Deserialize, Serialize};

use coding::Steps;
pub(crate) use coding::as_coded;
pub(crate) use making::{Source, make};

/// Version of the file.
const VERSION: u32 = 2;
/// Longest file that is read, in bytes, and longest one that comes of it when it is unpacked.
const MOST_BYTES: u64 = 64 << 20;
const MOST_UNPACKED: u64 = 512 << 20;
/// Most pieces that one stands for.
const MOST_STOOD_FOR: u64 = 1_000_000;

/// The bank that comes with the program.
static BUILT_IN: &[u8] = include_bytes!("../../negatives.bank.gz");

/// Frames without keywords, and what is known of them.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    about: About,
    /// Of all pieces, one after the other.
    steps: Steps,
}

/// The first line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    version: u32,
    front_end: FrontEndSpec,
    /// What a step of its coding is worth.
    step: f32,
    pieces: Vec<Piece>,
}

/// A stretch of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Piece {
    /// Name of the collection that it is of.
    source: String,
    /// Tag of its language; `und` of noise.
    language: String,
    licence: String,
    /// Whether it holds words that stand alone, not sentences.
    #[serde(default)]
    single_words: bool,
    /// Whether synthesisers speak, whose false alarms say nothing of people's.
    #[serde(default)]
    synthetic: bool,
    frames: usize,
    /// How many pieces of its collection it stands for, itself among them.
    stands_for: u64,
}

/// Of so many pieces one is kept for judging.
const JUDGING_EVERY: usize = 3;

/// What a piece is for: a network that has trained on it is no longer surprised by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Training,
    /// Each piece stands for those for training, too.
    Judging,
    /// For training too, but no sample of what people say.
    Synthetic,
}

impl Part {
    fn of(index: usize, piece: &Piece) -> Self {
        match index % JUDGING_EVERY {
            _ if piece.synthetic => Self::Synthetic,
            last if last == JUDGING_EVERY - 1 => Self::Judging,
            _ => Self::Training,
        }
    }
}

/// A piece as it is used.
#[derive(Clone, Debug)]
pub(crate) struct BankPiece {
    /// Name of the collection that it is of.
    pub(crate) source: String,
    /// `[frames, coefficients]`
    pub(crate) frames: Arc<[f32]>,
    /// How many pieces it stands for, itself among them.
    pub(crate) stands_for: u64,
}

/// What a bank holds of a source.
pub(crate) struct Row<'a> {
    pub(crate) source: &'a str,
    pub(crate) language: &'a str,
    pub(crate) pieces: usize,
    pub(crate) minutes: f64,
    /// Minutes of the source that these stand for.
    pub(crate) stands_for_minutes: f64,
}

impl Bank {
    /// The bank that comes with the program.
    pub(crate) fn built_in() -> Result<Self> {
        Self::from_bytes(BUILT_IN).context("the built-in bank of negatives")
    }

    /// Reads a bank from a file.
    ///
    /// # Errors
    /// When it is none, damaged, or too long.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let read = || Self::from_bytes(&polyspot_files::read(path, MOST_BYTES)?);
        read().with_context(|| format!("bank of negatives {}", path.display()))
    }

    fn from_bytes(packed: &[u8]) -> Result<Self> {
        let mut unpacked = Vec::new();
        GzDecoder::new(packed)
            .take(MOST_UNPACKED + 1)
            .read_to_end(&mut unpacked)
            .context("it is no gzip file")?;
        ensure!(
            unpacked.len() as u64 <= MOST_UNPACKED,
            "expected at most {} MB unpacked",
            MOST_UNPACKED >> 20
        );
        let end = unpacked.iter().position(|&byte| byte == b'\n').context("its first line has no end")?;
        let about: About =
            serde_json::from_slice(&unpacked[..end]).context("its first line cannot be read")?;
        ensure!(about.version == VERSION, "expected version {VERSION}, found {}", about.version);
        ensure!((1e-6..1e6).contains(&about.step), "expected a step in 1e-6 to 1e6, found {}", about.step);
        for piece in &about.pieces {
            ensure!(
                piece.frames > 0 && (1..=MOST_STOOD_FOR).contains(&piece.stands_for),
                "expected pieces of 1 frame or more that stand for 1 to {MOST_STOOD_FOR}, found {} frames that stand for {}",
                piece.frames,
                piece.stands_for
            );
        }
        let coefficients = about.front_end.coefficients;
        ensure!(coefficients > 0, "expected coefficients, found none");
        let length = about.pieces.iter().try_fold(0usize, |sum, piece| {
            coding::length(piece.frames, coefficients).and_then(|length| sum.checked_add(length))
        });
        let steps = coding::unpack(&unpacked[end + 1..], length, coefficients)?;
        Ok(Self { about, steps })
    }

    /// The file's bytes.
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let packed = coding::pack(&self.steps, self.about.front_end.coefficients);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        serde_json::to_writer(&mut encoder, &self.about)?;
        std::io::Write::write_all(&mut encoder, b"\n")?;
        std::io::Write::write_all(&mut encoder, &packed)?;
        Ok(encoder.finish()?)
    }

    /// Writes the bank, whole or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        crate::files::write_whole(path, &self.to_bytes()?)
    }

    /// The pieces of a part, without single words of this language: they may be its keywords. In a sentence a keyword is no command.
    ///
    /// # Errors
    /// When the bank was made with another front end.
    pub(crate) fn pieces(
        &self,
        part: Part,
        language: &str,
        front_end: &FrontEndSpec,
    ) -> Result<Vec<BankPiece>> {
        ensure!(
            self.about.front_end == *front_end,
            "expected a bank of negatives of the same front end, found one of another"
        );
        let coefficients = front_end.coefficients;
        let mut rest = &self.steps[..];
        let mut pieces = Vec::new();
        for (index, piece) in self.about.pieces.iter().enumerate() {
            let length = coding::length(piece.frames, coefficients).map_or(rest.len(), |n| n.min(rest.len()));
            let (own, others) = rest.split_at(length);
            rest = others;
            if Part::of(index, piece) == part
                && !(piece.single_words && primary(&piece.language) == primary(language))
            {
                pieces.push(BankPiece {
                    source: piece.source.clone(),
                    frames: coding::frames(own, (piece.frames, coefficients), self.about.step).into(),
                    stands_for: match part {
                        Part::Training | Part::Synthetic => piece.stands_for,
                        Part::Judging => piece.stands_for * JUDGING_EVERY as u64,
                    },
                });
            }
        }
        Ok(pieces)
    }
}

impl Bank {
    /// What it holds, by source.
    pub(crate) fn summary(&self) -> Vec<Row<'_>> {
        let spec = &self.about.front_end;
        let minutes =
            |frames: usize| (frames * spec.hop_samples) as f64 / f64::from(spec.sample_rate_hz) / 60.0;
        let mut rows: Vec<Row<'_>> = Vec::new();
        for piece in &self.about.pieces {
            let index = rows.iter().position(|row| row.source == piece.source).unwrap_or_else(|| {
                let (source, language) = (piece.source.as_str(), piece.language.as_str());
                rows.push(Row { source, language, pieces: 0, minutes: 0.0, stands_for_minutes: 0.0 });
                rows.len() - 1
            });
            rows[index].pieces += 1;
            rows[index].minutes += minutes(piece.frames);
            rows[index].stands_for_minutes += minutes(piece.frames) * piece.stands_for as f64;
        }
        rows
    }
}

/// The language of a tag, without region and script.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four pieces of made-up frames.
    fn bank() -> Bank {
        let front_end = FrontEndSpec::default();
        let c = front_end.coefficients;
        let frames: Vec<f32> = (0..120 * c).map(|i| (i as f32 * 0.37).sin() * (1 + i % c) as f32).collect();
        let mut rest = &frames[..];
        let mut steps = Steps::new();
        let mut piece = |source: &str, language: &str, (single_words, synthetic), frames, stands_for| {
            let (own, others) = rest.split_at(frames * c);
            rest = others;
            steps.append(&mut coding::code(own, c, 0.1));
            let (source, language, licence) = (source.into(), language.into(), "CC0".into());
            Piece { source, language, licence, single_words, synthetic, frames, stands_for }
        };
        let pieces = vec![
            piece("a", "en-GB", (true, false), 20, 1),
            piece("b", "en", (false, false), 40, 3),
            piece("c", "und", (false, false), 30, 1),
            piece("d", "mul", (false, true), 30, 1),
        ];
        Bank { steps, about: About { version: VERSION, front_end, step: 0.1, pieces } }
    }

    #[test]
    fn what_was_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bank.gz");
        bank().save(&path).unwrap();
        let read = Bank::open(&path).unwrap();
        assert_eq!(read.steps, bank().steps);
        assert_eq!(read.about.pieces, bank().about.pieces);
    }

    #[test]
    fn single_words_of_the_language_itself_are_left_out() {
        let of = |part, language| -> Vec<(String, usize, u64)> {
            let pieces = bank().pieces(part, language, &FrontEndSpec::default()).unwrap();
            pieces.into_iter().map(|p| (p.source, p.frames.len() / 40, p.stands_for)).collect()
        };
        assert_eq!(of(Part::Training, "en"), [("b".into(), 40, 3)]);
        assert_eq!(of(Part::Training, "lt").len(), 2);
        // It stands for the two before it, too.
        assert_eq!(of(Part::Judging, "en"), [("c".into(), 30, 3)]);
        assert_eq!(of(Part::Synthetic, "en"), [("d".into(), 30, 1)]);
    }

    #[test]
    fn damaged_banks_are_refused_with_a_reason() {
        /// Bytes of its frames: 24, 40, 32 and 32 of them, 40 coefficients, two bytes each.
        const ALL: usize = 128 * 40 * 2;
        let refused = |from: &str, to: &str, kept: usize| {
            let mut unpacked = Vec::new();
            GzDecoder::new(&*bank().to_bytes().unwrap()).read_to_end(&mut unpacked).unwrap();
            let end = unpacked.iter().position(|&byte| byte == b'\n').unwrap();
            let about = String::from_utf8(unpacked[..end].to_vec()).unwrap();
            assert!(about.contains(from), "{about}");
            let changed = [about.replace(from, to).as_bytes(), &unpacked[end..end + 1 + kept]].concat();
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            std::io::Write::write_all(&mut encoder, &changed).unwrap();
            Bank::from_bytes(&encoder.finish().unwrap()).unwrap_err().to_string()
        };
        assert_eq!(refused("\"version\":2", "\"version\":9", ALL), "expected version 2, found 9");
        assert_eq!(refused("version", "version", 1_000), "expected 10240 bytes of frames, found 1000");
        assert!(refused("\"step\":0.1", "\"step\":-1", ALL).starts_with("expected a step in"));
        assert_eq!(
            refused("\"frames\":40", "\"frames\":18446744073709551615", ALL),
            "expected countable bytes of frames, found 10240"
        );
        assert_eq!(
            refused("\"stands_for\":3", "\"stands_for\":0", ALL),
            "expected pieces of 1 frame or more that stand for 1 to 1000000, found 40 frames that stand for 0"
        );
        assert_eq!(Bank::from_bytes(b"nothing").unwrap_err().to_string(), "it is no gzip file");
    }

    #[test]
    fn another_front_end_is_refused() {
        let other = FrontEndSpec { hop_samples: 200, ..FrontEndSpec::default() };
        assert!(bank().pieces(Part::Training, "en", &other).is_err());
    }

    #[test]
    fn the_built_in_bank_is_sound_and_of_the_front_end_that_models_have() {
        let bank = Bank::built_in().unwrap();
        let part = |part| bank.pieces(part, "tlh", &FrontEndSpec::default()).unwrap();
        let pieces = [part(Part::Training), part(Part::Judging)].concat();
        let frames: usize = pieces.iter().map(|piece| piece.frames.len() / 40).sum();
        assert!(frames > 30 * 60 * 100, "{frames} frames");
        assert!(pieces.iter().flat_map(|piece| piece.frames.iter()).all(|value| value.is_finite()));
        assert!(pieces.iter().any(|piece| piece.stands_for > 1));
    }
}

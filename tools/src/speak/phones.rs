//! Speech sounds (phones) in the letters of the International Phonetic Alphabet, and how near they are to each other.
//!
//! The features are those of the alphabet's own chart: of vowels height, backness and rounding, of consonants place, manner and
//! voicing. The weights are chosen by hand.

/// A phone as espeak-ng writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Phone {
    /// In IPA, with the stress mark of its syllable, if it has one.
    pub(super) ipa: String,
    /// In espeak-ng's own letters: what it speaks.
    pub(super) mnemonic: String,
}

/// The stress mark that IPA begins with, or nothing: in IPA and in espeak-ng's letters.
fn stress(ipa: &str) -> (&'static str, &'static str) {
    match ipa.chars().next() {
        Some('ˈ') => ("ˈ", "'"),
        Some('ˌ') => ("ˌ", ","),
        _ => ("", ""),
    }
}

impl Phone {
    /// A sound of a language, its IPA and what speaks it, with the stress mark that `place` begins with.
    pub(super) fn in_place_of(place: &str, (ipa, mnemonic): (&String, &String)) -> Self {
        let (mark, letter) = stress(place);
        Self { ipa: format!("{mark}{ipa}"), mnemonic: format!("{letter}{mnemonic}") }
    }

    /// Its IPA letters without stress.
    pub(super) fn bare(&self) -> &str {
        self.ipa.trim_start_matches(['ˈ', 'ˌ'])
    }

    /// Whether a syllable can be said with it: a vowel, or a consonant that stands for one.
    pub(super) fn is_syllabic(&self) -> bool {
        // A line below or above.
        self.is_vowel() || self.bare().contains(['\u{329}', '\u{30D}'])
    }

    pub(super) fn is_vowel(&self) -> bool {
        matches!(segments(self.bare()).first(), Some(Segment::Vowel { .. }))
    }
}

/// What a letter stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Segment {
    /// Height from 0 (close) to 6 (open), backness from 0 (front) to 4.
    Vowel { height: f32, back: f32, rounded: bool },
    /// Place from 0 (lips) to 9 (glottis).
    Consonant { place: f32, manner: Manner, voiced: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Stop,
    Fricative,
    Nasal,
    Lateral,
    Tap,
    Glide,
}

/// The tap of American "water" is how its t and d are said between vowels.
const TAP: &str = "ɾ";
const TAPPED: [&str; 2] = ["t", "d"];

/// Height, backness and the letters of unrounded and rounded vowels there.
const VOWELS: [(f32, f32, &str, &str); 17] = [
    (0.0, 0.0, "i", "y"),
    (0.0, 2.0, "ɨ", "ʉ"),
    (0.0, 4.0, "ɯ", "u"),
    (1.0, 1.0, "ɪ", "ʏ"),
    (1.0, 2.0, "ᵻ", ""),
    (1.0, 3.0, "", "ʊ"),
    (2.0, 0.0, "e", "ø"),
    (2.0, 2.0, "ɘ", "ɵ"),
    (2.0, 4.0, "ɤ", "o"),
    (3.0, 2.0, "əɚ", ""),
    (4.0, 0.0, "ɛ", "œ"),
    (4.0, 2.0, "ɜɝ", "ɞ"),
    (4.0, 4.0, "ʌ", "ɔ"),
    (5.0, 0.0, "æ", ""),
    (5.0, 2.0, "ɐ", ""),
    (6.0, 1.0, "a", "ɶ"),
    (6.0, 4.0, "ɑ", "ɒ"),
];

/// Place, manner and the letters of voiceless and voiced consonants there.
const CONSONANTS: [(f32, Manner, &str, &str); 40] = [
    (0.0, Manner::Stop, "p", "bɓ"),
    (0.0, Manner::Fricative, "ɸ", "β"),
    (0.0, Manner::Nasal, "", "m"),
    (0.0, Manner::Tap, "", "ʙ"),
    (1.0, Manner::Nasal, "", "ɱ"),
    (1.0, Manner::Fricative, "f", "v"),
    (1.0, Manner::Glide, "", "ʋ"),
    (2.0, Manner::Fricative, "θ", "ð"),
    (3.0, Manner::Stop, "t", "dɗ"),
    (3.0, Manner::Fricative, "s", "z"),
    (3.0, Manner::Nasal, "", "n"),
    (3.0, Manner::Lateral, "ɬ", "lɫɮ"),
    (3.0, Manner::Tap, "", "rɾ"),
    (3.0, Manner::Glide, "", "ɹ"),
    (4.0, Manner::Fricative, "ʃɕ", "ʒʑ"),
    (4.5, Manner::Stop, "ʈ", "ɖ"),
    (4.5, Manner::Fricative, "ʂ", "ʐ"),
    (4.5, Manner::Nasal, "", "ɳ"),
    (4.5, Manner::Lateral, "", "ɭ"),
    (4.5, Manner::Tap, "", "ɽ"),
    (4.5, Manner::Glide, "", "ɻ"),
    (5.0, Manner::Stop, "c", "ɟ"),
    (5.0, Manner::Fricative, "ç", "ʝ"),
    (5.0, Manner::Nasal, "", "ɲ"),
    (5.0, Manner::Lateral, "", "ʎ"),
    (5.0, Manner::Glide, "", "jɥ"),
    (6.0, Manner::Stop, "k", "ɡg"),
    (6.0, Manner::Fricative, "x", "ɣ"),
    (6.0, Manner::Nasal, "", "ŋ"),
    (6.0, Manner::Lateral, "", "ʟ"),
    (6.0, Manner::Glide, "ʍ", "wɰ"),
    (7.0, Manner::Stop, "q", "ɢ"),
    (7.0, Manner::Fricative, "χ", "ʁ"),
    (7.0, Manner::Nasal, "", "ɴ"),
    (7.0, Manner::Tap, "", "ʀ"),
    (8.0, Manner::Fricative, "ħ", "ʕ"),
    (8.5, Manner::Stop, "ʡ", ""),
    (9.0, Manner::Stop, "ʔ", ""),
    (9.0, Manner::Fricative, "h", ""),
    (9.0, Manner::Glide, "", "ɦ"),
];

fn segment(letter: char) -> Option<Segment> {
    let vowel = VOWELS.iter().find_map(|&(height, back, unrounded, rounded)| {
        let is_rounded = rounded.contains(letter);
        (is_rounded || unrounded.contains(letter)).then_some(Segment::Vowel {
            height,
            back,
            rounded: is_rounded,
        })
    });
    vowel.or_else(|| {
        CONSONANTS.iter().find_map(|&(place, manner, voiceless, voiced)| {
            let is_voiced = voiced.contains(letter);
            (is_voiced || voiceless.contains(letter)).then_some(Segment::Consonant {
                place,
                manner,
                voiced: is_voiced,
            })
        })
    })
}

/// What the letters of a phone stand for; marks such as length are no letters.
fn segments(bare: &str) -> Vec<Segment> {
    bare.chars().filter_map(segment).collect()
}

/// How different two phones are, from 0 (the same) to 1. A diphthong or an affricate is judged by its first and its last part.
pub(super) fn distance(a: &Phone, b: &Phone) -> f32 {
    let (a, b) = (a.bare(), b.bare());
    if a == b {
        return 0.0;
    }
    if (a == TAP && TAPPED.contains(&b)) || (b == TAP && TAPPED.contains(&a)) {
        return 0.2;
    }
    let (parts_a, parts_b) = (segments(a), segments(b));
    let (Some(&first_a), Some(&first_b)) = (parts_a.first(), parts_b.first()) else { return 1.0 };
    let (last_a, last_b) = (parts_a[parts_a.len() - 1], parts_b[parts_b.len() - 1]);
    let of_parts = 0.6 * between(first_a, first_b) + 0.4 * between(last_a, last_b);
    // Length, palatalisation, nasality: letters alone do not tell them apart.
    let marks = if of_parts == 0.0 || parts_a.len() != parts_b.len() { 0.1 } else { 0.0 };
    (of_parts + marks).min(1.0)
}

fn between(a: Segment, b: Segment) -> f32 {
    match (a, b) {
        (
            Segment::Vowel { height, back, rounded },
            Segment::Vowel { height: height_b, back: back_b, rounded: rounded_b },
        ) => {
            0.55 * (height - height_b).abs() / 6.0
                + 0.35 * (back - back_b).abs() / 4.0
                + if rounded == rounded_b { 0.0 } else { 0.1 }
        }
        (
            Segment::Consonant { place, manner, voiced },
            Segment::Consonant { place: place_b, manner: manner_b, voiced: voiced_b },
        ) => {
            let of_manner = match (manner, manner_b) {
                _ if manner == manner_b => 0.0,
                (Manner::Stop, Manner::Fricative) | (Manner::Fricative, Manner::Stop) => 0.25,
                (Manner::Tap | Manner::Lateral, Manner::Glide | Manner::Lateral | Manner::Tap)
                | (Manner::Glide, Manner::Tap | Manner::Lateral) => 0.2,
                _ => 0.4,
            };
            let of_voice = if voiced == voiced_b { 0.0 } else { 0.2 };
            0.4 * ((place - place_b).abs() / 5.0).min(1.0) + of_manner + of_voice
        }
        // Glides are vowels that are short.
        (vowel @ Segment::Vowel { .. }, Segment::Consonant { place, manner: Manner::Glide, .. })
        | (Segment::Consonant { place, manner: Manner::Glide, .. }, vowel @ Segment::Vowel { .. }) => {
            let like = if place > 5.5 {
                Segment::Vowel { height: 0.0, back: 4.0, rounded: true }
            } else {
                Segment::Vowel { height: 0.0, back: 0.0, rounded: false }
            };
            (0.3 + between(vowel, like)).min(1.0)
        }
        _ => 1.0,
    }
}

/// What it costs to leave a phone out or to put one in.
fn weight(phone: &Phone) -> f32 {
    match segments(phone.bare()).first() {
        // Hardly to be heard: h and schwa, which many leave out.
        Some(Segment::Consonant { place, .. }) if *place >= 8.0 => 0.35,
        Some(Segment::Vowel { height, back, .. }) if (*height, *back) == (3.0, 2.0) => 0.35,
        None => 0.0,
        _ => 0.6,
    }
}

/// The least cost of making one pronunciation of another: substitutions by [`distance`], phones left out or put in.
pub(super) fn edit_distance(a: &[Phone], b: &[Phone]) -> f32 {
    let put_in = b.iter().scan(0.0, |sum, phone| {
        *sum += weight(phone);
        Some(*sum)
    });
    let row = costs(a, b, std::iter::once(0.0).chain(put_in).collect());
    row[b.len()]
}

/// The least cost of making a pronunciation of any part of another: 0 where the one is in the other.
pub(super) fn distance_to_part(a: &[Phone], whole: &[Phone]) -> f32 {
    costs(a, whole, vec![0.0; whole.len() + 1]).into_iter().fold(f32::INFINITY, f32::min)
}

/// What it costs to make `a` of what ends at each place of `b`, from what nothing costs there.
fn costs(a: &[Phone], b: &[Phone], mut row: Vec<f32>) -> Vec<f32> {
    for phone_a in a {
        let mut diagonal = row[0];
        row[0] += weight(phone_a);
        for (j, phone_b) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + distance(phone_a, phone_b))
                .min(above + weight(phone_a))
                .min(row[j] + weight(phone_b));
            diagonal = above;
        }
    }
    row
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Phones of these IPA letters, whose mnemonics are the same.
    pub(in crate::speak) fn phones(text: &str) -> Vec<Phone> {
        text.split('_')
            .map(|ipa| Phone { ipa: ipa.to_owned(), mnemonic: ipa.replace('ˈ', "'").replace('ˌ', ",") })
            .collect()
    }

    fn apart(a: &str, b: &str) -> f32 {
        distance(&phones(a)[0], &phones(b)[0])
    }

    #[test]
    fn sounds_alike_are_nearer_than_sounds_that_differ() {
        for (near, far) in [
            (("p", "b"), ("p", "z")),
            (("i", "ɪ"), ("i", "ɑ")),
            (("s", "ʃ"), ("s", "m")),
            (("r", "l"), ("r", "k")),
            (("j", "i"), ("j", "ɑ")),
            (("eɪ", "e"), ("eɪ", "ʌ")),
            (("tʃ", "ʃ"), ("tʃ", "m")),
            (("ɾ", "t"), ("p", "t")),
            (("d", "ɾ"), ("d", "b")),
        ] {
            assert!(apart(near.0, near.1) < apart(far.0, far.1), "{near:?} against {far:?}");
        }
        assert_eq!(apart("ˈa", "a"), 0.0, "stress is no other sound");
        assert!(apart("a", "aː") > 0.0, "length is");
    }

    #[test]
    fn every_letter_of_the_chart_is_known_once() {
        let letters: Vec<char> = VOWELS.iter().flat_map(|v| v.2.chars().chain(v.3.chars())).collect();
        let others = CONSONANTS.iter().flat_map(|c| c.2.chars().chain(c.3.chars()));
        let all: Vec<char> = letters.into_iter().chain(others).collect();
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
    }

    #[test]
    fn words_are_as_far_as_what_changes_one_into_the_other() {
        let (stop, other) = (phones("s_t_ˈɑː_p"), phones("s_t_ˈɛ_p"));
        assert_eq!(edit_distance(&stop, &stop), 0.0);
        assert_eq!(edit_distance(&stop, &other), distance(&stop[2], &other[2]));
        assert!((edit_distance(&stop, &phones("t_ˈɑː_p")) - 0.6).abs() < 1e-6, "one phone left out");
    }

    #[test]
    fn a_word_is_no_distance_from_what_it_is_a_part_of() {
        let (top, with_it, other) = (phones("t_ˈɑː_p"), phones("s_t_ˈɑː_p_t"), phones("s_t_ˈɛ_p_t"));
        assert_eq!(distance_to_part(&top, &with_it), 0.0);
        assert_eq!(distance_to_part(&top, &other), distance(&top[1], &other[2]));
        assert!(distance_to_part(&with_it, &top) > 0.0, "the whole is not in the part");
    }

    #[test]
    fn distances_are_symmetric_and_from_0_to_1() {
        let sounds = [
            "a", "aɪ", "iː", "ʊ", "ə", "œ", "p", "tʃ", "dʒ", "ts", "w", "j", "ħ", "ʔ", "ɹ", "nʲ", "ɫ", "ɾ",
            "t", "?",
        ];
        for a in sounds {
            for b in sounds {
                let (there, back) = (apart(a, b), apart(b, a));
                assert!((there - back).abs() < 1e-6 && (0.0..=1.0).contains(&there), "{a} and {b}: {there}");
                assert_eq!(there == 0.0, a == b, "{a} and {b}");
            }
        }
    }
}

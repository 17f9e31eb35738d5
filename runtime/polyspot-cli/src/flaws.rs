//! What is wrong with a recording that was heard all the same, in words.

use polyspot_audio::FileSummary;

/// Of a recording that is cut off.
pub(crate) const CUT_OFF: &str = "the file ends before the audio it announces";

/// Where a recording cannot be decoded, if there is such a place.
pub(crate) fn damage(summary: &FileSummary) -> Option<String> {
    let damage = summary.damage?;
    let more = match damage.places {
        1 => String::new(),
        places => format!(" and in {} more place(s)", places - 1),
    };
    let at = damage.frame as f64 / f64::from(summary.sample_rate_hz);
    Some(format!("the audio is damaged at {at:.2} s{more}"))
}

/// All of it, for a message.
pub(crate) fn flaws(summary: &FileSummary) -> Option<String> {
    let cut_off = summary.truncated.then(|| CUT_OFF.to_owned());
    let all: Vec<String> = damage(summary).into_iter().chain(cut_off).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

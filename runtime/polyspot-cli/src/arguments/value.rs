//! Values of options.

/// Reads a score, for `--threshold`.
pub(crate) fn score(text: &str) -> Result<f32, String> {
    let score: f32 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err("expected 0 to 1".into()) }
}

/// Reads a number above 0.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a number above 0".into())
}

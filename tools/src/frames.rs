//! A whole recording as a network hears it.

use anyhow::Result;
use polyspot::front_end::{FrontEnd, FrontEndSpec};

/// The frames `[n, coefficients]` of samples at the front end's rate, the last of them too.
pub(crate) fn frames(spec: &FrontEndSpec, samples: &[f32]) -> Result<Vec<f32>> {
    let (mut front_end, mut frames) = (FrontEnd::new(spec)?, Vec::new());
    front_end.push(samples, |frame| frames.extend_from_slice(frame));
    front_end.flush(|frame| frames.extend_from_slice(frame));
    Ok(frames)
}

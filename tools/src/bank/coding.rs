//! Frames in about one and a half bits a coefficient: what changes slowly from frame to frame keeps its shape, what flickers does not.
//!
//! Of each coefficient, eight frames at a time go through a discrete cosine transform (DCT-II, orthonormal), are rounded to whole steps, and
//! are laid out so that they compress: all first components of the first coefficient, one after the other, then the next. Frames are
//! natural logarithms, so that one step for all of them is an equal error of loudness everywhere. It moves the logarithm of a
//! keyword's posterior by 0.3 (experiments/2026-11-30-a-larger-bank.md).

use std::f32::consts::PI;
use std::sync::LazyLock;

use anyhow::{Result, ensure};

/// Frames of a block.
const BLOCK: usize = 8;
/// What components are rounded to.
pub(super) const STEP: f32 = 1.5;

/// `[component][frame]`
static BASIS: LazyLock<[[f32; BLOCK]; BLOCK]> = LazyLock::new(|| {
    std::array::from_fn(|component| {
        let scale = (if component == 0 { 1.0 } else { 2.0 } / BLOCK as f32).sqrt();
        std::array::from_fn(|frame| {
            scale * (PI * component as f32 * (2 * frame + 1) as f32 / (2 * BLOCK) as f32).cos()
        })
    })
});

/// Whole steps `[blocks, BLOCK components, coefficients]`.
pub(super) type Steps = Vec<i16>;

/// How many of them so many frames have; none where they cannot be counted.
pub(super) fn length(frames: usize, coefficients: usize) -> Option<usize> {
    frames.div_ceil(BLOCK).checked_mul(BLOCK)?.checked_mul(coefficients)
}

/// Codes frames `[T, coefficients]`; the last block goes on with the last frame.
pub(super) fn code(frames: &[f32], coefficients: usize, step: f32) -> Steps {
    let count = frames.len() / coefficients;
    let mut steps = Vec::with_capacity(count.next_multiple_of(BLOCK) * coefficients);
    for first in (0..count).step_by(BLOCK) {
        for row in BASIS.iter() {
            steps.extend((0..coefficients).map(|i| {
                let value = |t: usize| frames[(first + t).min(count - 1) * coefficients + i];
                let component: f32 = row.iter().enumerate().map(|(t, weight)| weight * value(t)).sum();
                // `as` saturates.
                (component / step).round() as i16
            }));
        }
    }
    steps
}

/// The frames that steps stand for.
pub(super) fn frames(steps: &[i16], (count, coefficients): (usize, usize), step: f32) -> Vec<f32> {
    let mut frames = vec![0.0; steps.len()];
    for (block, out) in
        steps.chunks_exact(BLOCK * coefficients).zip(frames.chunks_exact_mut(BLOCK * coefficients))
    {
        for (row, components) in BASIS.iter().zip(block.chunks_exact(coefficients)) {
            for (weight, frame) in row.iter().zip(out.chunks_exact_mut(coefficients)) {
                let weight = weight * step;
                frame.iter_mut().zip(components).for_each(|(value, &s)| *value += weight * f32::from(s));
            }
        }
    }
    frames.truncate(count * coefficients);
    frames
}

/// What is left of frames that are coded and read again.
pub(crate) fn as_coded(frames: &[f32], coefficients: usize) -> Vec<f32> {
    self::frames(&code(frames, coefficients, STEP), (frames.len() / coefficients, coefficients), STEP)
}

/// Bytes of steps, in an order in which they compress; of the first component of each coefficient the difference to the block before.
pub(super) fn pack(steps: &[i16], coefficients: usize) -> Vec<u8> {
    let block = BLOCK * coefficients;
    let folded: Vec<u16> = (0..block)
        .flat_map(|place| (place..steps.len()).step_by(block))
        .map(|at| fold(steps[at].wrapping_sub(before(steps, at, coefficients))))
        .collect();
    // Almost all of the high bytes are zero.
    let low = folded.iter().map(|&value| value.to_le_bytes()[0]);
    low.chain(folded.iter().map(|&value| value.to_le_bytes()[1])).collect()
}

/// Undoes [`pack`].
///
/// # Errors
/// When there are not as many bytes as these steps have.
pub(super) fn unpack(packed: &[u8], length: Option<usize>, coefficients: usize) -> Result<Steps> {
    let expected = length.and_then(|length| length.checked_mul(2));
    ensure!(
        expected == Some(packed.len()),
        "expected {} bytes of frames, found {}",
        expected.map_or("countable".into(), |bytes| bytes.to_string()),
        packed.len()
    );
    let length = packed.len() / 2;
    if length == 0 {
        // So many coefficients as the file says, none of which is there.
        return Ok(Steps::new());
    }
    let block = BLOCK * coefficients;
    let mut steps = vec![0; length];
    let mut folded = packed[..length].iter().zip(&packed[length..]);
    for place in 0..block {
        for at in (place..length).step_by(block) {
            let Some((&low, &high)) = folded.next() else { break };
            let difference = unfold(u16::from_le_bytes([low, high]));
            steps[at] = difference.wrapping_add(before(&steps, at, coefficients));
        }
    }
    Ok(steps)
}

/// What a step is a difference to: of the first component of a coefficient that of the block before, else 0.
fn before(steps: &[i16], at: usize, coefficients: usize) -> i16 {
    let block = BLOCK * coefficients;
    if at >= block && at % block < coefficients { steps[at - block] } else { 0 }
}

/// Small numbers of either sign as small numbers without.
fn fold(value: i16) -> u16 {
    (value.wrapping_shl(1) ^ (value >> 15)).cast_unsigned()
}

fn unfold(value: u16) -> i16 {
    ((value >> 1) ^ (value & 1).wrapping_neg()).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_to_within_what_is_rounded() {
        let original: Vec<f32> =
            (0..21 * 3).map(|i| (i as f32 * 0.7).sin() * (i % 3 * 9 + 1) as f32).collect();
        let found = frames(&code(&original, 3, 0.1), (21, 3), 0.1);
        assert_eq!(found.len(), original.len());
        let worst = found.iter().zip(&original).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 0.05 * (BLOCK as f32).sqrt() + 1e-4, "{worst}");
        // What is rounded to nothing is not all that there is.
        assert!(frames(&code(&original, 3, 1e3), (21, 3), 1e3).iter().all(|&value| value == 0.0));
    }

    #[test]
    fn what_does_not_change_is_one_component() {
        let steps = code(&[8f32.sqrt().recip() * 6.0; 16], 1, 1.5);
        assert_eq!(steps, [4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_out_of_range_is_its_end() {
        let steps = code(&[1e9, -1e9, f32::NAN], 3, 1.5);
        assert_eq!(steps[..3], [i16::MAX, i16::MIN, 0]);
    }

    #[test]
    fn unpacking_undoes_packing() {
        let steps: Steps = (0..2 * 3 * BLOCK).map(|i| (i * i * 7919 % 65_536) as u16 as i16).collect();
        let packed = pack(&steps, 3);
        assert_eq!(unpack(&packed, Some(steps.len()), 3).unwrap(), steps);
        assert!(unpack(&packed[1..], Some(steps.len()), 3).is_err());
        assert!(unpack(&packed, None, 3).is_err());
        // Nothing is not counted through, whatever a file says that it has.
        assert!(unpack(&[], Some(0), usize::MAX).unwrap().is_empty());
    }
}

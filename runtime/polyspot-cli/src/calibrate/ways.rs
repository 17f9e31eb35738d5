//! Two ways from the model's own thresholds to those of a room.

use super::hearing::{Half, Hearing};

/// Room between a threshold and a score that it was set by.
const MARGIN: f32 = 0.02;

/// A threshold is never lowered below this: a lower score is no evidence that the word was said.
const LOWEST: f32 = 0.3;

/// Nor is it lowered by more than this: what lies far below the model's own threshold was never measured.
const LARGEST_DROP: f32 = 0.2;

/// With so many takes of a keyword its own threshold counts half against that of all keywords together.
const HALF_TAKES: f32 = 5.0;

/// Thresholds are moved together by multiples of this, in log-odds, up to [`LARGEST_MOVE`].
const STEP: f32 = 0.1;
const LARGEST_MOVE: f32 = 8.0;

/// All thresholds moved by the same amount, in log-odds: of the moves with which the ambient sound has no more than so many false
/// alarms that which misses the fewest takes; of equals the smallest.
pub(super) fn together(hearing: &Hearing<'_>, own: &[f32], allowed: usize, half: Option<Half>) -> Vec<f32> {
    let moves = (-(LARGEST_MOVE / STEP) as i32..=(LARGEST_MOVE / STEP) as i32).map(|step| step as f32 * STEP);
    let mut best: Option<(usize, u64, f32, Vec<f32>)> = None;
    for by in moves {
        let thresholds: Vec<f32> = own.iter().map(|&threshold| moved(threshold, by)).collect();
        let beyond = hearing.alarms(&thresholds, half).len().saturating_sub(allowed);
        let missed = hearing.takes(&thresholds, half).iter().map(|takes| takes.spoken - takes.heard).sum();
        let is_better = best.as_ref().is_none_or(|(least, fewest, nearest, _)| {
            (beyond, missed).cmp(&(*least, *fewest)).then(by.abs().total_cmp(nearest)).is_lt()
        });
        if is_better {
            best = Some((beyond, missed, by.abs(), thresholds));
        }
    }
    best.map_or_else(|| own.to_vec(), |(.., thresholds)| thresholds)
}

/// Each keyword for itself: lowered until its takes are heard, then drawn towards what is best for all together, the more the fewer takes
/// there are. Where there are too many false alarms, that which asks for the smallest rise is silenced by raising its keyword's
/// threshold, and so on: quiet rooms count for more than takes.
pub(super) fn each(hearing: &Hearing<'_>, own: &[f32], allowed: usize, half: Option<Half>) -> Vec<f32> {
    let mut thresholds = own.to_vec();
    let mut takes = vec![0_u16; own.len()];
    for (keyword, peak) in hearing.peaks(half) {
        takes[keyword] += 1;
        let floor = lowest(own[keyword]);
        // A take that would not be heard all the same asks for nothing.
        if peak >= floor {
            thresholds[keyword] = thresholds[keyword].min((peak - MARGIN).max(floor));
        }
    }
    let common = together(hearing, own, allowed, half);
    for ((threshold, common), takes) in thresholds.iter_mut().zip(common).zip(takes) {
        // Without takes the model's own says more than takes of other keywords.
        if takes > 0 && *threshold < common {
            let trust = f32::from(takes) / (f32::from(takes) + HALF_TAKES);
            *threshold = common + trust * (*threshold - common);
        }
    }
    silence(hearing, thresholds, allowed, half)
}

fn silence(hearing: &Hearing<'_>, mut thresholds: Vec<f32>, allowed: usize, half: Option<Half>) -> Vec<f32> {
    loop {
        let alarms = hearing.alarms(&thresholds, half);
        if alarms.len() <= allowed {
            return thresholds;
        }
        let rises = alarms.iter().filter_map(|&(keyword, score)| {
            let raised = (score + MARGIN).min(1.0);
            (raised > thresholds[keyword]).then_some((keyword, raised))
        });
        // A score of 1 cannot be exceeded.
        match rises.min_by(|a, b| (a.1 - thresholds[a.0]).total_cmp(&(b.1 - thresholds[b.0]))) {
            Some((keyword, raised)) => thresholds[keyword] = raised,
            None => return thresholds,
        }
    }
}

/// A threshold whose log-odds are moved, but not further down than is known.
fn moved(threshold: f32, by: f32) -> f32 {
    if by == 0.0 {
        return threshold;
    }
    let odds = (threshold / (1.0 - threshold).max(f32::EPSILON)).ln() + by;
    let moved = 1.0 / (1.0 + (-odds).exp());
    if by < 0.0 { moved.max(lowest(threshold)) } else { moved.max(threshold) }
}

/// How far a model's own threshold may be lowered.
fn lowest(own: f32) -> f32 {
    (own - LARGEST_DROP).max(LOWEST).min(own)
}

//! How many parameters a language may change.

use anyhow::{Result, ensure};

use crate::network::{HeadShape, NetworkShape, Role, Weights};

/// A share of the network's parameters, and what it leaves for its layers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Parameters of the network without heads: kernels, and scale, shift and statistics of normalisations.
    pub(crate) parameters: usize,
    /// Parameters that layers may change.
    pub(crate) allowed: usize,
}

impl Budget {
    /// The budget for a share in 0..=1; with `counted_head`, the language's head takes its part of it.
    ///
    /// # Errors
    /// When the share is out of range, or cannot hold the head that it is to hold.
    pub(crate) fn new(share: f64, base: &Weights, counted_head: Option<usize>) -> Result<Self> {
        ensure!((0.0..=1.0).contains(&share), "expected a budget in 0..=1, found {share}");
        let parameters = base
            .slots
            .iter()
            .filter(|slot| !slot.is_languages() && slot.role != Role::Constant)
            .map(|slot| slot.range.len())
            .sum();
        let allowed = (share * parameters as f64) as usize;
        let head = counted_head.unwrap_or(0);
        ensure!(
            head <= allowed,
            "a budget of {share} allows {allowed} of {parameters} parameters, expected room for at least the \
             head's {head}"
        );
        Ok(Self { parameters, allowed: allowed - head })
    }
}

/// Parameters of a head.
pub(crate) fn head_parameters(shape: &NetworkShape, (_, classes): &HeadShape) -> usize {
    classes * (shape.features() + 1)
}

/// Share of the allowance that a choice is to use: what the user grants is not left lying.
const LEAST_USE: f64 = 0.9;

/// The most probable choice of one option per layer whose costs together stay within `allowed` and use nine tenths of
/// it, or as near to that as any choice comes: a knapsack with classes, solved exactly by dynamic programming.
///
/// # Panics
/// If a layer's first option costs anything.
pub(crate) fn likeliest(probabilities: &[Vec<f32>], costs: &[Vec<usize>], allowed: usize) -> Vec<usize> {
    assert!(costs.iter().all(|costs| costs.first() == Some(&0)), "every layer can stay as it is");
    // best[c]: highest sum of logarithms at a cost of exactly c.
    let mut best = vec![f64::NEG_INFINITY; allowed + 1];
    best[0] = 0.0;
    let mut chosen: Vec<Vec<usize>> = Vec::new();
    for (probabilities, costs) in probabilities.iter().zip(costs) {
        let value = |option: usize| f64::from(probabilities[option]).max(1e-12).ln();
        let choice: Vec<(f64, usize)> = (0..=allowed)
            .map(|cost| {
                (0..costs.len())
                    .filter(|&option| costs[option] <= cost)
                    .map(|option| (best[cost - costs[option]] + value(option), option))
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .unwrap_or((f64::NEG_INFINITY, 0))
            })
            .collect();
        best = choice.iter().map(|(value, _)| *value).collect();
        chosen.push(choice.into_iter().map(|(_, option)| option).collect());
    }
    let possible = |cost: &usize| best[*cost].is_finite();
    let most = (0..=allowed).rev().find(possible).unwrap_or(0);
    let least = ((allowed as f64 * LEAST_USE) as usize).min(most);
    let mut cost = (least..=most).max_by(|&a, &b| best[a].total_cmp(&best[b])).unwrap_or(0);
    let mut options: Vec<usize> = chosen
        .iter()
        .zip(costs)
        .rev()
        .map(|(chosen, costs)| {
            let option = chosen[cost];
            cost -= costs[option];
            option
        })
        .collect();
    options.reverse();
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_choice_that_fits_is_found() {
        let probabilities = [vec![0.1, 0.9], vec![0.1, 0.4, 0.5], vec![0.4, 0.6]];
        let costs = [vec![0, 60], vec![0, 30, 50], vec![0, 40]];
        let at = |allowed| likeliest(&probabilities, &costs, allowed);
        assert_eq!(at(150), [1, 2, 1]);
        assert_eq!(at(149), [1, 1, 1]);
        assert_eq!(at(100), [1, 1, 0]);
        // Everything costs less than nine tenths of the allowance.
        assert_eq!(at(1_000), [1, 2, 1]);
        assert_eq!(at(0), [0, 0, 0]);
    }

    #[test]
    fn an_allowance_is_used() {
        let unsure = [vec![0.9, 0.1], vec![0.8, 0.2]];
        assert_eq!(likeliest(&unsure, &[vec![0, 50], vec![0, 50]], 55), [0, 1]);
        assert_eq!(likeliest(&unsure, &[vec![0, 50], vec![0, 50]], 40), [0, 0]);
    }
}

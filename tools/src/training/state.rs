//! What a run changes, and how it lies in files while the run is unfinished.

use anyhow::Result;

use super::extrapolation::Extrapolation;
use super::optimiser::Optimiser;
use crate::network::Weights;
use crate::tensor_file::TensorFile;

/// What a run changes.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) trained: Weights,
    /// Moving average of the trained values: the result.
    pub(crate) average: Weights,
    pub(crate) optimiser: Optimiser,
    pub(super) extrapolation: Extrapolation,
}

impl State {
    /// Before the first step.
    pub(crate) fn new(trained: Weights) -> Self {
        Self {
            average: trained.clone(),
            optimiser: Optimiser::new(trained.values.len()),
            extrapolation: Extrapolation::default(),
            trained,
        }
    }

    /// Adds all of it to a file but the number of steps.
    pub(crate) fn write(&self, file: &mut TensorFile) {
        let of = |values: &[f32]| Weights { slots: self.trained.slots.clone(), values: values.to_vec() };
        file.add_group("running/", &self.trained);
        file.add_group("average/", &self.average);
        file.add_group("momentum/", &of(&self.optimiser.momentum));
        file.add_group("squares/", &of(&self.optimiser.squares));
        for (shard, last) in self.extrapolation.last.iter().enumerate() {
            file.add_group(&last_group(shard), &of(last));
        }
    }

    /// Reads what was written after so many steps; `initial` has its slots, and the average's values where the file, an old one, has
    /// no average of its own.
    pub(crate) fn read(file: &TensorFile, initial: &Weights, steps: u64) -> Result<Self> {
        let group = |name: &str| -> Result<Weights> {
            let mut weights = initial.clone();
            file.fill_group(name, &mut weights)?;
            Ok(weights)
        };
        let has = |name: &str| file.names().any(|tensor| tensor.starts_with(name));
        let mut last = Vec::new();
        while has(&last_group(last.len())) {
            last.push(group(&last_group(last.len()))?.values);
        }
        Ok(Self {
            trained: group("running/")?,
            average: if has("average/") { group("average/")? } else { initial.clone() },
            optimiser: Optimiser {
                steps,
                momentum: group("momentum/")?.values,
                squares: group("squares/")?.values,
            },
            extrapolation: Extrapolation { last },
        })
    }
}

fn last_group(shard: usize) -> String {
    format!("last.{shard}/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Role;

    #[test]
    fn what_is_written_is_read() {
        let row = |values: [f32; 2]| {
            let mut weights = Weights { slots: Vec::new(), values: Vec::new() };
            let mut values = values.into_iter();
            weights.add("kernel.root", [1, 2], Role::Root(2.0), || values.next().unwrap());
            weights
        };
        let state = State {
            trained: row([1.0, 2.0]),
            average: row([3.0, 4.0]),
            optimiser: Optimiser { steps: 7, momentum: vec![5.0, 6.0], squares: vec![7.0, 8.0] },
            extrapolation: Extrapolation { last: vec![vec![9.0, 10.0], vec![11.0, 12.0]] },
        };
        let mut file = TensorFile::default();
        state.write(&mut file);
        let read = State::read(&file, &row([0.0; 2]), 7).unwrap();
        assert_eq!((&read.trained, &read.average), (&state.trained, &state.average));
        assert_eq!(read.optimiser.momentum, [5.0, 6.0]);
        assert_eq!((read.optimiser.steps, read.optimiser.squares), (7, vec![7.0, 8.0]));
        assert_eq!(read.extrapolation, state.extrapolation);
    }
}

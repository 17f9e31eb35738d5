//! Which weights a network can do without: those of least magnitude.

use super::layers::Layer;
use super::weights::Weights;

/// Masks over the layers' kernels: 1 at so many weights of least magnitude in all of them.
pub(crate) fn least_weights(weights: &Weights, layers: &[Layer], count: usize) -> Vec<Vec<f32>> {
    let smallness = |layer: &Layer| weights.at(layer.kernel).iter().map(|weight| -weight.abs()).collect();
    top_weights(&layers.iter().map(smallness).collect::<Vec<_>>(), count)
}

/// Masks over the layers' kernels: 1 at so many weights of highest value, of the values of each layer's kernel.
pub(crate) fn top_weights(values: &[Vec<f32>], count: usize) -> Vec<Vec<f32>> {
    let mut order: Vec<(usize, usize)> =
        values.iter().enumerate().flat_map(|(l, values)| (0..values.len()).map(move |at| (l, at))).collect();
    order.sort_by(|a, b| values[b.0][b.1].total_cmp(&values[a.0][a.1]));
    let mut masks: Vec<Vec<f32>> = values.iter().map(|values| vec![0.0; values.len()]).collect();
    for &(layer, at) in order.iter().take(count) {
        masks[layer][at] = 1.0;
    }
    masks
}

/// Sets what masks over the layers' kernels hold 1 at to zero.
pub(crate) fn prune(weights: &mut Weights, layers: &[Layer], masks: &[Vec<f32>]) {
    for (layer, mask) in layers.iter().zip(masks) {
        let kernel = weights.at_mut(layer.kernel);
        kernel.iter_mut().zip(mask).for_each(|(weight, pruned)| *weight *= 1.0 - pruned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Role;

    #[test]
    fn the_least_of_all_kernels_become_zero() {
        let mut weights = Weights { slots: Vec::new(), values: Vec::new() };
        for (name, values) in [("a", [0.5, -0.1]), ("b", [-0.2, 3.0])] {
            let mut values = values.into_iter();
            weights.add(name, [1, 2], Role::Weight, || values.next().unwrap());
        }
        let layer =
            |name: &str| Layer { name: name.into(), part: 0, kernel: weights.index(name), norm: None };
        let layers = [layer("a"), layer("b")];
        let masks = least_weights(&weights, &layers, 2);
        assert_eq!(masks, [[0.0, 1.0], [1.0, 0.0]]);
        prune(&mut weights, &layers, &masks);
        assert_eq!(weights.values, [0.5, 0.0, 0.0, 3.0]);
    }
}

//! From a network's description to its steps, packed for the kernel.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::cost::Cost;
use super::dense::{Dense, panel_width};
use super::depthwise::Depthwise;
use super::description::{self, Convolution, Layer, NetworkDescription, NetworkError};
use super::network::{Network, Operation, Step, StepCost};
use super::signal::SignalShape;
use super::weights::Weights;
use crate::simd::Instructions;

impl Network {
    /// Packs a network, to be run with these instructions.
    ///
    /// # Errors
    /// In what the description is not one of a network that the kernel can run.
    pub fn new(description: &NetworkDescription, instructions: Instructions) -> Result<Self, NetworkError> {
        let channels = description.coefficients;
        let mut packer = Packer {
            steps: Vec::with_capacity(description.layers.len()),
            costs: Vec::with_capacity(description.layers.len()),
            signals: vec![SignalShape { channels, width: channels, frames_per_row: 1, history: 0 }],
            cost: Cost::default(),
            panel: panel_width(instructions),
        };
        for layer in &description.layers {
            packer.layer(layer)?;
        }
        let Packer { steps, costs, signals, cost, .. } = packer;
        if steps.is_empty() || channels == 0 {
            let found = format!("{} on {channels} channels", steps.len());
            return Err(NetworkError::new("all of them", "layers, and channels to work on", &found));
        }
        let steps = steps.into_iter().map(Arc::new).collect();
        Ok(Self { steps, costs, signals, cost, instructions })
    }
}

impl NetworkDescription {
    /// This network with its numbers in the order in which the kernel reads them with these instructions: to be written into a program
    /// for another processor, which then need not hold them in memory. A microcontroller has [`Instructions::portable`].
    ///
    /// # Errors
    /// In what the description is not one of a network that the kernel can run.
    pub fn packed(&self, instructions: Instructions) -> Result<Self, NetworkError> {
        let network = Network::new(self, instructions)?;
        let panel = panel_width(instructions);
        let layers = self.layers.iter().zip(&network.steps).map(|(layer, step)| {
            let (weights, bias) = match &step.operation {
                Operation::Dense(dense) => (&dense.weights, &dense.bias),
                Operation::Depthwise(depthwise) => (&depthwise.weights, &depthwise.bias),
                Operation::Normalise { .. } | Operation::Softmax { .. } => return layer.clone(),
            };
            let mut layer = layer.clone();
            if let description::Operation::Convolve(convolution) = &mut layer.operation {
                convolution.weights = weights.values().to_vec().into();
                convolution.bias = Some(bias.values().to_vec().into());
                convolution.packed_for = Some(panel);
            }
            layer
        });
        Ok(Self { coefficients: self.coefficients, layers: layers.collect() })
    }
}

/// Packs layer after layer.
struct Packer {
    steps: Vec<Step>,
    costs: Vec<StepCost>,
    signals: Vec<SignalShape>,
    cost: Cost,
    /// Channels of a panel of weights, of which signals are multiples.
    panel: usize,
}

impl Packer {
    fn layer(&mut self, layer: &Layer) -> Result<(), NetworkError> {
        let input = self.signals.len() - 1;
        let shape = self.signals[input];
        let (operation, shape, macs_per_frame, passes) = match &layer.operation {
            description::Operation::Normalise { mean, scale } => {
                layer.check("means", shape.channels, mean.len())?;
                layer.check("scales", shape.channels, scale.len())?;
                let [mean, scale] = [mean, scale].map(|values| Weights::padded(values, shape.channels));
                (Operation::Normalise { mean, scale }, shape, 0.0, 2)
            }
            description::Operation::Convolve(convolution) => {
                let (operation, made) = self.convolution(layer, convolution)?;
                let Convolution { outputs, taps, is_depthwise, .. } = *convolution;
                let inputs = if is_depthwise { 1 } else { shape.channels };
                let macs =
                    self.cost.add_convolution([outputs, inputs, taps], !is_depthwise, made.frames_per_row);
                let passes = 1 + usize::from(convolution.residual.is_some()) + usize::from(convolution.relu);
                (operation, made, macs, passes)
            }
            description::Operation::Softmax => {
                (Operation::Softmax { channels: shape.channels }, shape, 0.0, 1)
            }
        };
        self.cost.add_passes(passes, shape.channels, shape.frames_per_row);
        self.costs.push(StepCost { name: layer.name.to_string(), macs_per_frame });
        self.steps.push(Step { operation, input, output: input + 1 });
        self.signals.push(SignalShape { history: 0, ..shape });
        Ok(())
    }

    fn convolution(
        &mut self,
        layer: &Layer,
        convolution: &Convolution,
    ) -> Result<(Operation, SignalShape), NetworkError> {
        let Convolution { weights, bias, is_depthwise, residual, packed_for, .. } = convolution;
        let Convolution { outputs, taps, stride, .. } = *convolution;
        let wrong = |expected: &str, found: String| Err(NetworkError::new(&layer.name, expected, &found));
        if !(1..=taps).contains(&stride) {
            return wrong("a stride of 1 to its taps", format!("{stride} of {taps}"));
        }
        let last = self.signals.len() - 1;
        let source = self.signals[last];
        let Some(frames_per_row) = source.frames_per_row.checked_mul(stride) else {
            return wrong("fewer frames to an output", "more than can be counted".to_string());
        };
        let width = outputs.checked_next_multiple_of(self.panel).unwrap_or(usize::MAX);
        if packed_for.is_some_and(|panel| panel != self.panel) {
            return wrong(
                "weights that are packed for these instructions",
                format!("panels of {packed_for:?} channels, not of {}", self.panel),
            );
        }
        // As many rows, of so many numbers each.
        let (rows, count) =
            if packed_for.is_some() { (width, source.width) } else { (outputs, source.channels) };
        let depth = match (is_depthwise, packed_for) {
            (true, _) => Some(taps),
            (false, None) => count.checked_mul(taps),
            (false, Some(_)) => {
                count.checked_mul(taps - 1).and_then(|depth| depth.checked_add(source.channels))
            }
        };
        let count = depth.and_then(|depth| depth.checked_mul(rows)).filter(|&count| count > 0);
        layer.check("weights", count.unwrap_or(usize::MAX), weights.len())?;
        layer.check("biases", rows, bias.as_ref().map_or(rows, |bias| bias.len()))?;
        let shape = SignalShape { channels: outputs, width, frames_per_row, history: 0 };
        if *is_depthwise && (source.channels, source.width) != (outputs, width) {
            // The input's rows are not padded to panels.
            return wrong(
                "as many channels as its input, in whole panels",
                format!("{outputs} and {source:?}"),
            );
        }
        if let Some(signal) = *residual {
            let other = self.signals.get(signal);
            let alike = |other: &SignalShape| SignalShape { history: 0, ..*other } == shape;
            if *is_depthwise || !other.is_some_and(alike) {
                return wrong("a residual of its own shape, if it is full", format!("{other:?}"));
            }
        }
        self.cost.add_context(taps - 1, source.frames_per_row);
        self.signals[last].history = source.history.max(taps - stride);
        let source = self.signals[last];
        let operation = if *is_depthwise {
            Operation::Depthwise(Depthwise::new(convolution, source))
        } else {
            Operation::Dense(Dense::new(convolution, source, shape, self.panel))
        };
        Ok((operation, shape))
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::Cow;

    use super::*;

    fn convolution(outputs: usize, inputs: usize) -> Convolution {
        Convolution {
            weights: vec![0.5; outputs * inputs * 3].into(),
            bias: None,
            outputs,
            taps: 3,
            stride: 1,
            is_depthwise: false,
            residual: None,
            relu: false,
            packed_for: None,
        }
    }

    fn packed(layers: Vec<description::Operation>) -> Result<Network, String> {
        let layers = layers.into_iter().enumerate();
        let layers =
            layers.map(|(index, operation)| Layer { name: Cow::Owned(format!("layer {index}")), operation });
        let description = NetworkDescription { coefficients: 5, layers: layers.collect() };
        Network::new(&description, Instructions::portable()).map_err(|error| error.to_string())
    }

    /// Why two convolutions, of 5 to 4 and of 4 to 4 channels, are refused when the second one is changed so.
    fn refused(change: impl FnOnce(&mut Convolution)) -> String {
        let mut second = convolution(4, 4);
        change(&mut second);
        let layers = [convolution(4, 5), second].map(description::Operation::Convolve);
        packed(layers.into()).map(|_| ()).expect_err("a description that is wrong")
    }

    #[test]
    fn it_tells_its_shape() {
        let mut strided = convolution(4, 4);
        (strided.stride, strided.residual, strided.relu) = (2, None, true);
        let layers = [convolution(4, 5), convolution(4, 4), strided].map(description::Operation::Convolve);
        let network = packed(layers.into()).expect("a network");
        assert_eq!((network.coefficients(), network.outputs(), network.stride_frames()), (5, 4, 2));
        assert_eq!(network.cost().context_frames, 6);
        let macs: Vec<f64> = network.costs().iter().map(|cost| cost.macs_per_frame).collect();
        assert_eq!(macs, [60.0, 48.0, 24.0]);
        // 3 taps of 32 by 32 channels, one pass over what each convolution makes, and one more for the ReLU.
        let padded = 3.0 * 1024.0;
        assert_eq!(network.cost().padded_macs_per_frame, 2.5 * padded + 3.0 * 32.0);
        assert_eq!(network.cost().macs_per_frame, 132.0);
    }

    #[test]
    fn what_is_no_network_is_refused_with_the_reason() {
        for (found, expected) in [
            (
                refused(|c| c.stride = 4),
                "layer \"layer 1\" must have a stride of 1 to its taps, found 4 of 3",
            ),
            (
                refused(|c| c.stride = 0),
                "layer \"layer 1\" must have a stride of 1 to its taps, found 0 of 3",
            ),
            (refused(|c| c.outputs = 5), "layer \"layer 1\" must have 60 weights, found 48"),
            (
                refused(|c| c.bias = Some(vec![0.0; 3].into())),
                "layer \"layer 1\" must have 4 biases, found 3",
            ),
            (refused(|c| c.taps = usize::MAX), "weights, found 48"),
        ] {
            assert!(found.contains(expected), "{found}, expected {expected}");
        }
        // The input has 5 channels, and no signal is made later.
        for residual in [0, 2, 7] {
            let found = refused(|c| c.residual = Some(residual));
            assert!(found.contains("a residual of its own shape"), "{found}");
        }
        let found = packed(vec![]).map(|_| ()).expect_err("no layers");
        assert!(found.contains("must have layers"), "{found}");
        let wrong =
            description::Operation::Normalise { mean: vec![0.0; 5].into(), scale: vec![1.0; 4].into() };
        let found = packed(vec![wrong]).map(|_| ()).expect_err("too few scales");
        assert!(found.contains("must have 5 scales, found 4"), "{found}");
    }

    #[test]
    fn a_depthwise_convolution_is_one_of_all_its_channels() {
        let depthwise = |outputs: usize| {
            let weights = vec![0.5; outputs * 3].into();
            Convolution { weights, is_depthwise: true, ..convolution(outputs, 1) }
        };
        let network = |outputs| {
            packed([convolution(4, 5), depthwise(outputs)].map(description::Operation::Convolve).into())
        };
        assert!(network(4).is_ok());
        let found = network(5).map(|_| ()).expect_err("a channel too many");
        assert!(found.contains("as many channels as its input"), "{found}");
    }

    #[test]
    fn packed_numbers_that_the_program_has_are_read_where_they_are() {
        let depthwise =
            Convolution { is_depthwise: true, bias: Some(vec![0.1; 6].into()), ..convolution(6, 1) };
        let last =
            Convolution { weights: (0..54).map(|i| i as f32).collect(), outputs: 3, ..convolution(3, 6) };
        let layers = [convolution(6, 5), depthwise, last].map(description::Operation::Convolve);
        let layers = layers.map(|operation| Layer { name: Cow::Borrowed("a layer"), operation });
        let plain = NetworkDescription { coefficients: 5, layers: layers.into() };
        for instructions in Instructions::all() {
            let mut packed = plain.packed(instructions).expect("a network");
            let numbers = packed.layers.iter_mut().flat_map(|layer| match &mut layer.operation {
                description::Operation::Convolve(Convolution { weights, bias, .. }) => {
                    [Some(weights), bias.as_mut()]
                }
                _ => [None, None],
            });
            for numbers in numbers.flatten() {
                *numbers = Cow::Borrowed(numbers.to_vec().leak());
            }
            let [borrowed, owned] = [&packed, &plain]
                .map(|description| Network::new(description, instructions).expect("a network"));
            assert!(borrowed.steps == owned.steps && borrowed.costs == owned.costs);
            for step in &borrowed.steps {
                let (weights, bias) = match &step.operation {
                    Operation::Dense(Dense { weights, bias, .. })
                    | Operation::Depthwise(Depthwise { weights, bias, .. }) => (weights, bias),
                    other => panic!("{other:?}"),
                };
                assert!(matches!((weights, bias), (Weights::Borrowed(_), Weights::Borrowed(_))));
            }
        }
    }

    #[test]
    fn numbers_packed_for_other_instructions_are_refused() {
        let found = refused(|c| (c.packed_for, c.stride) = (Some(3), 1));
        assert!(found.contains("must have weights that are packed for these instructions"), "{found}");
    }
}

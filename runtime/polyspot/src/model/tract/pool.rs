//! Average pools with padding, in a form that the engine can run as a stream.

use tract_onnx::prelude::{TractResult, TypedModel, TypedModelPatch};
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::cnn::{PaddingSpec, SumPool};
use tract_onnx::tract_hir::internal::tensor0;

/// Moves the padding of every average pool into an operation of its own: the engine streams padding and
/// pooling, but not a pool that pads.
///
/// A pool that leaves its padding out of the count is left as it is, for the engine to refuse.
pub(super) fn pad_apart(model: &mut TypedModel) -> TractResult<()> {
    for index in 0..model.nodes().len() {
        let node = model.node(index);
        let Some(pool) = node.op_as::<SumPool>().filter(|pool| pool.count_include_pad) else { continue };
        let (PaddingSpec::Explicit(before, after) | PaddingSpec::ExplicitOnnxPool(before, after, false)) =
            &pool.pool_spec.padding
        else {
            continue;
        };
        let mut pads = vec![(0, 0); model.outlet_fact(node.inputs[0])?.rank()];
        for (axis, around) in
            pads[pool.pool_spec.data_format.h_axis()..].iter_mut().zip(before.iter().zip(after))
        {
            *axis = (*around.0, *around.1);
        }
        let pad = Pad { pads, mode: PadMode::Constant(tensor0(0.0f32).into()) };
        let mut bare = pool.clone();
        bare.pool_spec.padding = PaddingSpec::Valid;

        let mut patch = TypedModelPatch::default();
        let input = patch.tap_model(model, node.inputs[0])?;
        let padded = patch.wire_node(format!("{}.padding", node.name), pad, &[input])?;
        let pooled = patch.wire_node(&node.name, bare, &padded)?;
        patch.shunt_outside(model, index.into(), pooled[0])?;
        patch.apply(model)?;
    }
    Ok(())
}

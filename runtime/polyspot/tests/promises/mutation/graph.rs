//! Ways of the graph as a whole.

use tract_onnx::pb::{GraphProto, NodeProto, SparseTensorProto, TensorProto};

use super::{Dice, LENGTHS, Ways, remove};

/// Ways of changing a graph.
pub(super) const GRAPH: &Ways<GraphProto> =
    &[
        ("initialiser twice", |graph, dice| {
            let at = dice.below(graph.initializer.len());
            graph.initializer.extend(graph.initializer.get(at).cloned());
        }),
        ("initialiser gone", |graph, dice| remove(&mut graph.initializer, dice)),
        ("many initialisers", |graph, dice| {
            let count = dice.count(&[1_000, 30_000, 200_000]);
            graph.initializer.extend((0..count).map(|_| TensorProto::default()));
        }),
        ("sparse", |graph, dice| {
            let values = graph.initializer.get(dice.below(graph.initializer.len())).cloned();
            graph.sparse_initializer.push(SparseTensorProto {
                values,
                indices: None,
                dims: vec![dice.pick(&LENGTHS)],
            });
        }),
        ("wiring", |graph, dice| {
            let [from, to] = [0, 0].map(|_| dice.below(graph.node.len()));
            let Some(name) = graph.node.get(from).and_then(|node| node.output.first().cloned()) else {
                return;
            };
            let Some(node) = graph.node.get_mut(to) else { return };
            let at = dice.below(node.input.len());
            if let Some(input) = node.input.get_mut(at) {
                *input = name;
            }
        }),
        ("order", |graph, dice| {
            let [a, b] = [0, 0].map(|_| dice.below(graph.node.len()));
            if !graph.node.is_empty() {
                graph.node.swap(a, b);
            }
        }),
        ("node gone", |graph, dice| remove(&mut graph.node, dice)),
        ("node twice", |graph, dice| {
            let at = dice.below(graph.node.len());
            graph.node.extend(graph.node.get(at).cloned());
        }),
        ("many nodes", |graph, dice| {
            let count = dice.count(&[100, 400, 3_000, 100_000]);
            chain(graph, dice, count, |_| {});
        }),
        ("many large nodes", |graph, dice| {
            let like = graph.node.get(dice.below(graph.node.len())).cloned().unwrap_or_default();
            chain(graph, dice, 300, |node| {
                node.op_type.clone_from(&like.op_type);
                node.attribute.clone_from(&like.attribute);
                node.input.extend(like.input.iter().skip(1).cloned());
            });
        }),
        ("padding", |graph, dice| {
            let [before, after, channels] =
                [0, 0, 0].map(|_| dice.pick(&[0, 0, 0, 1, 100, 50_000, 1 << 40, i64::MAX, -1]));
            let raw_data = [0, channels, before, 0, 0, after].map(i64::to_le_bytes).concat();
            let pads = TensorProto {
                name: "surprise".into(),
                dims: vec![6],
                data_type: 7,
                raw_data,
                ..Default::default()
            };
            graph.initializer.push(pads);
            chain(graph, dice, 1, |node| {
                node.op_type = "Pad".into();
                node.input.push("surprise".into());
            });
        }),
        ("broadcast", |graph, dice| {
            let mut dims = [1; 4].map(|_: i64| dice.pick(&[1, 1, 2, 100, 1_000]));
            dims[0] = dice.pick(&[1, 100]);
            let raw_data = vec![0; dims.iter().product::<i64>().min(1 << 18) as usize * 4];
            let name = "surprise".to_owned();
            graph.initializer.push(TensorProto {
                name,
                dims: dims.to_vec(),
                data_type: 1,
                raw_data,
                ..Default::default()
            });
            let operation = dice.pick(&["Add", "Mul", "Sub"]);
            let count = dice.pick(&[1, 3]);
            chain(graph, dice, count, |node| {
                node.op_type = operation.into();
                node.input.push("surprise".into());
            });
        }),
        ("output", |graph, dice| {
            let at = dice.below(graph.node.len());
            let name = graph.node.get(at).and_then(|node| node.output.first().cloned());
            if let (Some(name), Some(output)) = (name, graph.output.first_mut()) {
                output.name = name;
            }
        }),
        ("outputs", |graph, dice| {
            if dice.below(2) == 0 { graph.output.clear() } else { graph.output.extend_from_within(..) }
        }),
        (
            "inputs",
            |graph, dice| {
                if dice.below(2) == 0 { graph.input.clear() } else { graph.input.extend_from_within(..) }
            },
        ),
    ];

/// Lets nodes in a row stand behind one of the graph's, whose output the last of them makes.
fn chain(graph: &mut GraphProto, dice: &mut Dice, count: usize, change: impl Fn(&mut NodeProto)) {
    let at = dice.below(graph.node.len());
    let Some(output) = graph.node.get_mut(at).and_then(|node| node.output.first_mut()) else { return };
    let end = output.clone();
    "link 0".clone_into(output);
    let links = (0..count).map(|number| {
        let name = if number + 1 == count { end.clone() } else { format!("link {}", number + 1) };
        let mut node = NodeProto {
            input: vec![format!("link {number}")],
            output: vec![name],
            op_type: "Relu".into(),
            ..NodeProto::default()
        };
        change(&mut node);
        node
    });
    let links: Vec<NodeProto> = links.collect();
    graph.node.splice((at + 1)..=at, links);
}

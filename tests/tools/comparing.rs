//! `cost`, `sweep`: what methods of adaptation cost, beside each other.

use std::fs;

use crate::adaptation::{adapt, fuse, with_base};
use crate::room::{refused, succeeded};

#[test]
fn grafts_cost_what_they_are_said_to_and_are_no_changes_of_the_base() {
    let room = with_base();
    succeeded(&adapt(&room, "yy.safetensors", &["--method", "peter-rec", "--budget", "0.1"]));
    succeeded(&fuse(&room, "yy.safetensors", "yy.onnx"));
    let output = room.run(&["cost", "--base", "base.safetensors", "yy.onnx"]);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    let row = |name: &str| -> Vec<f64> {
        let line = text.lines().find(|line| line.contains(name)).expect("a row");
        line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    };
    // Two convolutions, a `ReLU` and a sum behind the one residual block, which runs at every fourth frame.
    let [base, language, _] = row("operations")[..] else { panic!("{text}") };
    assert_eq!(language, base + 4.0);
    let model = polyspot::Model::from_path(room.path("yy.onnx")).unwrap();
    let graph = polyspot::graph::Graph::from_onnx(&room.bytes("yy.onnx")).unwrap();
    let width = graph.tensor("blocks.1.graft.narrow.kernel").unwrap().dims[0];
    let [base, language, _] = row("MACs per frame")[..] else { panic!("{text}") };
    assert_eq!(language - base, (2 * width * 12 / 4) as f64);
    assert_eq!(model.macs_per_frame().round(), language);
    assert!(text.contains("Operations that the base does not have: yy."), "{text}");

    let detach =
        ["detach", "--base", "base.safetensors", "--adapter", "yy.safetensors", "--model", "yy.onnx"];
    refused(&room.run(&[&detach[..], &["--out", "x.onnx"]].concat()), "found grafts");
    assert!(!room.path("x.onnx").exists());
    let narrow = adapt(&room, "none.safetensors", &["--method", "peter-rec", "--budget", "0.001"]);
    refused(&narrow, "a channel of each graft");
}

#[test]
fn a_sweep_runs_what_is_missing() {
    let room = with_base();
    let plan = |seeds: &str| {
        let text = format!(
            r#"{{"languages": [{{"language": "yy", "base": "base.safetensors", "data": "yy", "negatives": ["xx"]}}],
                "methods": ["swr", "full", "head", "synqt"], "budgets": [0.3], "seeds": {seeds}, "epochs": 6}}"#
        );
        fs::write(room.path("plan.json"), text).unwrap();
        let output = room.run(&["sweep", "plan.json", "--out", "rows.csv"]);
        succeeded(&output);
        String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.contains("% right")).count()
    };
    assert_eq!(plan("[1]"), 4);
    assert_eq!(plan("[1, 2]"), 4);
    let rows = room.bytes("rows.csv");
    assert_eq!(plan("[1, 2]"), 0);
    assert_eq!(room.bytes("rows.csv"), rows);
    assert_eq!(String::from_utf8_lossy(&rows).lines().count(), 9);
    let text = fs::read_to_string(room.path("plan.json")).unwrap();
    let sweep = |from: &str, to: &str| {
        fs::write(room.path("other.json"), text.replace(from, to)).unwrap();
        room.run(&["sweep", "other.json", "--out", "rows.csv"])
    };
    refused(&sweep("\"epochs\": 6", "\"epochs\": 7"), "its rows of \"yy\" are of other data or settings");
    refused(&sweep("[1, 2]", "[1, 1]"), "expected each seed once, found 1 twice");
    refused(&sweep("\"synqt\"", "\"pac-net\""), "method pac-net needs the recordings of the base");
    assert_eq!(room.bytes("rows.csv"), rows);
    let table = String::from_utf8(room.bytes("rows.md")).unwrap();
    assert!(table.contains("| yy | swr 30 % |") && table.contains("| yy | head | 0 |"), "{table}");
    assert!(table.contains(" % | 2 | 0 |") && !table.contains(" – "), "{table}");
    // Who sends no gradient through the layers keeps nothing of them for a backward pass.
    let text = String::from_utf8(rows).unwrap();
    let columns: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let memory = |method: &str| -> f64 {
        let column = columns[0].iter().position(|&name| name == "memory_mib").unwrap();
        columns.iter().find(|row| row[1] == method).unwrap()[column].parse().unwrap()
    };
    assert!(memory("head") < memory("full") && memory("synqt") < memory("full"), "{text}");
    assert!(String::from_utf8(room.bytes("rows.svg")).unwrap().contains("</svg>"));
}

#[test]
fn a_side_network_runs_by_tract_alone_and_leaves_the_base_as_it_is() {
    let room = with_base();
    succeeded(&adapt(&room, "yy.safetensors", &["--method", "synqt", "--budget", "0.3"]));
    succeeded(&fuse(&room, "yy.safetensors", "yy.onnx"));
    succeeded(&adapt(&room, "head.safetensors", &["--method", "head"]));
    succeeded(&fuse(&room, "head.safetensors", "head.onnx"));
    let graph = |model: &str| polyspot::graph::Graph::from_onnx(&room.bytes(model)).unwrap();
    let (beside, alone) = (graph("yy.onnx"), graph("head.onnx"));
    for tensor in alone.tensors.iter().filter(|tensor| tensor.name.starts_with("blocks.")) {
        assert_eq!(beside.tensor(&tensor.name).map(polyspot::graph::Tensor::floats), Some(tensor.floats()));
    }
    assert!(polyspot::Model::describe(&room.bytes("head.onnx")).is_ok());
    assert!(polyspot::Model::describe(&room.bytes("yy.onnx")).is_err());
    let output = room.run(&["cost", "--base", "base.safetensors", "yy.onnx"]);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Operations that the base does not have: yy."), "{text}");
}

//! The ONNX file: its protobuf form, and the checks before any engine sees it.

mod bound;
pub(crate) mod census;
pub(crate) mod check;
mod flow;
pub(crate) mod proto;

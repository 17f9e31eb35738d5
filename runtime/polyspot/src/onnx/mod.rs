//! The ONNX file: its protobuf form, and the checks before any engine sees it.

pub(crate) mod check;
pub(crate) mod proto;

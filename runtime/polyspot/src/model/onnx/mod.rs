//! The ONNX file: its protobuf form, the checks before any engine sees it, and its network as the kernel takes it.

mod bound;
mod census;
mod check;
mod error;
mod flow;
mod lowering;
mod proto;

pub(crate) use census::parts;
pub(crate) use check::{check, check_nodes};
pub use error::GraphError;
pub(crate) use error::unsupported;
pub(crate) use lowering::lower;
pub(crate) use proto::{
    GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto, SparseTensorProto, StringStringEntryProto,
    TensorProto,
};

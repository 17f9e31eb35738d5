//! The ONNX file: its protobuf form, the checks before any engine sees it, and its network as the kernel takes it.

mod bound;
mod check;
mod error;
mod limits;
mod lowering;
mod proto;
mod shapes;

pub(crate) use check::{check, check_nodes};
pub use error::GraphError;
pub(crate) use error::unsupported;
pub(crate) use limits::{MAX_PARTS, parts};
pub(crate) use lowering::lower;
pub(crate) use proto::{
    GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto, SparseTensorProto, StringStringEntryProto,
    TensorProto,
};

//! The ONNX file: its protobuf form, and the way from it to a graph and back.

mod parts;
mod proto;
mod read;
mod write;

pub(crate) use parts::{MAX_PARTS, parts};
pub(crate) use proto::{GraphProto, INT64, ModelProto, SparseTensorProto, StringStringEntryProto};
pub(crate) use read::{read, tensor as read_tensor};
pub(crate) use write::{empty, tensor as write_tensor, write};

//! How many parts an ONNX file may have, and how many it has: counted before it is decoded.
//!
//! An empty message is two bytes in the file and more than a hundred in memory: by them a file could take many times its size.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// Most fields of all messages in a file: twenty times those of a shipped model.
pub(crate) const MAX_PARTS: usize = 20_000;

/// The fields of a message that are messages themselves, by their numbers.
struct Form(&'static [(u32, &'static Form)]);

const FLAT: Form = Form(&[]);
const NODE: Form = Form(&[(5, &FLAT)]);
const TENSOR: Form = Form(&[(13, &FLAT)]);
const SPARSE_TENSOR: Form = Form(&[(1, &TENSOR), (2, &TENSOR)]);
const SHAPE: Form = Form(&[(1, &FLAT)]);
const TENSOR_TYPE: Form = Form(&[(2, &SHAPE)]);
const TYPE: Form = Form(&[(1, &TENSOR_TYPE)]);
const VALUE: Form = Form(&[(2, &TYPE)]);
const GRAPH: Form = Form(&[(1, &NODE), (5, &TENSOR), (11, &VALUE), (12, &VALUE), (15, &SPARSE_TENSOR)]);
const MODEL: Form = Form(&[(7, &GRAPH), (8, &FLAT), (14, &FLAT)]);

/// Fields of all messages that [`ModelProto`](super::proto::ModelProto) is decoded to, up to where the bytes are broken: there the
/// decoder stops too.
pub(crate) fn parts(bytes: &[u8]) -> usize {
    let mut parts = 0;
    // Where it is broken is for the decoder to say.
    let _ = count(bytes, &MODEL, &mut parts);
    parts
}

/// Adds a message's fields; `None` where it is broken.
fn count(mut bytes: &[u8], form: &Form, parts: &mut usize) -> Option<()> {
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).ok()?;
        *parts += 1;
        if wire_type != WireType::LengthDelimited {
            skip_field(wire_type, number, &mut bytes, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
        let (inside, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        if let Some((_, form)) = form.0.iter().find(|(message, _)| *message == number) {
            count(inside, form, parts)?;
        }
    }
    Some(())
}

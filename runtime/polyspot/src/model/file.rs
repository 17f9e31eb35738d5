//! The file of a model, a base or an adapter: its bytes, its ONNX form, and what it says that it is.

use std::io::ErrorKind;
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{ADAPTER_KEY, BASE_KEY, BaseError, FileError, ModelError};
use super::graph::Graph;
use super::manifest::{Manifest, truncated};
use super::onnx::{self, MAX_PARTS, ModelProto, parts};

/// Largest file accepted, in bytes: about twenty-five times the size of a shipped model.
pub(super) const MAX_FILE_BYTES: u64 = 8 << 20;

/// The version of bases and adapters that this library writes and reads.
pub(super) const VERSION: u32 = 1;

/// What an adapter says of its base: the entry [`ADAPTER_KEY`].
#[derive(Serialize, Deserialize)]
pub(super) struct AdapterLink {
    pub(super) version: u32,
    /// SHA-256 of the base's file.
    pub(super) base_sha256: String,
}

impl AdapterLink {
    /// What an ONNX file says of its base, if it is an adapter.
    pub(super) fn of(proto: &ModelProto) -> Result<Option<Self>, FileError> {
        let Some(json) = proto.metadata(ADAPTER_KEY) else { return Ok(None) };
        let link: Self = metadata_from_json(ADAPTER_KEY, json)?;
        check_version(ADAPTER_KEY, link.version)?;
        Ok(Some(link))
    }
}

pub(super) fn metadata_from_json<'a, T: Deserialize<'a>>(
    key: &'static str,
    json: &'a str,
) -> Result<T, FileError> {
    serde_json::from_str(json).map_err(|error| FileError::Metadata {
        key,
        expected: format!("JSON of version {VERSION}"),
        found: truncated(format!("{json:?}: {error}")),
    })
}

pub(super) fn check_version(key: &'static str, found: u32) -> Result<(), FileError> {
    if found == VERSION {
        return Ok(());
    }
    Err(FileError::Metadata {
        key,
        expected: format!("of version {VERSION}"),
        found: format!("version {found}"),
    })
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The bytes of a model file, if they have the SHA-256 that is wanted: nobody looks into others.
pub(super) fn read_pinned(path: &Path, expected: Option<&str>) -> Result<Bytes, FileError> {
    let bytes = read(path)?;
    if let Some(expected) = expected {
        let found = sha256(&bytes);
        if !found.eq_ignore_ascii_case(expected) {
            return Err(FileError::OtherFile { expected: expected.to_owned(), found });
        }
    }
    Ok(bytes)
}

/// The bytes of a model file: a regular one, of not too many.
pub(super) fn read(path: &Path) -> Result<Bytes, FileError> {
    let limit = MAX_FILE_BYTES;
    match polyspot_files::read(path, limit) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(FileError::TooLarge { found: limit + 1, limit })
        }
        Err(error) => Err(error.into()),
    }
}

/// Bytes of someone else, if they are not too many.
pub(super) fn copied(bytes: &[u8]) -> Result<Bytes, FileError> {
    check_size(bytes)?;
    Ok(Bytes::copy_from_slice(bytes))
}

fn check_size(bytes: &[u8]) -> Result<(), FileError> {
    let (found, limit) = (bytes.len() as u64, MAX_FILE_BYTES);
    if found > limit { Err(FileError::TooLarge { found, limit }) } else { Ok(()) }
}

/// An ONNX file of an acceptable size.
pub(super) fn decode_onnx(bytes: &Bytes) -> Result<ModelProto, FileError> {
    check_size(bytes)?;
    let parts = parts(bytes);
    if parts > MAX_PARTS {
        return Err(FileError::TooManyParts { found: parts, limit: MAX_PARTS });
    }
    ModelProto::decode(bytes.clone()).map_err(|e| FileError::NotOnnx(truncated(e.to_string())))
}

impl Graph {
    /// The network of an ONNX file: of a model or a base.
    ///
    /// # Errors
    /// When the bytes are too many, no ONNX file, or the network is of another form. Whether
    /// operations fit each other is not looked at before a [`Model`](crate::Model) is made.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        Ok(onnx::read(&decode_onnx(&copied(bytes)?)?)?)
    }
}

/// An ONNX file with a manifest: a model or an adapter.
pub(super) fn decode(bytes: &Bytes) -> Result<(ModelProto, Manifest), ModelError> {
    let proto = decode_onnx(bytes)?;
    match proto.metadata(Manifest::KEY) {
        Some(json) => {
            let manifest = Manifest::from_json(json)?;
            Ok((proto, manifest))
        }
        None if proto.metadata(BASE_KEY).is_some() => Err(BaseError::IsBase.into()),
        None => Err(FileError::NoManifest.into()),
    }
}

//! Events as the Wyoming protocol writes them.
//!
//! ```text
//! {"type": "audio-chunk", "version": "1.10.2", "data_length": 66, "payload_length": 2048}\n
//! {"rate": 16000, "width": 2, "channels": 1, "timestamp": 640}        data_length bytes, more of "data"
//! …                                                                   payload_length bytes
//! ```
//! Data may also stand in the header, as `"data": {…}`; what comes behind the header counts more.

mod event;
mod header;
mod reader;

pub(super) use event::{Event, write};
pub(super) use reader::{Broken, EventReader};

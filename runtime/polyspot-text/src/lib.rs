//! Text of strangers, made safe for those who read it: names in model files, of files and of devices.
//!
//! Whoever writes such a name may put a terminal's commands into it, a line that looks like one of ours, letters that nobody
//! sees, a spreadsheet's formula, or a character that no document may hold. Each way out has its function here.
//!
//! ```
//! use polyspot_text::{cell, shown, xml};
//!
//! assert_eq!(shown("yes\u{1b}[2J\nno"), r"yes\u{1b}[2J\nno");
//! assert_eq!(cell("=1+1"), "'=1+1");
//! assert_eq!(xml("<\u{ffff}>"), "&lt;\u{fffd}&gt;");
//! ```

mod document;
mod json;
mod path;
mod shown;
#[cfg(feature = "streams")]
mod streams;
mod table;

pub use document::{xml, xml_characters};
pub use json::visible_json;
pub use path::{lossless, shown_path};
pub use shown::{is_invisible, shown};
#[cfg(feature = "streams")]
pub use streams::{has_reader_gone, is_writable, say, say_if_heard, tell, tell_lines};
pub use table::cell;

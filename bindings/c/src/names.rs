//! Texts that C may keep as long as a spotter lives.

use std::ffi::{CString, c_char};
use std::sync::Arc;

/// Keywords and languages that a spotter has reported or may report, as C texts. It only grows, by the words of models that were swapped
/// in: a pointer that was given out stays valid.
#[derive(Default)]
pub(crate) struct Names(Vec<(Arc<str>, CString)>);

impl Names {
    /// The C text of a name.
    pub(crate) fn of(&mut self, name: &Arc<str>) -> *const c_char {
        let found = self.0.iter().position(|(known, _)| known == name);
        let at = found.unwrap_or_else(|| {
            self.0.push((Arc::clone(name), c_text(name)));
            self.0.len() - 1
        });
        // Growing moves the `CString`, but not the text that it owns.
        self.0[at].1.as_ptr()
    }
}

/// A text for C. A manifest's names have no zero in them, which would end it.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

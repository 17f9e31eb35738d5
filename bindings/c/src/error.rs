//! Errors on their way to C: a code, and a text per thread.

use std::any::Any;
use std::cell::RefCell;
use std::error::Error as StdError;
use std::ffi::{CString, c_char};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::names::c_text;

/// What a call gives when an argument is not what the function says.
pub const POLYSPOT_INVALID_ARGUMENT: i32 = -1;
/// What a call gives when what it was asked for cannot be done: a model was refused, models cannot listen together.
pub const POLYSPOT_FAILED: i32 = -2;
/// What a call gives when polyspot has a bug: please report the text.
pub const POLYSPOT_PANICKED: i32 = -3;

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Error {
    /// The caller's mistake.
    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Self { code: POLYSPOT_INVALID_ARGUMENT, text: text.into() }
    }

    /// The library's refusal, with its causes; `of` names what was asked for.
    pub(crate) fn failed(of: impl Display, error: &dyn StdError) -> Self {
        let mut text = format!("{of}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self { code: POLYSPOT_FAILED, text }
    }
}

/// What a function gives back to C when it fails.
pub(crate) trait Failure {
    fn of(code: i32) -> Self;
}

impl Failure for i32 {
    fn of(code: i32) -> Self {
        code
    }
}

impl Failure for isize {
    fn of(code: i32) -> Self {
        code as Self
    }
}

impl<T> Failure for *mut T {
    fn of(_: i32) -> Self {
        std::ptr::null_mut()
    }
}

impl<T> Failure for *const T {
    fn of(_: i32) -> Self {
        std::ptr::null()
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::new(CString::default());
}

/// Runs what a function of the interface does; its error, or panic, becomes this thread's text and a code.
pub(crate) fn guarded<T: Failure>(call: impl FnOnce() -> Result<T, Error>) -> T {
    // What a panicking call leaves behind is not used again: a stream that it had is poisoned.
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        Err(Error { code: POLYSPOT_PANICKED, text: format!("polyspot has a bug: {}", message(&*panic)) })
    });
    result.unwrap_or_else(|Error { code, text }| {
        LAST.with(|last| *last.borrow_mut() = c_text(&text));
        T::of(code)
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message")
}

/// What the last call that failed in this thread had to say, in UTF-8; empty if none has. It is valid until the next call that fails in
/// this thread.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_error() -> *const c_char {
    LAST.with(|last| last.borrow().as_ptr())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn text() -> String {
        // SAFETY: the text stays until this thread fails again.
        unsafe { CStr::from_ptr(polyspot_error()) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_panic_becomes_a_code_and_a_text_of_its_thread() {
        assert_eq!(text(), "");
        assert_eq!(guarded(|| -> Result<i32, Error> { panic!("at {}", 7) }), POLYSPOT_PANICKED);
        assert_eq!(text(), "polyspot has a bug: at 7");
        assert!(guarded(|| -> Result<*mut u8, Error> { panic!("no pointer") }).is_null());
        let elsewhere = std::thread::spawn(text).join().unwrap();
        assert_eq!(elsewhere, "", "another thread's text");
    }

    #[test]
    fn a_zero_within_a_text_does_not_cut_it_off() {
        assert_eq!(guarded(|| Err::<i32, _>(Error::argument("a\0b"))), POLYSPOT_INVALID_ARGUMENT);
        assert_eq!(text(), "a\u{fffd}b");
    }
}

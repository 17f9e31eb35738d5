//! Which library this is.

use std::ffi::{CStr, c_char};

use crate::abi::POLYSPOT_ABI;
use crate::error::guarded;
use crate::memory::write_to;

/// The library's version, as `"0.1.0"`, valid for ever. Writes the number of its binary interface to `abi`, which may be NULL: a program
/// that was compiled for another `POLYSPOT_ABI` must not go on.
///
/// # Safety
/// `abi` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_version(abi: *mut u32) -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => panic!("a version has no zero in it"),
        };
    guarded(|| {
        if !abi.is_null() {
            // SAFETY: the caller vouches for it.
            unsafe { write_to(abi, "abi", POLYSPOT_ABI)? };
        }
        Ok(VERSION.as_ptr())
    })
}

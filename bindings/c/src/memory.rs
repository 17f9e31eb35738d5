//! The caller's memory: the only place that follows its pointers. What can be seen to be wrong (NULL, misaligned, longer than memory)
//! is an error.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use crate::error::Error;

/// The values at a pointer.
///
/// # Safety
/// If it is neither NULL nor misaligned, so many values may be read at the pointer for `'a`, and nobody changes them.
pub(crate) unsafe fn read<'a, T>(from: *const T, length: usize, name: &str) -> Result<&'a [T], Error> {
    if length == 0 {
        return Ok(&[]);
    }
    check(from, length, name)?;
    // SAFETY: it is aligned and no longer than a slice may be; the caller vouches for the rest.
    Ok(unsafe { std::slice::from_raw_parts(from, length) })
}

/// The room at a pointer, which need not hold values yet.
///
/// # Safety
/// If it is neither NULL nor misaligned, so many values may be written at the pointer for `'a`, and nobody else uses them.
pub(crate) unsafe fn room<'a, T>(
    to: *mut T,
    capacity: usize,
    name: &str,
) -> Result<&'a mut [MaybeUninit<T>], Error> {
    if capacity == 0 {
        return Ok(&mut []);
    }
    check(to, capacity, name)?;
    // SAFETY: as above; memory without values is what `MaybeUninit` is for.
    Ok(unsafe { std::slice::from_raw_parts_mut(to.cast::<MaybeUninit<T>>(), capacity) })
}

/// Writes one value.
///
/// # Safety
/// As [`room`], for one value.
pub(crate) unsafe fn write_to<T>(to: *mut T, name: &str, value: T) -> Result<(), Error> {
    // SAFETY: the caller vouches for it.
    if let [place] = unsafe { room(to, 1, name)? } {
        place.write(value);
    }
    Ok(())
}

/// A text in UTF-8 that ends with a zero.
///
/// # Safety
/// If it is not NULL, the text may be read for `'a` up to its zero, and nobody changes it.
pub(crate) unsafe fn text<'a>(from: *const c_char, name: &str) -> Result<&'a str, Error> {
    // SAFETY: the caller vouches for it.
    let text = unsafe { bytes_of_text(from, name)? };
    text.to_str().map_err(|_| Error::argument(format!("{name} must be in UTF-8, found other bytes")))
}

/// The texts at a pointer.
///
/// # Safety
/// As [`read`], of pointers to texts, and [`text`].
pub(crate) unsafe fn texts<'a>(
    from: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<&'a str>, Error> {
    // SAFETY: the caller vouches for it.
    let pointers = unsafe { read(from, count, name)? };
    // SAFETY: the caller vouches for each.
    pointers.iter().map(|&pointer| unsafe { text(pointer, &format!("each of {name}")) }).collect()
}

/// A text in whatever the system writes file names in.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn bytes_of_text<'a>(from: *const c_char, name: &str) -> Result<&'a CStr, Error> {
    if from.is_null() {
        return Err(Error::argument(format!("{name} must be a text, found NULL")));
    }
    // SAFETY: the caller vouches for it.
    Ok(unsafe { CStr::from_ptr(from) })
}

fn check<T>(pointer: *const T, length: usize, name: &str) -> Result<(), Error> {
    if pointer.is_null() {
        return Err(Error::argument(format!("{name} must point to {length} values, found NULL")));
    }
    if !pointer.is_aligned() {
        let expected = align_of::<T>();
        return Err(Error::argument(format!(
            "{name} must be aligned to {expected} bytes, found address {:#x}",
            pointer.addr()
        )));
    }
    let most = isize::MAX as usize / size_of::<T>();
    let fits = length <= most && pointer.addr().checked_add(length * size_of::<T>()).is_some();
    if !fits {
        return Err(Error::argument(format!(
            "{name} must hold no more values than memory has room for, found a length of {length}"
        )));
    }
    Ok(())
}

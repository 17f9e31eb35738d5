//! Samples as they come from Python.

use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::error;

/// Full scale of 16 bits.
const FULL_SCALE: f32 = 32_768.0;

/// A copy of the samples as f32 with full scale ±1: of an array of float32 or int16, or of anything that `numpy` makes one of.
pub(crate) fn samples(given: &Bound<'_, PyAny>) -> PyResult<Vec<f32>> {
    if let Some(samples) = of_floats(given) {
        return samples;
    }
    if let Some(samples) = of_integers(given) {
        return samples;
    }
    let array = one_dimensional(given)?;
    let of_array = of_floats(&array).or_else(|| of_integers(&array));
    of_array.unwrap_or_else(|| Err(error::samples(given.py(), &named(&array))))
}

fn of_floats(given: &Bound<'_, PyAny>) -> Option<PyResult<Vec<f32>>> {
    copied(given, |sample: f32| sample)
}

fn of_integers(given: &Bound<'_, PyAny>) -> Option<PyResult<Vec<f32>>> {
    copied(given, |sample: i16| f32::from(sample) / FULL_SCALE)
}

/// What an array of this type holds, contiguous or not; none for another.
fn copied<T: Element + Copy>(given: &Bound<'_, PyAny>, of: impl Fn(T) -> f32) -> Option<PyResult<Vec<f32>>> {
    let array = given.cast::<PyArray1<T>>().ok()?;
    let read = array.try_readonly().map_err(PyErr::from);
    Some(read.map(|array| match array.as_slice() {
        Ok(slice) => slice.iter().copied().map(of).collect(),
        Err(_) => array.as_array().iter().copied().map(of).collect(),
    }))
}

/// Whatever else can be samples, as an array of one of the two types: a column of one channel, wider or narrower floats, another order
/// of bytes, a buffer, a list.
fn one_dimensional<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let array = given.py().import("numpy")?.call_method1("asarray", (given,))?;
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    let array = match shape[..] {
        [_] => array,
        [_, 1] => array.call_method1("reshape", (-1,))?,
        _ => return Err(error::samples(given.py(), &named(&array))),
    };
    let dtype = array.getattr("dtype")?;
    let kind: String = dtype.getattr("kind")?.extract()?;
    let bytes: usize = dtype.getattr("itemsize")?.extract()?;
    match (kind.as_str(), bytes) {
        ("f", _) => array.call_method1("astype", ("=f4",)),
        ("i", 2) => array.call_method1("astype", ("=i2",)),
        _ => Ok(array),
    }
}

/// An array's type and shape, in words.
fn named(array: &Bound<'_, PyAny>) -> String {
    let attribute = |name: &str| array.getattr(name).map_or_else(|_| "?".into(), |value| value.to_string());
    format!("{} of shape {}", attribute("dtype"), attribute("shape"))
}

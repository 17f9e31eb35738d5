//! The float functions that `core` has not.
//!
//! With the standard library they are its own, so that results are the same bits as ever; else they are those of `libm`, which
//! differ in the last bit at most.

#[cfg(not(feature = "std"))]
pub(crate) use freestanding::*;
#[cfg(feature = "std")]
pub(crate) use standard::*;

#[cfg(feature = "std")]
mod standard {
    #[inline]
    pub(crate) fn exp(x: f32) -> f32 {
        x.exp()
    }

    #[inline]
    pub(crate) fn exp2(x: f32) -> f32 {
        x.exp2()
    }

    #[inline]
    pub(crate) fn ln(x: f32) -> f32 {
        x.ln()
    }

    #[inline]
    pub(crate) fn log10(x: f64) -> f64 {
        x.log10()
    }

    #[inline]
    pub(crate) fn pow(x: f64, exponent: f64) -> f64 {
        x.powf(exponent)
    }

    #[inline]
    pub(crate) fn sqrt(x: f64) -> f64 {
        x.sqrt()
    }

    #[inline]
    pub(crate) fn cos(x: f64) -> f64 {
        x.cos()
    }

    #[inline]
    pub(crate) fn sin_cos(x: f64) -> (f64, f64) {
        x.sin_cos()
    }
}

#[cfg(not(feature = "std"))]
mod freestanding {
    pub(crate) use libm::{cos, exp2f as exp2, expf as exp, log10, logf as ln, pow, sincos as sin_cos, sqrt};
}

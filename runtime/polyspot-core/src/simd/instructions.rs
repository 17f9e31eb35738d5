//! The vector instructions that front end and kernel are run with.

use alloc::vec::Vec;
use core::{fmt, iter};

use pulp::{Arch, WithSimd};

/// A set of vector instructions that this processor has.
///
/// Features differ among sets by the rounding of the Fourier transform only, posteriors by that of the network's sums.
#[derive(Clone, Copy, Debug)]
pub struct Instructions(pub(crate) Arch);

impl Instructions {
    /// The set that is fastest: what is used where nothing else is said.
    pub fn best() -> Self {
        Self(Arch::new())
    }

    /// No vector instructions but those that every processor of the architecture has.
    pub fn portable() -> Self {
        Self(Arch::Scalar)
    }

    /// Every set, the portable one first.
    pub fn all() -> Vec<Self> {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let wider = [pulp::x86::V3::try_new().map(Arch::V3), pulp::x86::V4::try_new().map(Arch::V4)];
        #[cfg(target_arch = "aarch64")]
        let wider = [pulp::aarch64::Neon::try_new().map(Arch::Neon)];
        #[cfg(target_arch = "wasm32")]
        let wider = [pulp::wasm::Simd128::try_new().map(Arch::Simd128)];
        #[cfg(not(any(
            target_arch = "x86",
            target_arch = "x86_64",
            target_arch = "aarch64",
            target_arch = "wasm32"
        )))]
        let wider: [Option<Arch>; 0] = [];
        iter::once(Some(Arch::Scalar)).chain(wider).flatten().map(Self).collect()
    }

    /// Runs an operation with this set, which it is compiled for.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline]
    pub(crate) fn dispatch<Op: WithSimd>(self, operation: Op) -> Op::Output {
        self.0.dispatch(operation)
    }

    /// Runs an operation with the set that the module is compiled for, which is the only one: where one of a module's instructions is
    /// unknown, all of it is refused.
    #[cfg(target_arch = "wasm32")]
    #[inline]
    pub(crate) fn dispatch<Op: WithSimd>(self, operation: Op) -> Op::Output {
        #[cfg(target_feature = "simd128")]
        let simd =
            pulp::wasm::Simd128::try_new().unwrap_or_else(|| unreachable!("what is compiled for is there"));
        #[cfg(not(target_feature = "simd128"))]
        let simd = pulp::Scalar::new();
        pulp::Simd::vectorize(simd, operation)
    }
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Arch::Scalar => "portable",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "AVX2 and FMA",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "AVX-512",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "NEON",
            #[cfg(target_arch = "wasm32")]
            Arch::Simd128(_) => "simd128",
            _ => "others",
        })
    }
}

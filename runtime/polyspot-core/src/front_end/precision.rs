//! What the Fourier transform computes with: vectors of `f64`, or of `f32` with the feature `single-precision`, for processors that have
//! no instructions for the other.

use pulp::{Simd, WithSimd};

use crate::simd::Instructions;

/// A float type, with the names that its vectors and their operations have in [`Simd`].
macro_rules! precision {
    ($float:ty, $vector:ident, $lanes:ident, $all:ident, $all_mut:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $mul_add:ident) => {
        pub(super) type Float = $float;
        pub(super) type Vector<S> = <S as Simd>::$vector;

        /// Numbers in a vector.
        #[inline(always)]
        pub(super) fn lanes<S: Simd>() -> usize {
            S::$lanes
        }

        #[inline(always)]
        pub(super) fn vectors<S: Simd>(numbers: &[Float]) -> &[Vector<S>] {
            S::$all(numbers).0
        }

        #[inline(always)]
        pub(super) fn vectors_mut<S: Simd>(numbers: &mut [Float]) -> &mut [Vector<S>] {
            S::$all_mut(numbers).0
        }

        #[inline(always)]
        pub(super) fn splat<S: Simd>(simd: S, number: Float) -> Vector<S> {
            simd.$splat(number)
        }

        #[inline(always)]
        pub(super) fn add<S: Simd>(simd: S, a: Vector<S>, b: Vector<S>) -> Vector<S> {
            simd.$add(a, b)
        }

        #[inline(always)]
        pub(super) fn sub<S: Simd>(simd: S, a: Vector<S>, b: Vector<S>) -> Vector<S> {
            simd.$sub(a, b)
        }

        #[inline(always)]
        pub(super) fn mul<S: Simd>(simd: S, a: Vector<S>, b: Vector<S>) -> Vector<S> {
            simd.$mul(a, b)
        }

        /// `a * b + c`, fused where the processor does so.
        #[inline(always)]
        pub(super) fn mul_add<S: Simd>(simd: S, a: Vector<S>, b: Vector<S>, c: Vector<S>) -> Vector<S> {
            simd.$mul_add(a, b, c)
        }
    };
}

#[cfg(not(feature = "single-precision"))]
precision!(
    f64,
    f64s,
    F64_LANES,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    mul_add_e_f64s
);
#[cfg(feature = "single-precision")]
precision!(
    f32,
    f32s,
    F32_LANES,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    mul_add_e_f32s
);

/// Numbers in a vector of these instructions.
pub(super) fn lanes_of(instructions: Instructions) -> usize {
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            lanes::<S>()
        }
    }

    instructions.dispatch(Lanes)
}

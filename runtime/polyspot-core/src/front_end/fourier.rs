//! Power spectra of real frames, several side by side.

use alloc::vec::Vec;
use core::f64::consts::PI;

use pulp::Simd;
use pulp::bytemuck::{cast_slice, cast_slice_mut};

use super::frame_buffer::{FRAMES, FrameBuffer};
use super::precision::{self as real, Float, Vector};
use crate::float;
use crate::simd::{Aligned, Instructions};

/// Real and imaginary part of one number of each frame in a vector.
type Complex<S> = [Vector<S>; 2];

/// Windows and transforms frames, a lane of the vectors each: whatever the other lanes hold, a frame's spectrum is the same
/// bits.
///
/// A frame's even and odd samples are real and imaginary parts of a transform of half its length, from which that of the
/// frame is put together (Sorensen et al., "Real-valued fast Fourier transform algorithms", 1987). It goes in place, in steps of
/// radix 4 by decimation in frequency; its results lie in the order of reversed digits, where the last step finds them.
///
/// It computes in double precision: beside a loud tone, single precision leaves so much rounding noise in the quiet
/// bands that their logarithms are off by several 1e-4. Where double precision is too dear, the feature `single-precision` takes that
/// for its price.
pub(super) struct PowerSpectra {
    /// Of each sample of the transform: where it is in the frame buffer, and its window's weight.
    samples: Vec<(usize, Float)>,
    passes: Vec<Pass>,
    pairs: Vec<Pair>,
    /// Where the number in the middle is.
    middle: usize,
    /// `[fft_samples / 2, 2, lanes]`.
    numbers: Aligned<Float>,
}

/// One step of the transform, on blocks of `4 * quarter` numbers each.
struct Pass {
    quarter: usize,
    /// Turns of the butterfly's second to fourth result, for each of a quarter's numbers; the first is 1.
    twiddles: Vec<[[Float; 2]; 3]>,
}

/// Two numbers of the half-length transform that make two bins of the frame's.
struct Pair {
    low: usize,
    high: usize,
    twiddle: [Float; 2],
}

impl PowerSpectra {
    /// Plans transforms of `length` samples, a power of two of at least 16, in whose middle a window lies.
    pub(super) fn new(
        length: usize,
        window: &[f64],
        buffer: &FrameBuffer,
        instructions: Instructions,
    ) -> Self {
        let half = length / 2;
        let lead = (length - window.len()) / 2;
        let sample = |i: usize| match i.checked_sub(lead) {
            // The transform of even and odd samples gives twice that of the frame.
            Some(i) if i < window.len() => (buffer.place(i), (0.5 * window[i]) as Float),
            // Any sample will do.
            _ => (0, 0.0),
        };
        let quarters =
            || core::iter::successors(Some(half / 4), |quarter| Some(quarter / 4)).take_while(|&q| q > 0);
        let place = |bin: usize| {
            let (mut bin, mut place, mut block) = (bin, 0, half);
            for quarter in quarters() {
                place += bin % 4 * quarter;
                (bin, block) = (bin / 4, quarter);
            }
            // Half the blocks' length is left if it is no power of four.
            place + bin % block
        };
        Self {
            samples: (0..length).map(sample).collect(),
            passes: quarters().map(Pass::new).collect(),
            pairs: (1..half / 2)
                .map(|bin| Pair { low: place(bin), high: place(half - bin), twiddle: turn(bin, length) })
                .collect(),
            middle: place(half / 2),
            numbers: Aligned::zeros(half * 2 * real::lanes_of(instructions)),
        }
    }

    /// Writes the power of each bin of the first `frames` frames to `power` `[bins, FRAMES]`.
    #[inline(always)]
    pub(super) fn compute<S: Simd>(
        &mut self,
        simd: S,
        buffer: &FrameBuffer,
        frames: usize,
        power: &mut [[f32; FRAMES]],
    ) {
        let mut first = 0;
        while first < frames {
            self.begin(simd, &buffer.samples()[first..]);
            let numbers = real::vectors_mut::<S>(self.numbers.values_mut()).as_chunks_mut::<2>().0;
            let numbers = &mut numbers[..self.samples.len() / 2];
            for pass in &self.passes[1..] {
                pass.run(simd, numbers);
            }
            if numbers.len().ilog2() % 2 == 1 {
                for [a, b] in numbers.as_chunks_mut::<2>().0 {
                    [*a, *b] = [add(simd, *a, *b), sub(simd, *a, *b)];
                }
            }
            self.finish(simd, first, power);
            first += real::lanes::<S>();
        }
    }

    /// The first pass, on the windowed samples.
    #[inline(always)]
    fn begin<S: Simd>(&mut self, simd: S, samples: &[f32]) {
        let Pass { quarter, twiddles } = &self.passes[0];
        let quarter = *quarter;
        let numbers = real::vectors_mut::<S>(self.numbers.values_mut()).as_chunks_mut::<2>().0;
        let numbers = &mut numbers[..4 * quarter];
        let inputs = &self.samples.as_chunks::<2>().0[..4 * quarter];
        for (i, twiddle) in twiddles.iter().enumerate() {
            let input = [
                windowed(simd, samples, &inputs[i]),
                windowed(simd, samples, &inputs[i + quarter]),
                windowed(simd, samples, &inputs[i + 2 * quarter]),
                windowed(simd, samples, &inputs[i + 3 * quarter]),
            ];
            let output = butterfly(simd, input);
            numbers[i] = output[0];
            for part in 1..4 {
                numbers[i + part * quarter] = mul(simd, output[part], splat(simd, twiddle[part - 1]));
            }
        }
    }

    /// From the transform of half the length to the powers.
    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S, first: usize, power: &mut [[f32; FRAMES]]) {
        let half = self.samples.len() / 2;
        let numbers = real::vectors::<S>(self.numbers.values()).as_chunks::<2>().0;
        let numbers = &numbers[..half];
        let mut put =
            |bin: usize, values| narrow::<S>(values, &mut power[bin][first..first + real::lanes::<S>()]);
        let [even, odd] = numbers[0];
        let doubled = |value| real::add(simd, value, value);
        let square = |value| real::mul(simd, value, value);
        put(0, square(doubled(real::add(simd, even, odd))));
        put(half, square(doubled(real::sub(simd, even, odd))));
        let [re, im] = numbers[self.middle];
        put(half / 2, norm(simd, [doubled(re), doubled(im)]));
        for (bin, Pair { low, high, twiddle }) in (1..).zip(&self.pairs) {
            let (a, b) = (numbers[*low], numbers[*high]);
            let even = [real::add(simd, a[0], b[0]), real::sub(simd, a[1], b[1])];
            let odd = [real::add(simd, a[1], b[1]), real::sub(simd, b[0], a[0])];
            let odd = mul(simd, odd, splat(simd, *twiddle));
            put(bin, norm(simd, add(simd, even, odd)));
            put(half - bin, norm(simd, sub(simd, even, odd)));
        }
    }
}

impl Pass {
    fn new(quarter: usize) -> Self {
        let twiddles = (0..quarter).map(|i| [1, 2, 3].map(|part| turn(part * i, 4 * quarter))).collect();
        Self { quarter, twiddles }
    }

    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, numbers: &mut [Complex<S>]) {
        let quarter = self.quarter;
        for (i, twiddle) in self.twiddles.iter().enumerate() {
            let twiddle = [splat(simd, twiddle[0]), splat(simd, twiddle[1]), splat(simd, twiddle[2])];
            for block in numbers.chunks_exact_mut(4 * quarter) {
                let input = [block[i], block[i + quarter], block[i + 2 * quarter], block[i + 3 * quarter]];
                let output = butterfly(simd, input);
                block[i] = output[0];
                for part in 1..4 {
                    block[i + part * quarter] =
                        if i == 0 { output[part] } else { mul(simd, output[part], twiddle[part - 1]) };
                }
            }
        }
    }
}

/// `exp(-2 π i part / whole)`.
fn turn(part: usize, whole: usize) -> [Float; 2] {
    let (sin, cos) = float::sin_cos(-2.0 * PI * part as f64 / whole as f64);
    [cos as Float, sin as Float]
}

/// The transform of four numbers.
#[inline(always)]
fn butterfly<S: Simd>(simd: S, [a, b, c, d]: [Complex<S>; 4]) -> [Complex<S>; 4] {
    let (sum, difference) = (add(simd, a, c), sub(simd, a, c));
    let (other_sum, other) = (add(simd, b, d), sub(simd, b, d));
    [
        add(simd, sum, other_sum),
        [real::add(simd, difference[0], other[1]), real::sub(simd, difference[1], other[0])],
        sub(simd, sum, other_sum),
        [real::sub(simd, difference[0], other[1]), real::add(simd, difference[1], other[0])],
    ]
}

/// An even and an odd sample of each frame, weighted.
#[inline(always)]
fn windowed<S: Simd>(simd: S, samples: &[f32], parts: &[(usize, Float); 2]) -> Complex<S> {
    let [even, odd] = parts;
    let weighted = |&(place, weight): &(usize, Float)| {
        let mut values = real::splat(simd, 0.0);
        let lanes: &mut [Float] = cast_slice_mut(core::slice::from_mut(&mut values));
        for (lane, sample) in lanes.iter_mut().zip(&samples[place..place + real::lanes::<S>()]) {
            *lane = Float::from(*sample);
        }
        real::mul(simd, values, real::splat(simd, weight))
    };
    [weighted(even), weighted(odd)]
}

#[inline(always)]
fn narrow<S: Simd>(values: Vector<S>, to: &mut [f32]) {
    for (to, value) in to.iter_mut().zip(cast_slice::<_, Float>(&[values])) {
        *to = *value as f32;
    }
}

#[inline(always)]
fn splat<S: Simd>(simd: S, [re, im]: [Float; 2]) -> Complex<S> {
    [real::splat(simd, re), real::splat(simd, im)]
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [real::add(simd, a[0], b[0]), real::add(simd, a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [real::sub(simd, a[0], b[0]), real::sub(simd, a[1], b[1])]
}

#[inline(always)]
fn mul<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [
        real::sub(simd, real::mul(simd, a[0], b[0]), real::mul(simd, a[1], b[1])),
        real::mul_add(simd, a[0], b[1], real::mul(simd, a[1], b[0])),
    ]
}

#[inline(always)]
fn norm<S: Simd>(simd: S, [re, im]: Complex<S>) -> Vector<S> {
    real::mul_add(simd, re, re, real::mul(simd, im, im))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::front_end::FrontEndSpec;

    const HOP: usize = 10;
    /// Error of a power in parts of it, and in parts of the noise that a whole frame's rounding makes.
    const TOLERANCE: [f64; 2] = if cfg!(feature = "single-precision") { [1e-5, 1e-4] } else { [1e-6, 1e-9] };

    struct Run<'a>(&'a mut PowerSpectra, &'a FrameBuffer, &'a mut [[f32; FRAMES]]);

    impl WithSimd for Run<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            self.0.compute(simd, self.1, FRAMES, self.2);
        }
    }

    /// Spectra `[bins][FRAMES]` of a signal's first frames.
    fn spectra(length: usize, window: &[f64], signal: &[f32]) -> Vec<[f32; FRAMES]> {
        let spec = FrontEndSpec {
            fft_samples: length,
            frame_samples: window.len(),
            hop_samples: HOP,
            ..FrontEndSpec::default()
        };
        let mut buffer = FrameBuffer::new(&spec);
        buffer.fill(signal);
        let mut power = vec![[0.0; FRAMES]; length / 2 + 1];
        let mut spectra = PowerSpectra::new(length, window, &buffer, Instructions::best());
        Arch::new().dispatch(Run(&mut spectra, &buffer, &mut power));
        power
    }

    fn noise(samples: usize) -> Vec<f32> {
        let mut random = 5u32;
        let mut draw = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random as f32 / u32::MAX as f32 - 0.5
        };
        (0..samples).map(|_| draw()).collect()
    }

    #[test]
    fn they_are_those_of_the_definition() {
        for length in [16, 32, 64, 128, 256, 512, 1024] {
            let window: Vec<f64> = (0..length - 6).map(|i| 0.5 + (i as f64 * 0.1).sin() / 3.0).collect();
            let signal = noise(window.len() + (FRAMES - 1) * HOP);
            for (bin, found) in spectra(length, &window, &signal).iter().enumerate() {
                for (frame, found) in found.iter().enumerate() {
                    let mut sum = [0.0, 0.0];
                    for (i, weight) in window.iter().enumerate() {
                        let turn = -2.0 * PI * ((i + 3) * bin % length) as f64 / length as f64;
                        let (im, re) = turn.sin_cos();
                        let sample = weight * f64::from(signal[frame * HOP + i]);
                        sum = [sum[0] + sample * re, sum[1] + sample * im];
                    }
                    let expected = sum[0].powi(2) + sum[1].powi(2);
                    let error = (f64::from(*found) - expected).abs();
                    let [relative, absolute] = TOLERANCE;
                    assert!(
                        error < relative * expected + absolute,
                        "bin {bin} of {length}: {found}, not {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_frame_has_the_same_bits_whatever_is_beside_it() {
        let window = vec![1.0; 16];
        let mut signal = noise(window.len() + (FRAMES - 1) * HOP);
        let before = spectra(16, &window, &signal);
        signal[..HOP].fill(1e4);
        let after = spectra(16, &window, &signal);
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before[1..], after[1..]);
        }
    }
}

//! The natural logarithm of many numbers at once.

/// Replaces normal positive numbers by their natural logarithms, in place, within 2e-7 of the true value relative to the
/// larger of it and 1.
///
/// The mantissa's logarithm is the polynomial of Cephes' `logf` (Moshier 1992); written without branches, so that it is
/// compiled to vector instructions.
#[inline(always)]
pub(super) fn ln(values: &mut [f32]) {
    for value in values {
        let bits = value.to_bits();
        // The mantissa is brought into sqrt(1/2)..sqrt(2), and the exponent with it.
        let shifted = bits.wrapping_sub(0x3f35_04f3);
        let exponent = (shifted as i32 >> 23) as f32;
        let x = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
        let mut p = 7.037_683_6e-2_f32;
        for coefficient in [
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ] {
            p = p * x + coefficient;
        }
        let square = x * x;
        // ln 2 in two parts, the first of few digits: its product with the exponent is exact.
        let y = p * x * square - 2.121_944_4e-4 * exponent - 0.5 * square;
        *value = x + y + 0.693_359_4 * exponent;
    }
}

#[cfg(test)]
mod tests {
    use super::ln;

    #[test]
    fn it_is_near_the_true_logarithm_over_the_whole_range() {
        let mut worst = 0.0f64;
        for bits in (f32::MIN_POSITIVE.to_bits()..f32::MAX.to_bits()).step_by(9_973) {
            let mut value = [f32::from_bits(bits)];
            let truth = f64::from(value[0]).ln();
            ln(&mut value);
            worst = worst.max((f64::from(value[0]) - truth).abs() / truth.abs().max(1.0));
        }
        assert!(worst < 2e-7, "{worst}");
    }
}

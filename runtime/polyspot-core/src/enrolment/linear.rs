//! Symmetric positive definite matrices, by their Cholesky factors.

use alloc::vec::Vec;

use crate::float;

/// Lower triangle with its diagonal, row after row: `n (n + 1) / 2` numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Triangle {
    pub(super) size: usize,
    pub(super) values: Vec<f64>,
}

/// Where a row of a triangle begins.
const fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

/// Numbers in a triangle.
pub(super) const fn numbers(size: usize) -> usize {
    start(size)
}

impl Triangle {
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, values: alloc::vec![0.0; numbers(size)] }
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[start(row)..=start(row) + row]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[start(row)..=start(row) + row]
    }

    /// Adds `scale * x xᵀ`.
    pub(super) fn add_outer(&mut self, x: &[f64], scale: f64) {
        for (row, &a) in x.iter().enumerate() {
            let a = a * scale;
            self.row_mut(row).iter_mut().zip(x).for_each(|(sum, b)| *sum += a * b);
        }
    }

    /// Mean of the diagonal.
    pub(super) fn mean_diagonal(&self) -> f64 {
        (0..self.size).map(|i| self.row(i)[i]).sum::<f64>() / self.size.max(1) as f64
    }

    pub(super) fn add_to_diagonal(&mut self, value: f64) {
        for i in 0..self.size {
            self.row_mut(i)[i] += value;
        }
    }

    /// The factor L of this matrix A = L Lᵀ; `None` if it is not positive definite.
    pub(super) fn factor(&self) -> Option<Self> {
        let mut factor = Self::zeros(self.size);
        for i in 0..self.size {
            for j in 0..=i {
                let (own, other) = (factor.row(i), factor.row(j));
                let sum: f64 = own[..j].iter().zip(&other[..j]).map(|(a, b)| a * b).sum();
                let rest = self.row(i)[j] - sum;
                let value = if i == j { float::sqrt(rest) } else { rest / other[j] };
                if !(value.is_finite() && (i != j || value > 0.0)) {
                    return None;
                }
                factor.row_mut(i)[j] = value;
            }
        }
        Some(factor)
    }

    /// Of a factor L: the solution x of L x = b.
    pub(super) fn solve_lower(&self, b: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(self.size);
        for (i, b) in b.iter().enumerate() {
            let row = self.row(i);
            let sum: f64 = row[..i].iter().zip(&x).map(|(a, x)| a * x).sum();
            x.push((b - sum) / row[i]);
        }
        x
    }

    /// Of a factor L: the solution x of Lᵀ x = b.
    pub(super) fn solve_upper(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        for i in (0..self.size).rev() {
            let row = self.row(i);
            x[i] /= row[i];
            let solved = x[i];
            x[..i].iter_mut().zip(row).for_each(|(x, a)| *x -= a * solved);
        }
        x
    }
}

/// Σ a b.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    /// [[4, 2, 0], [2, 5, 3], [0, 3, 6]]
    fn matrix() -> Triangle {
        Triangle { size: 3, values: vec![4.0, 2.0, 5.0, 0.0, 3.0, 6.0] }
    }

    #[test]
    fn a_factor_times_its_transpose_is_the_matrix() {
        let factor = matrix().factor().expect("positive definite");
        let mut product = Triangle::zeros(3);
        for i in 0..3 {
            for j in 0..=i {
                product.row_mut(i)[j] = dot(&factor.row(i)[..=j], factor.row(j));
            }
        }
        assert!(
            product.values.iter().zip(&matrix().values).all(|(a, b)| (a - b).abs() < 1e-12),
            "{product:?}"
        );
    }

    #[test]
    fn two_triangles_solve_the_equation() {
        let factor = matrix().factor().expect("positive definite");
        let x = factor.solve_upper(&factor.solve_lower(&[8.0, 21.0, 24.0]));
        // By hand: A (1, 2, 3) = (8, 21, 24).
        assert!(x.iter().zip([1.0, 2.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{x:?}");
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        assert_eq!(Triangle { size: 2, values: vec![1.0, 2.0, 1.0] }.factor(), None);
        assert_eq!(Triangle { size: 1, values: vec![f64::NAN] }.factor(), None);
    }

    #[test]
    fn outer_products_add_up_to_the_second_moment() {
        let mut sum = Triangle::zeros(2);
        sum.add_outer(&[1.0, 2.0], 0.5);
        sum.add_outer(&[3.0, -1.0], 0.5);
        sum.add_to_diagonal(1.0);
        assert_eq!(sum.values, [6.0, -0.5, 3.5]);
        assert_eq!(sum.mean_diagonal(), 4.75);
    }
}

//! The nearest matrix of a given rank.

use nalgebra::DMatrix;

/// Factors `[rows, rank]` and `[rank, columns]`, row by row, whose product is nearest to a matrix: its truncated
/// singular value decomposition (Eckart and Young 1936), with the singular values shared between both.
///
/// # Panics
/// If `matrix.len() != rows * columns`.
pub(crate) fn factors(matrix: &[f32], [rows, columns]: [usize; 2], rank: usize) -> (Vec<f32>, Vec<f32>) {
    assert_eq!(matrix.len(), rows * columns);
    let (mut up, mut down) = (vec![0.0; rows * rank], vec![0.0; rank * columns]);
    if matrix.iter().all(|&value| value == 0.0) {
        return (up, down);
    }
    let svd = DMatrix::from_row_slice(rows, columns, matrix).svd(true, true);
    let (Some(u), Some(v)) = (&svd.u, &svd.v_t) else { return (up, down) };
    // Sorted by the library, largest first.
    for (k, value) in svd.singular_values.iter().enumerate().take(rank) {
        let root = value.sqrt();
        (0..rows).for_each(|row| up[row * rank + k] = u[(row, k)] * root);
        (0..columns).for_each(|column| down[k * columns + column] = v[(k, column)] * root);
    }
    (up, down)
}

/// The product of two factors, `[rows, columns]`.
pub(crate) fn product(up: &[f32], down: &[f32], rank: usize) -> Vec<f32> {
    let columns = down.len() / rank;
    up.chunks_exact(rank)
        .flat_map(|row| {
            (0..columns).map(move |column| {
                row.iter().enumerate().map(|(k, u)| u * down[k * columns + column]).sum::<f32>()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_that_rank_is_met_and_another_is_approached() {
        let (up, down) = (vec![1.0, 2.0, -1.0, 0.5, 3.0, 1.0], vec![2.0, 1.0, 0.0, -1.0, 0.0, 1.0, 1.0, 2.0]);
        let matrix = product(&up, &down, 2);
        let distance = |rank| {
            let (up, down) = factors(&matrix, [3, 4], rank);
            product(&up, &down, rank).iter().zip(&matrix).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
        };
        assert!(distance(2) < 1e-8, "{}", distance(2));
        assert!(distance(1) > 0.1 && distance(1) < matrix.iter().map(|m| m * m).sum());
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(factors(&[0.0; 6], [2, 3], 1), (vec![0.0; 2], vec![0.0; 3]));
    }
}

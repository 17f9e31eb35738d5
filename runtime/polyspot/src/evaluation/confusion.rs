//! How clips were judged, label by label.

use std::fmt;

/// Counts of clips by what they are and what they were judged to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    labels: Vec<String>,
    /// `[truth][judged]`
    counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// An empty table over a model's labels, in its order.
    pub fn new(labels: impl IntoIterator<Item = String>) -> Self {
        let labels: Vec<String> = labels.into_iter().collect();
        let counts = vec![vec![0; labels.len()]; labels.len()];
        Self { labels, counts }
    }

    /// Counts one clip.
    ///
    /// # Panics
    /// If `truth` or `judged` >= the number of labels.
    pub fn count(&mut self, truth: usize, judged: usize) {
        self.counts[truth][judged] += 1;
    }

    /// The labels, in the order of rows and columns.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Clips, `[truth][judged]`.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Number of clips counted.
    pub fn clips(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Number of clips judged right.
    pub fn right(&self) -> u64 {
        self.counts.iter().enumerate().map(|(truth, row)| row[truth]).sum()
    }

    /// Share of the clips judged right, in 0..=1; `None` without clips.
    pub fn accuracy(&self) -> Option<f64> {
        let clips = self.clips();
        (clips > 0).then(|| self.right() as f64 / clips as f64)
    }
}

impl fmt::Display for Confusion {
    /// A table with what the clips are in rows, the share of each row judged right, and what they were judged
    /// to be in columns, whose names are cut to seven letters. Labels without clips have no row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        write!(f, "{:width$}   right", "")?;
        for label in &self.labels {
            write!(f, " {label:>7.7}")?;
        }
        for (truth, (label, row)) in self.labels.iter().zip(&self.counts).enumerate() {
            let clips: u64 = row.iter().sum();
            if clips == 0 {
                continue;
            }
            write!(f, "\n{label:width$} {:>6.1}%", row[truth] as f64 * 100.0 / clips as f64)?;
            for &count in row {
                if count == 0 { write!(f, "       ·")? } else { write!(f, " {count:>7}")? }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_and_table() {
        let mut confusion = Confusion::new(["yes", "no", "unknown"].map(String::from));
        assert_eq!(confusion.accuracy(), None);
        for (truth, judged) in [(0, 0), (0, 0), (0, 2), (1, 1)] {
            confusion.count(truth, judged);
        }
        assert_eq!((confusion.clips(), confusion.right(), confusion.accuracy()), (4, 3, Some(0.75)));
        assert_eq!(
            confusion.to_string(),
            "          right     yes      no unknown\n\
             yes       66.7%       2       ·       1\n\
             no       100.0%       ·       1       ·"
        );
    }
}

//! How clips were judged.

/// Counts `[truth][judged]` over a model's labels.
#[derive(Clone, Debug)]
pub(crate) struct Confusion {
    pub(crate) labels: Vec<String>,
    pub(crate) counts: Vec<Vec<usize>>,
}

impl Confusion {
    pub(crate) fn new(labels: Vec<String>) -> Self {
        let size = labels.len();
        Self { labels, counts: vec![vec![0; size]; size] }
    }

    pub(crate) fn count(&mut self, truth: usize, judged: usize) {
        self.counts[truth][judged] += 1;
    }

    pub(crate) fn clips(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Share of clips judged right, in 0..=1.
    pub(crate) fn accuracy(&self) -> f32 {
        let right: usize = (0..self.counts.len()).map(|i| self.counts[i][i]).sum();
        right as f32 / self.clips().max(1) as f32
    }
}

impl std::fmt::Display for Confusion {
    /// A table with the truth in rows, and the share of each row that was judged right.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(5);
        write!(f, "{:width$}  right", "")?;
        for label in &self.labels {
            write!(f, " {label:>5.5}")?;
        }
        for (row, (label, counts)) in self.labels.iter().zip(&self.counts).enumerate() {
            let total = counts.iter().sum::<usize>().max(1);
            write!(f, "\n{label:width$} {:>5.1}%", counts[row] as f32 * 100.0 / total as f32)?;
            for &count in counts {
                if count == 0 { write!(f, "     ·")? } else { write!(f, " {count:>5}")? }
            }
        }
        Ok(())
    }
}

//! Means over seeds, as a table.

use std::fmt::Write;

use super::row::Row;

/// One method at one budget in one language, over its seeds.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) language: String,
    pub(super) name: String,
    /// Mean of the numbers stored.
    pub(super) updated: f64,
    /// Their mean share of the base's parameters, in percent.
    pub(super) share: f64,
    /// Mean of the multiply-accumulates for one frame beyond the base's.
    pub(super) extra_macs: f64,
    /// Mean of a training step's memory; 0 where it was not measured.
    pub(super) memory_mib: f64,
    pub(super) accuracies: Vec<f64>,
    pub(super) seconds: f64,
}

impl Point {
    pub(super) fn mean(&self) -> f64 {
        mean(self.accuracies.iter().copied())
    }

    /// Sample standard deviation over the seeds; 0 for one seed.
    pub(super) fn deviation(&self) -> f64 {
        let (n, mean) = (self.accuracies.len(), self.mean());
        if n < 2 {
            return 0.0;
        }
        (self.accuracies.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt()
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}

/// The rows by language, method and budget; within a language the most accurate first.
pub(super) fn points(rows: &[Row]) -> Vec<Point> {
    let mut keys: Vec<(String, String)> = rows.iter().map(|r| (r.language.clone(), r.name())).collect();
    keys.sort();
    keys.dedup();
    let mut points: Vec<Point> = keys
        .into_iter()
        .map(|(language, name)| {
            let same: Vec<&Row> =
                rows.iter().filter(|r| r.language == language && r.name() == name).collect();
            Point {
                updated: mean(same.iter().map(|r| r.updated as f64)),
                share: mean(same.iter().map(|r| r.updated as f64 * 100.0 / r.parameters.max(1) as f64)),
                extra_macs: mean(same.iter().map(|r| r.extra_macs)),
                memory_mib: mean(same.iter().map(|r| f64::from(r.memory_mib))),
                accuracies: same.iter().map(|r| r.accuracy()).collect(),
                seconds: mean(same.iter().map(|r| f64::from(r.seconds))),
                language,
                name,
            }
        })
        .collect();
    points.sort_by(|a, b| a.language.cmp(&b.language).then(b.mean().total_cmp(&a.mean())));
    points
}

/// The points as a Markdown table.
pub(super) fn markdown(points: &[Point]) -> String {
    let mut text = String::from(
        "| language | method | parameters updated | share | accuracy on dev, mean ± deviation | seeds | more MACs per \
         frame | MiB in training | seconds |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for point in points {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.1} % | {:.2} ± {:.2} % | {} | {:.0} | {:.0} | {:.0} |",
            point.language,
            point.name,
            point.updated,
            point.share,
            point.mean(),
            point.deviation(),
            point.accuracies.len(),
            point.extra_macs,
            point.memory_mib,
            point.seconds
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adaptation::Method;

    #[test]
    fn seeds_are_averaged_and_methods_ranked() {
        let row = |method, budget, seed, right| Row {
            language: "ar".into(),
            method,
            budget,
            seed,
            updated: 100,
            parameters: 1_000,
            head: 10,
            extra_macs: 0.0,
            memory_mib: 30.0,
            right,
            clips: 200,
            seconds: 60.0,
        };
        let rows = [
            row(Method::Full, None, 1, 190),
            row(Method::Swr, Some(0.1), 1, 194),
            row(Method::Swr, Some(0.1), 2, 198),
        ];
        let points = points(&rows);
        assert_eq!(points.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["swr 10 %", "full"]);
        // 97 and 99 %: mean 98, deviation √2.
        assert!((points[0].mean() - 98.0).abs() < 1e-9 && (points[0].deviation() - 2f64.sqrt()).abs() < 1e-9);
        assert!(
            markdown(&points).contains("| ar | swr 10 % | 100 | 10.0 % | 98.00 ± 1.41 % | 2 | 0 | 30 | 60 |")
        );
    }
}

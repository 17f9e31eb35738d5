//! Means over seeds, as a table.

use std::fmt::Write;

use super::row::Row;
use super::streams::FALSE_ALARMS_PER_HOUR;

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
    /// Percent of the clips right, seed by seed.
    pub(super) accuracy: Seeds,
    /// Percent of the keywords missed in a stream, of the seeds for which it was measured.
    pub(super) missed: Seeds,
    pub(super) seconds: f64,
}

/// A figure of each seed.
#[derive(Clone, Debug)]
pub(super) struct Seeds(Vec<f64>);

impl Seeds {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn mean(&self) -> f64 {
        mean(self.0.iter().copied())
    }

    /// Sample standard deviation; 0 for one seed.
    pub(super) fn deviation(&self) -> f64 {
        let (n, mean) = (self.0.len(), self.mean());
        if n < 2 {
            return 0.0;
        }
        (self.0.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt()
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
                accuracy: Seeds(same.iter().map(|r| r.accuracy()).collect()),
                missed: Seeds(same.iter().filter_map(|r| r.missed()).collect()),
                seconds: mean(same.iter().map(|r| f64::from(r.seconds))),
                language,
                name,
            }
        })
        .collect();
    points.sort_by(|a, b| a.language.cmp(&b.language).then(b.accuracy.mean().total_cmp(&a.accuracy.mean())));
    points
}

/// The points as a Markdown table.
pub(super) fn markdown(points: &[Point]) -> String {
    let mut text = format!(
        "| language | method | parameters updated | share | clips right on dev, mean ± deviation | missed in a stream at \
         {FALSE_ALARMS_PER_HOUR} false alarm per hour | seeds | more MACs per frame | MiB in training | seconds |\n\
         |---|---|---|---|---|---|---|---|---|---|\n"
    );
    for point in points {
        let missed = if point.missed.is_empty() {
            "–".to_owned()
        } else {
            format!("{:.1} ± {:.1} %", point.missed.mean(), point.missed.deviation())
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.1} % | {:.2} ± {:.2} % | {missed} | {} | {:.0} | {:.0} | {:.0} |",
            point.language,
            point.name,
            point.updated,
            point.share,
            point.accuracy.mean(),
            point.accuracy.deviation(),
            point.accuracy.0.len(),
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
        let row = |method, budget, seed, right, missed| Row {
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
            missed,
            said: 150,
            seconds: 60.0,
            conditions: String::new(),
        };
        let rows = [
            row(Method::Full, None, 1, 190, None),
            row(Method::Swr, Some(0.1), 1, 194, Some(30)),
            row(Method::Swr, Some(0.1), 2, 198, Some(33)),
        ];
        let points = points(&rows);
        assert_eq!(points.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["swr 10 %", "full"]);
        // 97 and 99 %: mean 98, deviation √2.
        let accuracy = &points[0].accuracy;
        assert!((accuracy.mean() - 98.0).abs() < 1e-9 && (accuracy.deviation() - 2f64.sqrt()).abs() < 1e-9);
        // 20 and 22 % missed.
        let table = markdown(&points);
        assert!(
            table.contains(
                "| ar | swr 10 % | 100 | 10.0 % | 98.00 ± 1.41 % | 21.0 ± 1.4 % | 2 | 0 | 30 | 60 |"
            ),
            "{table}"
        );
        assert!(table.contains("| ar | full | 100 | 10.0 % | 95.00 ± 0.00 % | – | 1 |"), "{table}");
    }
}

//! What clips were taken for, as a table that fits where it is read.

use std::fmt::Write;

use console::{measure_text_width, pad_str, truncate_str};
use polyspot::evaluation::Confusion;

/// The whole table if it is no wider than `width`; else a row for each label, with what it was taken for most often.
pub(super) fn table(confusion: &Confusion, width: Option<usize>) -> String {
    let whole = confusion.to_string();
    match width {
        Some(width) if whole.lines().any(|line| measure_text_width(line) > width) => rows(confusion, width),
        _ => whole,
    }
}

fn rows(confusion: &Confusion, width: usize) -> String {
    let labels = confusion.labels();
    let widest = labels.iter().map(|label| measure_text_width(label)).max().unwrap_or(0).min(width / 3);
    let name = |label: &str| pad_str(label, widest, console::Alignment::Left, Some("…")).into_owned();
    let mut table = truncate_str(&format!("{}   right  clips  taken for", name("")), width, "…").into_owned();
    for (truth, (label, row)) in labels.iter().zip(confusion.counts()).enumerate() {
        let clips: u64 = row.iter().sum();
        if clips == 0 {
            continue;
        }
        let mut wrong: Vec<(&str, u64)> = labels
            .iter()
            .map(String::as_str)
            .zip(row.iter().copied())
            .filter(|(_, count)| *count > 0)
            .collect();
        wrong.retain(|(judged, _)| judged != label);
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let wrong: Vec<String> = wrong.iter().map(|(judged, count)| format!("{judged} {count}")).collect();
        let right = row[truth] as f64 * 100.0 / clips as f64;
        let line = format!("{} {right:>6.1}% {clips:>6}  {}", name(label), wrong.join(", "));
        // Writing to a string does not fail.
        let _ = write!(table, "\n{}", truncate_str(line.trim_end(), width, "…"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion() -> Confusion {
        let mut confusion = Confusion::new(["yes", "no", "unknown", "语音"].map(String::from));
        for (truth, judged) in [(0, 0), (0, 0), (0, 2), (0, 1), (0, 2), (1, 1), (3, 0)] {
            confusion.count(truth, judged);
        }
        confusion
    }

    #[test]
    fn it_is_whole_where_there_is_room() {
        let confusion = confusion();
        assert_eq!(table(&confusion, None), confusion.to_string());
        assert_eq!(table(&confusion, Some(80)), confusion.to_string());
    }

    #[test]
    fn it_is_never_wider_than_the_terminal() {
        let narrow = table(&confusion(), Some(40));
        assert_eq!(
            narrow,
            "          right  clips  taken for\n\
             yes       40.0%      5  unknown 2, no 1\n\
             no       100.0%      1\n\
             语音       0.0%      1  yes 1"
        );
        for width in [12, 20, 30] {
            let table = table(&confusion(), Some(width));
            assert!(table.lines().all(|line| measure_text_width(line) <= width), "{width}: {table}");
        }
    }
}

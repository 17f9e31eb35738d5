//! The clips that accuracy is measured on.

use polyspot::evaluation::Confusion;

/// Clips with their labels: all keyword clips; other words, as many as a mean keyword has; and as many cuts of noise.
///
/// Where there are more, they are taken at even distances, so that every word and every sound has its share.
pub(crate) fn clip_set<C>(
    keywords: Vec<(C, usize)>,
    unknown: Vec<C>,
    noise_cuts: Vec<C>,
    labels: usize,
) -> Vec<(C, usize)> {
    let number_of_keywords = labels - 2;
    let mean = keywords.len().div_ceil(number_of_keywords.max(1));
    let mut clips = keywords;
    clips.extend(spread(unknown, mean).into_iter().map(|clip| (clip, number_of_keywords)));
    clips.extend(spread(noise_cuts, mean).into_iter().map(|clip| (clip, number_of_keywords + 1)));
    clips
}

/// Of the keywords' clips, those judged right and all; one judged another word or filler is wrong.
pub(crate) fn accuracy_of_keywords(table: &Confusion, keywords: usize) -> (u64, u64) {
    let rows = table.counts().iter().take(keywords).enumerate();
    rows.fold((0, 0), |(right, clips), (truth, row)| (right + row[truth], clips + row.iter().sum::<u64>()))
}

/// At most `count` of the items, at even distances.
fn spread<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let total = items.len();
    let kept = |index: usize| total <= count || index * count / total != (index + 1) * count / total;
    items.into_iter().enumerate().filter(|(index, _)| kept(*index)).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn spread_takes_as_many_as_asked_from_everywhere() {
        assert_eq!(spread((0..10).collect(), 3), [3, 6, 9]);
        assert_eq!(spread((0..3).collect(), 5), [0, 1, 2]);
        assert_eq!(spread((0..403).collect(), 54).len(), 54);
    }
}

//! "Did you mean": the known word that a misspelt one most likely stands for.

/// The known word that is closest to `wrong`, when it is close enough to be meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fits = |distance: usize, word: &str| {
        let length = word.chars().count().max(wrong.chars().count());
        distance * 2 <= length && (distance < length || length == 0)
    };
    known
        .into_iter()
        .map(|word| (distance(&wrong.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| fits(*distance, word))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many characters must be added, removed, changed or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    let at = |rows: &[Vec<usize>], row: usize, column: usize| {
        rows.get(row)
            .and_then(|row| row.get(column))
            .copied()
            .unwrap_or(0)
    };
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let changed = at(&rows, i, j) + usize::from(l != r);
            let removed = at(&rows, i, j + 1) + 1;
            let added = row.last().copied().unwrap_or(0) + 1;
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(r) && right.get(j - 1) == Some(l);
            let swapped = if swapped {
                at(&rows, i - 1, j - 1) + 1
            } else {
                usize::MAX
            };
            row.push(changed.min(removed).min(added).min(swapped));
        }
        rows.push(row);
    }
    at(&rows, left.len(), right.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("failrue", Some("failure"))]
    #[case("COMPLETE", Some("complete"))]
    #[case("nuetral", Some("neutral"))]
    #[case("zzzzzzzz", None)]
    #[case("", None)]
    fn a_close_word_is_offered_and_a_far_one_is_not(
        #[case] wrong: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(nearest(wrong, ["complete", "neutral", "failure"]), expected);
    }

    #[test]
    fn distance_counts_single_changes() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance("ab", "ba"), 1);
    }
}

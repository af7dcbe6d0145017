//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate that a writer may have meant: at most a third of its letters differ.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown word: the nearest, or all that there are.
pub fn hint(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("write one of {}", listed(candidates)),
    }
}

pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// Edit distance in which two swapped neighbours count as one edit.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX);
            let substituted = at(&last, column) + usize::from(letter != *other);
            let deleted = at(&last, column + 1) + 1;
            let inserted = at(&current, column) + 1;
            let mut best = substituted.min(deleted).min(inserted);
            let swapped =
                column > 0 && right.get(column - 1) == Some(&letter) && previous == Some(*other);
            if swapped {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_none() {
        for (word, expected) in [
            ("broker", Some("brokers")),
            ("borkers", Some("brokers")),
            ("gruop", Some("group")),
            ("topcis", Some("topics")),
            ("colour", None),
        ] {
            assert_eq!(
                nearest(word, ["brokers", "group", "topics"]),
                expected,
                "{word}"
            );
        }
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}

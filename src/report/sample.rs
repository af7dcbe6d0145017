//! A sample that anybody can draw again without this program: each member of a population has a
//! rank, which is the SHA-256 of `seed|framework|control|item`, and the least ranks are the sample.
//!
//! It is a simple random sample without replacement to whoever cannot choose the seed after having
//! seen the population, and unlike a generator's shuffle it can be redone in SQL or a shell, and
//! does not change with the order of rows.

use sha2::{Digest, Sha256};

/// A seed is part of a line and of file contents: plain letters, digits, `.`, `_` and `-`.
const SEED_BYTES_MAX: usize = 64;

/// What a sample is drawn for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'p> {
    pub seed: &'p str,
    pub framework: &'p str,
    pub control: &'p str,
}

/// A member of the sample: its place in the population, and its rank.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    pub rank: String,
    pub place: usize,
}

/// What is wrong with a seed, if anything.
pub fn seed_fault(seed: &str) -> Option<String> {
    let sound = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    if seed.is_empty() || seed.len() > SEED_BYTES_MAX || !seed.chars().all(sound) {
        return Some(format!(
            "a seed is 1 to {SEED_BYTES_MAX} letters, digits, `.`, `_` or `-`"
        ));
    }
    None
}

/// The members with the `size` least ranks, by rank.
pub fn draw<'i>(
    purpose: Purpose<'_>,
    items: impl IntoIterator<Item = &'i str>,
    size: usize,
) -> Vec<Drawn> {
    let mut drawn: Vec<Drawn> = items
        .into_iter()
        .enumerate()
        .map(|(place, item)| Drawn {
            rank: rank(purpose, item),
            place,
        })
        .collect();
    drawn.sort_unstable();
    drawn.truncate(size);
    drawn
}

fn rank(purpose: Purpose<'_>, item: &str) -> String {
    let Purpose {
        seed,
        framework,
        control,
    } = purpose;
    hexadecimal(format!("{seed}|{framework}|{control}|{item}").as_bytes())
}

/// SHA-256, in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purpose(seed: &str) -> Purpose<'_> {
        Purpose {
            seed,
            framework: "soc2",
            control: "CC6.2",
        }
    }

    #[test]
    fn a_rank_is_what_sha256sum_says() {
        // printf '7|soc2|CC6.2|E1001' | sha256sum
        let drawn = draw(purpose("7"), ["E1001"], 25);
        let expected = "6e40e7ce0a6152543933804b194a53c94144a71349fa3503a2bf7aa124e1aad6";
        assert_eq!(
            drawn,
            [Drawn {
                rank: expected.to_owned(),
                place: 0
            }]
        );
    }

    #[test]
    fn a_sample_has_each_member_once_and_does_not_depend_on_their_order() {
        let items: Vec<String> = (0..100).map(|it| format!("E{it}")).collect();
        let drawn_of = |items: &[String], seed| {
            let drawn = draw(purpose(seed), items.iter().map(String::as_str), 25);
            drawn
                .iter()
                .map(|it| items[it.place].clone())
                .collect::<Vec<_>>()
        };
        let drawn = drawn_of(&items, "1");
        let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
        assert_eq!((drawn.len(), distinct.len()), (25, 25));
        let reversed: Vec<String> = items.iter().rev().cloned().collect();
        assert_eq!(drawn_of(&reversed, "1"), drawn);
        assert_ne!(drawn_of(&items, "2"), drawn);
        assert_eq!(drawn_of(&items[..3], "1").len(), 3);
    }

    #[test]
    fn every_member_is_drawn_as_often_as_any_other() {
        let items: Vec<String> = (0..20).map(|it| it.to_string()).collect();
        let mut times = [0_u32; 20];
        for seed in 0..2_000 {
            let seed = seed.to_string();
            for it in draw(purpose(&seed), items.iter().map(String::as_str), 5) {
                times[it.place] += 1;
            }
        }
        // 500 each are expected, with a standard deviation of 19.
        assert!(times.iter().all(|it| (400..600).contains(it)), "{times:?}");
    }

    #[test]
    fn a_seed_is_a_plain_word() {
        assert_eq!(seed_fault("2026-Q1.a"), None);
        for seed in ["", "a|b", "a b", "é", &"a".repeat(65)] {
            assert!(seed_fault(seed).is_some(), "{seed}");
        }
    }
}

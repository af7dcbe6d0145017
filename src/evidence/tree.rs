//! A whole Merkle tree in memory, and the proofs over it: RFC 6962, sections 2.1.1 and 2.1.2.
//!
//! Whoever only needs the root of what arrives in order has [`RowTree`](super::leaf::RowTree),
//! which keeps almost nothing.

use super::leaf::{Sha256Hash, inner};

/// Levels that a tree can have: 2^63 leaves are more than anybody's.
const LEVELS_MAX: usize = 64;

/// All hashes of the perfect subtrees: 64 bytes a leaf.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The leaves, then the parents of each pair of them, and so on.
    levels: Vec<Vec<Sha256Hash>>,
}

impl Tree {
    pub fn push(&mut self, leaf: Sha256Hash) {
        let mut node = leaf;
        for level in 0..LEVELS_MAX {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else {
                return;
            };
            nodes.push(node);
            match nodes.as_slice() {
                [.., left, right] if nodes.len() % 2 == 0 => node = inner(left, right),
                _ => return,
            }
        }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Hashes `[from, to)` of the nodes `level` levels above the leaves; `None` where one of them
    /// has not all its leaves yet.
    pub fn nodes(&self, level: usize, from: u64, to: u64) -> Option<&[Sha256Hash]> {
        let place = |place: u64| usize::try_from(place).ok();
        self.levels.get(level)?.get(place(from)?..place(to)?)
    }

    /// The root over the first `size` leaves; `None` where there are not as many.
    pub fn root_at(&self, size: u64) -> Option<Sha256Hash> {
        if size == 0 {
            return Some(Sha256Hash::of(&[]));
        }
        self.range(0, size)
    }

    /// What proves that leaf `index` is in the tree of the first `size` leaves: the sibling of each
    /// node on the way to the root, lowest first.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Sha256Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let mut path = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let split = from + left_width(to - from);
            if index < split {
                path.push(self.range(split, to)?);
                to = split;
            } else {
                path.push(self.range(from, split)?);
                from = split;
            }
        }
        path.reverse();
        Some(path)
    }

    /// What proves that the tree of the first `old` leaves is the beginning of that of the first
    /// `new`. Empty where they are the same, or the older has no leaves.
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Sha256Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        let mut path = Vec::new();
        if old == 0 || old == new {
            return Some(path);
        }
        let (mut from, mut to) = (0, new);
        // Whether the older tree's root itself is known to whoever checks.
        let mut whole = true;
        while to != old {
            let split = from + left_width(to - from);
            if old <= split {
                path.push(self.range(split, to)?);
                to = split;
            } else {
                path.push(self.range(from, split)?);
                from = split;
                whole = false;
            }
        }
        if !whole {
            path.push(self.range(from, to)?);
        }
        path.reverse();
        Some(path)
    }

    /// The hash over leaves `[from, to)`, where `from` is a beginning that the definition uses.
    fn range(&self, from: u64, to: u64) -> Option<Sha256Hash> {
        let width = to.checked_sub(from).filter(|width| *width > 0)?;
        if width.is_power_of_two() {
            let level = usize::try_from(width.trailing_zeros()).ok()?;
            let place = usize::try_from(from / width).ok()?;
            return self.levels.get(level)?.get(place).copied();
        }
        let split = from + left_width(width);
        Some(inner(&self.range(from, split)?, &self.range(split, to)?))
    }
}

/// The greatest power of two below `width`, which is at least 2.
fn left_width(width: u64) -> u64 {
    width.next_power_of_two() / 2
}

/// The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); `None` where it has too
/// few or too many hashes for its place.
pub fn root_of_inclusion(
    leaf: Sha256Hash,
    index: u64,
    size: u64,
    path: &[Sha256Hash],
) -> Option<Sha256Hash> {
    if index >= size {
        return None;
    }
    let (mut place, mut last, mut node) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if place % 2 == 1 || place == last {
            node = inner(sibling, &node);
            while place.is_multiple_of(2) && place != 0 {
                place /= 2;
                last /= 2;
            }
        } else {
            node = inner(&node, sibling);
        }
        place /= 2;
        last /= 2;
    }
    (last == 0).then_some(node)
}

/// On which side of the node each hash of an inclusion proof stands, lowest first: `true` for the
/// left. For whoever checks a proof by hand.
pub fn sides(index: u64, size: u64) -> Vec<bool> {
    let mut sides = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let split = from + left_width(to - from);
        let left = index >= split;
        sides.push(left);
        if left {
            from = split;
        } else {
            to = split;
        }
    }
    sides.reverse();
    sides
}

/// Whether the proof shows that a tree of `old` leaves and its root is the beginning of one of
/// `new` (RFC 9162, section 2.1.4.2).
pub fn is_consistent(
    (old, old_root): (u64, Sha256Hash),
    (new, new_root): (u64, Sha256Hash),
    path: &[Sha256Hash],
) -> bool {
    if old > new {
        return false;
    }
    if old == new || old == 0 {
        let empty_is_empty = old != 0 || old_root == Sha256Hash::of(&[]);
        return path.is_empty() && empty_is_empty && (old != new || old_root == new_root);
    }
    let mut hashes = path.iter();
    let first = if old.is_power_of_two() {
        Some(&old_root)
    } else {
        hashes.next()
    };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (old - 1, new - 1);
    while place % 2 == 1 {
        place /= 2;
        last /= 2;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            of_old = inner(hash, &of_old);
            of_new = inner(hash, &of_new);
            while place.is_multiple_of(2) && place != 0 {
                place /= 2;
                last /= 2;
            }
        } else {
            of_new = inner(&of_new, hash);
        }
        place /= 2;
        last /= 2;
    }
    last == 0 && of_old == old_root && of_new == new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::leaf::RowTree;

    const LEAVES: u64 = 130;

    fn leaf(number: u64) -> Sha256Hash {
        Sha256Hash::of(&number.to_be_bytes())
    }

    fn tree() -> Tree {
        let mut tree = Tree::default();
        (0..LEAVES).for_each(|number| tree.push(leaf(number)));
        tree
    }

    #[test]
    fn its_roots_are_those_of_the_tree_that_keeps_nothing() {
        let (tree, mut rows) = (tree(), RowTree::default());
        for size in 0..=LEAVES {
            assert_eq!(tree.root_at(size), Some(rows.root()), "{size} leaves");
            rows.push(leaf(size));
        }
        assert_eq!(tree.root_at(LEAVES + 1), None);
    }

    /// `tlog_tiles` is another's implementation of the same definitions.
    #[test]
    fn every_inclusion_proof_leads_to_the_root_and_another_reader_agrees() {
        let tree = tree();
        for size in [1, 2, 3, 7, 8, 9, 64, 100, LEAVES] {
            let root = tree.root_at(size).expect("root");
            for index in 0..size {
                let path = tree.inclusion(index, size).expect("path");
                let ours = root_of_inclusion(leaf(index), index, size, &path);
                assert_eq!(ours, Some(root), "{index} of {size}");
                assert_eq!(sides(index, size).len(), path.len());
                let proof = path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
                let (root, leaf) = (tlog_tiles::Hash(root.0), tlog_tiles::Hash(leaf(index).0));
                tlog_tiles::check_record(&proof, size, root, index, leaf).expect("agreed");
            }
        }
    }

    #[test]
    fn a_proof_of_another_leaf_place_or_length_leads_elsewhere() {
        let tree = tree();
        let root = tree.root_at(LEAVES);
        let path = tree.inclusion(77, LEAVES).expect("path");
        let (shorter, longer) = (&path[1..], [&path[..], &path[..1]].concat());
        for (index, hash, path) in [
            (77, leaf(78), &path[..]),
            (78, leaf(77), &path[..]),
            (77, leaf(77), shorter),
            (77, leaf(77), &longer),
            (77, leaf(77), &[]),
        ] {
            assert_ne!(root_of_inclusion(hash, index, LEAVES, path), root);
        }
        assert_eq!(tree.inclusion(LEAVES, LEAVES), None);
        assert_eq!(root_of_inclusion(leaf(1), 1, 1, &[]), None);
    }

    #[test]
    fn sides_say_how_a_proof_is_put_together() {
        let tree = tree();
        for index in [0, 1, 63, 64, 127, 128, 129] {
            let path = tree.inclusion(index, LEAVES).expect("path");
            let mut node = leaf(index);
            for (hash, left) in path.iter().zip(sides(index, LEAVES)) {
                node = if left {
                    inner(hash, &node)
                } else {
                    inner(&node, hash)
                };
            }
            assert_eq!(Some(node), tree.root_at(LEAVES), "{index}");
        }
    }

    #[test]
    fn every_beginning_is_proved_and_nothing_else_is() {
        let tree = tree();
        for new in [1, 2, 3, 7, 8, 13, 64, LEAVES] {
            for old in 0..=new {
                let path = tree.consistency(old, new).expect("path");
                let at = |size| (size, tree.root_at(size).expect("root"));
                assert!(is_consistent(at(old), at(new), &path), "{old} of {new}");
                let forked = (old, Sha256Hash::of(b"another history"));
                assert!(!is_consistent(forked, at(new), &path), "{old} of {new}");
                if old > 0 && old < new {
                    assert!(!is_consistent(at(old), forked, &path), "{old} of {new}");
                    assert!(!is_consistent(at(old), at(new), &[]) || path.is_empty());
                    let proof = path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
                    let hash = |(_, root): (u64, Sha256Hash)| tlog_tiles::Hash(root.0);
                    tlog_tiles::check_tree(&proof, new, hash(at(new)), old, hash(at(old)))
                        .expect("agreed");
                }
            }
        }
        assert_eq!(tree.consistency(5, 4), None);
        assert!(!is_consistent((5, leaf(0)), (4, leaf(1)), &[]));
    }
}

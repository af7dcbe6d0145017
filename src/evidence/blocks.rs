//! Roots over blocks of a commit's rows: where a file is not what was written, they tell which of
//! its records still are.

use super::leaf::{RowTree, Sha256Hash};

/// Leaves under the root of one block: the width of a tile of the log too. A power of two, so that
/// a block is a node of the tree over all rows, and a commit of a full segment is 34 KB longer.
pub const BLOCK_LEAVES: usize = 256;

/// The tree over a commit's rows, of which the root of each block is kept.
#[derive(Clone, Debug, Default)]
pub struct RowBlocks {
    whole: Vec<Sha256Hash>,
    last: RowTree,
}

impl RowBlocks {
    /// Takes the next leaf, in the order of offsets.
    pub fn push(&mut self, leaf: Sha256Hash) {
        self.last.push(leaf);
        if self.last.leaves() == BLOCK_LEAVES as u64 {
            self.whole.push(std::mem::take(&mut self.last).root());
        }
    }

    /// The root over all leaves, as RFC 6962 defines it.
    pub fn root(&self) -> Sha256Hash {
        let mut blocks = RowTree::default();
        self.roots().for_each(|root| blocks.push(root));
        blocks.root()
    }

    /// What a commit says of its blocks: nothing where there is only one, whose root is that of
    /// all.
    pub fn stated(&self) -> Vec<Sha256Hash> {
        let roots: Vec<Sha256Hash> = self.roots().collect();
        if roots.len() > 1 { roots } else { Vec::new() }
    }

    fn roots(&self) -> impl Iterator<Item = Sha256Hash> {
        let last = (self.last.leaves() > 0).then(|| self.last.root());
        self.whole.iter().copied().chain(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_over_blocks_is_the_root_over_leaves_for_any_number_of_them() {
        let (mut blocks, mut tree) = (RowBlocks::default(), RowTree::default());
        for leaf in 0..BLOCK_LEAVES * 5 + 3 {
            assert_eq!(blocks.root(), tree.root(), "{leaf} leaves");
            let whole = leaf.div_ceil(BLOCK_LEAVES);
            let stated = if whole > 1 { whole } else { 0 };
            assert_eq!(blocks.stated().len(), stated, "{leaf} leaves");
            let leaf = Sha256Hash::of(&leaf.to_be_bytes());
            blocks.push(leaf);
            tree.push(leaf);
        }
    }
}

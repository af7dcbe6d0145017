//! Leaf hashes of records, and the root of the Merkle tree over them as RFC 6962, section 2.1,
//! defines it (RFC 9162 keeps the definition): one record can be proved without its file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::model::record::{Offset, Stream};

/// A SHA-256 hash; 64 hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Hash(pub [u8; 32]);

/// The tree over leaves that arrive in order, of which only the roots of its perfect subtrees are
/// kept, largest first: at most 64 hashes, whatever the number of leaves.
#[derive(Clone, Debug, Default)]
pub struct RowTree {
    leaves: u64,
    subtrees: Vec<Sha256Hash>,
}

/// The leaf of a record: SHA-256 over
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | 0x00, which tells a leaf from an inner node |
/// | 4 | length of the topic, big-endian |
/// | … | the topic, UTF-8 |
/// | 4 | the partition, big-endian two's complement |
/// | 8 | the offset, big-endian two's complement |
/// | … | the raw bytes as archived |
///
/// Every part before the raw bytes has a stated length, so two records cannot share a form. The
/// origin is in it so that a copy of a record at another place has a leaf of its own.
pub fn leaf(stream: &Stream, offset: Offset, raw: &[u8]) -> Sha256Hash {
    LeafHasher::new(stream).leaf(offset, raw)
}

/// The bytes that [`leaf`] hashes, for whoever checks a record by hand.
pub fn leaf_bytes(stream: &Stream, offset: Offset, raw: &[u8]) -> Vec<u8> {
    let topic = stream.topic.as_bytes();
    let length = u32::try_from(topic.len()).unwrap_or(u32::MAX);
    let parts: [&[u8]; 6] = [
        &[0],
        &length.to_be_bytes(),
        topic,
        &stream.partition.to_be_bytes(),
        &offset.to_be_bytes(),
        raw,
    ];
    parts.concat()
}

/// Makes leaves of one stream: what they share is hashed once.
#[derive(Clone, Debug)]
pub struct LeafHasher {
    stream: Sha256,
}

impl LeafHasher {
    pub fn new(stream: &Stream) -> Self {
        let topic = stream.topic.as_bytes();
        // Topics and paths are far below 4 GiB; were one not, its length would still be stated
        // without ambiguity, since the topic is constant for all leaves of a tree.
        let length = u32::try_from(topic.len()).unwrap_or(u32::MAX);
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(length.to_be_bytes());
        hash.update(topic);
        hash.update(stream.partition.to_be_bytes());
        LeafHasher { stream: hash }
    }

    pub fn leaf(&self, offset: Offset, raw: &[u8]) -> Sha256Hash {
        let mut hash = self.stream.clone();
        hash.update(offset.to_be_bytes());
        hash.update(raw);
        Sha256Hash(hash.finalize().into())
    }
}

impl RowTree {
    pub fn push(&mut self, leaf: Sha256Hash) {
        // Each trailing one bit of the count is a perfect subtree that this leaf completes.
        let mut node = leaf;
        for _ in 0..self.leaves.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = inner(&left, &node);
            }
        }
        self.subtrees.push(node);
        self.leaves += 1;
    }

    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root; of no leaves, the hash of nothing.
    pub fn root(&self) -> Sha256Hash {
        let mut smallest_first = self.subtrees.iter().rev();
        match smallest_first.next() {
            None => Sha256Hash::of(&[]),
            Some(last) => smallest_first.fold(*last, |right, left| inner(left, &right)),
        }
    }
}

/// An inner node: SHA-256 over 0x01 and its two children.
pub(super) fn inner(left: &Sha256Hash, right: &Sha256Hash) -> Sha256Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Sha256Hash(hash.finalize().into())
}

impl Sha256Hash {
    pub fn of(bytes: &[u8]) -> Self {
        Sha256Hash(Sha256::digest(bytes).into())
    }

    /// `None` where the text is not 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != hash.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Sha256Hash(hash))
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Sha256Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Sha256Hash::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a SHA-256 hash has 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    /// MTH of RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Sha256Hash]) -> Sha256Hash {
        match leaves {
            [] => Sha256Hash::of(&[]),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                inner(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn stream(topic: &str, partition: i32) -> Stream {
        Stream {
            topic: Text::from(topic),
            partition,
        }
    }

    #[test]
    fn the_root_is_the_one_that_the_rfc_defines_for_any_number_of_leaves() {
        let stream = stream("okta", 0);
        let mut tree = RowTree::default();
        let mut leaves = Vec::new();
        for offset in 0..200 {
            assert_eq!(tree.root(), by_definition(&leaves), "{offset} leaves");
            leaves.push(leaf(&stream, offset, b"{}"));
            tree.push(leaf(&stream, offset, b"{}"));
        }
        assert_eq!(tree.leaves(), 200);
    }

    /// The leaves and roots that Certificate Transparency's reference implementation tests with.
    #[test]
    fn the_root_is_the_one_of_the_reference_implementation() {
        let inputs: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = RowTree::default();
        assert_eq!(tree.root().to_string(), roots[0]);
        for (input, root) in inputs.iter().zip(&roots[1..]) {
            tree.push(Sha256Hash::of(&[&[0], *input].concat()));
            assert_eq!(tree.root().to_string(), *root);
        }
    }

    #[test]
    fn a_leaf_is_the_hash_of_the_documented_bytes() {
        let bytes = [
            &[0x00][..],
            &[0, 0, 0, 4],
            b"okta",
            &[0, 0, 0, 3],
            &[0, 0, 0, 0, 0, 0, 0x01, 0x02],
            b"{\"a\":1}",
        ];
        let hash = leaf(&stream("okta", 3), 0x0102, b"{\"a\":1}");
        assert_eq!(hash, Sha256Hash::of(&bytes.concat()));
        let stated = leaf_bytes(&stream("okta", 3), 0x0102, b"{\"a\":1}");
        assert_eq!(stated, bytes.concat());
    }

    #[test]
    fn no_two_origins_share_a_leaf() {
        let leaves = [
            leaf(&stream("a", 0), 0, b"x"),
            leaf(&stream("a", 0), 1, b"x"),
            leaf(&stream("a", 1), 0, b"x"),
            leaf(&stream("a\0", 0), 0, b"x"),
            leaf(&stream("a", 0), 0, b"x\0"),
        ];
        let distinct: std::collections::BTreeSet<_> = leaves.iter().collect();
        assert_eq!(distinct.len(), leaves.len());
    }

    #[test]
    fn a_hash_survives_text_and_only_its_own_form_is_read() {
        let hash = Sha256Hash::of(b"x");
        assert_eq!(Sha256Hash::parse(&hash.to_string()), Some(hash));
        let upper = hash.to_string().to_uppercase();
        for text in ["", "ab", upper.as_str(), &format!("{hash}0")] {
            assert_eq!(Sha256Hash::parse(text), None, "{text}");
        }
    }
}

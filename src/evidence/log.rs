//! The log of all commits, in the form of c2sp.org/tlog-tiles: its entries, its tiles, and where
//! they lie.
//!
//! An entry is the line that `sha256sum` prints for a commit's file, so the entries are also a list
//! that `sha256sum -c` checks. A leaf of the log's tree is SHA-256 over 0x00 and that line.

use sha2::{Digest, Sha256};

use super::leaf::{RowTree, Sha256Hash};

/// Hashes of a full tile, and entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Tree levels that one level of tiles spans.
pub const TILE_HEIGHT: usize = 8;
/// Levels of tiles that 2^64 entries would have.
const TILE_LEVELS_MAX: usize = 8;

/// One line of the log: the hash of a commit's file, and its path from the archive's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub sha256: Sha256Hash,
    pub path: String,
}

/// What a file of the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// Entries themselves.
    Entries,
    /// Hashes of the tree, `8 * level` levels above its leaves.
    Hashes { level: usize },
}

/// A file of the log: `width` consecutive entries or hashes from `index * 256` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    pub kind: TileKind,
    pub index: u64,
    pub width: u64,
}

/// The growing end of the log: what its next tiles and its root depend on.
#[derive(Clone, Debug, Default)]
pub struct LogEnd {
    tree: RowTree,
    /// Hashes of the last, partial tile of each level.
    levels: Vec<Vec<Sha256Hash>>,
}

impl LogEntry {
    /// The line, with its line end.
    pub fn to_line(&self) -> String {
        format!("{}  {}\n", self.sha256, self.path)
    }

    /// Reads exactly what [`to_line`](LogEntry::to_line) writes.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (digits, path) = line.split_once("  ")?;
        // `sha256sum` gives a backslash, and a line end, a meaning of their own.
        let plain = path
            .bytes()
            .all(|byte| byte > b' ' && byte != b'\\' && byte < 0x7f);
        (plain && !path.is_empty()).then_some(())?;
        Some(LogEntry {
            sha256: Sha256Hash::parse(digits)?,
            path: path.to_owned(),
        })
    }

    pub fn leaf(&self) -> Sha256Hash {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(self.to_line());
        Sha256Hash(hash.finalize().into())
    }
}

/// Appends an entry to a bundle: its length in two bytes, big-endian, and its line. An entry is far
/// shorter than 64 KiB: paths are made of names of 128 characters.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &LogEntry) {
    let line = entry.to_line();
    let length = u16::try_from(line.len()).unwrap_or(u16::MAX);
    bundle.extend(length.to_be_bytes());
    bundle.extend(line.as_bytes());
}

/// The entries of a bundle; `None` where it is none.
pub fn entries(bundle: &[u8]) -> Option<Vec<LogEntry>> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (line, after) = after.split_at_checked(length)?;
        entries.push(LogEntry::parse(line)?);
        rest = after;
    }
    (entries.len() as u64 <= TILE_WIDTH).then_some(entries)
}

impl TileId {
    /// The path below the log's directory.
    pub fn path(&self) -> String {
        let level = match self.kind {
            TileKind::Entries => "entries".to_owned(),
            TileKind::Hashes { level } => level.to_string(),
        };
        let mut index = format!("{:03}", self.index % 1_000);
        let mut rest = self.index / 1_000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1_000);
            rest /= 1_000;
        }
        let partial = if self.is_full() {
            String::new()
        } else {
            format!(".p/{}", self.width)
        };
        format!("tile/{level}/{index}{partial}")
    }

    /// The file that lies there, if the path is one that a log has.
    pub fn parse(path: &str) -> Option<Self> {
        let (level, place) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match level {
            "entries" => TileKind::Entries,
            digits => TileKind::Hashes {
                level: digits
                    .parse()
                    .ok()
                    .filter(|level| *level < TILE_LEVELS_MAX)?,
            },
        };
        let (digits, width) = match place.split_once(".p/") {
            None => (place, TILE_WIDTH),
            Some((digits, width)) => (digits, width.parse().ok()?),
        };
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let id = TileId {
            kind,
            index: digits.parse().ok()?,
            width,
        };
        (id.path() == path && (1..=TILE_WIDTH).contains(&width)).then_some(id)
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The number of its first entry or hash on its level.
    pub fn first(&self) -> u64 {
        self.index.saturating_mul(TILE_WIDTH)
    }
}

impl LogEnd {
    /// Takes the next leaf and gives the tiles that exist with it and did not before: for each
    /// level that it reaches the one that it is last in.
    pub fn push(&mut self, leaf: Sha256Hash) -> Vec<(TileId, Vec<u8>)> {
        self.tree.push(leaf);
        let mut tiles = Vec::new();
        let mut node = leaf;
        let mut number = self.tree.leaves();
        for level in 0..TILE_LEVELS_MAX {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(level) else {
                break;
            };
            hashes.push(node);
            let id = TileId {
                kind: TileKind::Hashes { level },
                index: (number - 1) / TILE_WIDTH,
                width: hashes.len() as u64,
            };
            tiles.push((id, tile_bytes(hashes)));
            if !id.is_full() {
                break;
            }
            let mut tile = RowTree::default();
            hashes.drain(..).for_each(|hash| tile.push(hash));
            node = tile.root();
            number /= TILE_WIDTH;
        }
        tiles
    }

    pub fn size(&self) -> u64 {
        self.tree.leaves()
    }

    pub fn root(&self) -> Sha256Hash {
        self.tree.root()
    }
}

/// The bytes of a tile: its hashes, one after another.
pub fn tile_bytes(hashes: &[Sha256Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The tiles of hashes that a log of `size` entries has, the partial ones of its end in all their
/// widths: each was the last one for a moment.
pub fn tiles(size: u64) -> Vec<TileId> {
    let mut tiles = Vec::new();
    let mut nodes = size;
    for level in 0..TILE_LEVELS_MAX {
        tiles.extend(level_tiles(TileKind::Hashes { level }, nodes));
        nodes /= TILE_WIDTH;
    }
    tiles
}

/// The bundles of entries that a log of `size` entries has.
pub fn bundles(size: u64) -> impl Iterator<Item = TileId> {
    level_tiles(TileKind::Entries, size)
}

fn level_tiles(kind: TileKind, nodes: u64) -> impl Iterator<Item = TileId> {
    let tile = move |index, width| TileId { kind, index, width };
    let full = (0..nodes / TILE_WIDTH).map(move |index| tile(index, TILE_WIDTH));
    full.chain((1..=nodes % TILE_WIDTH).map(move |width| tile(nodes / TILE_WIDTH, width)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::evidence::tree::Tree;

    fn entry(number: u64) -> LogEntry {
        LogEntry {
            sha256: Sha256Hash::of(&number.to_be_bytes()),
            path: format!("commits/okta/0/{number:012}.json"),
        }
    }

    #[test]
    fn an_entry_is_the_line_of_sha256sum_and_nothing_else_is_read() {
        let entry = entry(7);
        let line = entry.to_line();
        let hash = Sha256Hash::of(&7_u64.to_be_bytes());
        assert_eq!(line, format!("{hash}  commits/okta/0/000000000007.json\n"));
        assert_eq!(LogEntry::parse(line.as_bytes()), Some(entry));
        for wrong in [
            line.trim_end().to_owned(),
            line.replace("  ", " "),
            line.replace("okta", "ok ta"),
            line.replace("okta", "ok\\ta"),
            line.to_uppercase(),
            format!("{hash}  \n"),
        ] {
            assert_eq!(LogEntry::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_bundle_gives_its_entries_back_and_a_cut_one_none() {
        let mut bundle = Vec::new();
        (0..3).for_each(|number| push_entry(&mut bundle, &entry(number)));
        let read = entries(&bundle).expect("entries");
        assert_eq!(read, (0..3).map(entry).collect::<Vec<_>>());
        for end in 1..bundle.len() {
            let cut = entries(&bundle[..end]);
            assert!(cut.is_none_or(|cut| cut.len() < 3), "{end}");
        }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let check = |kind, index, width, path: &str| {
            let id = TileId { kind, index, width };
            assert_eq!(id.path(), path);
            assert_eq!(TileId::parse(path), Some(id));
        };
        check(TileKind::Hashes { level: 0 }, 0, 1, "tile/0/000.p/1");
        check(TileKind::Entries, 0, 256, "tile/entries/000");
        let far = "tile/2/x001/x234/067.p/255";
        check(TileKind::Hashes { level: 2 }, 1_234_067, 255, far);
        for wrong in [
            "tile/0/0",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/x000/001",
            "tile/9/000",
            "tile/x/000",
            "tile/0/000.p/01",
            "checkpoint",
        ] {
            assert_eq!(TileId::parse(wrong), None, "{wrong}");
        }
    }

    /// Writes a log and lets `tlog_tiles`, another's implementation, read it.
    #[test]
    fn another_reader_finds_every_entry_proved_in_our_tiles() {
        const SIZE: u64 = 256 * 2 + 77;
        let (mut end, mut files) = (LogEnd::default(), BTreeMap::new());
        for number in 0..SIZE {
            for (id, bytes) in end.push(entry(number).leaf()) {
                assert_eq!(bytes.len() as u64, id.width * 32);
                files.insert(id.path(), bytes);
            }
        }
        assert_eq!(end.size(), SIZE);
        for expected in tiles(SIZE) {
            assert!(files.contains_key(&expected.path()), "{expected:?}");
        }
        let root = tlog_tiles::Hash(end.root().0);
        let reader = Files(files);
        let hashes = tlog_tiles::TileHashReader::new(SIZE, root, &reader);
        for number in [0, 1, 255, 256, 511, 512, SIZE - 1] {
            let proof = tlog_tiles::prove_record(SIZE, number, &hashes).expect("a proof");
            let leaf = tlog_tiles::record_hash(entry(number).to_line().as_bytes());
            assert_eq!(leaf.0, entry(number).leaf().0);
            tlog_tiles::check_record(&proof, SIZE, root, number, leaf).expect("proved");
        }
    }

    struct Files(BTreeMap<String, Vec<u8>>);

    impl tlog_tiles::TileReader for Files {
        fn height(&self) -> u8 {
            8
        }

        fn read_tiles(
            &self,
            tiles: &[tlog_tiles::Tile],
        ) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
            // The Go form of the path has the height in it, that of the specification has not.
            let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
            Ok(tiles
                .iter()
                .map(|tile| self.0[&path(tile)].clone())
                .collect())
        }

        fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
    }

    #[test]
    fn the_end_and_the_whole_tree_say_the_same() {
        let (mut end, mut tree) = (LogEnd::default(), Tree::default());
        let mut written = BTreeMap::new();
        for number in 0..600 {
            tree.push(entry(number).leaf());
            written.extend(end.push(entry(number).leaf()));
        }
        assert_eq!(tree.root_at(600), Some(end.root()));
        for (id, bytes) in written {
            let TileKind::Hashes { level } = id.kind else {
                panic!("no hashes: {id:?}");
            };
            let hashes = tree.nodes(level * TILE_HEIGHT, id.first(), id.first() + id.width);
            assert_eq!(hashes.map(tile_bytes), Some(bytes), "{id:?}");
        }
        assert_eq!(bundles(600).count(), 2 + 88);
        assert_eq!(tiles(600).len(), 2 + 88 + 2);
    }
}

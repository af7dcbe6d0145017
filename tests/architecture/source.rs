//! One file of code, read and parsed.

use std::fs;
use std::path::Path;

/// A file and its place in the crate. Its text is gone once parsed; lines come from the spans.
pub struct Source {
    /// Relative to the repository, with forward slashes: `src/io/kafka.rs`.
    pub path: String,
    pub line_count: usize,
    pub syntax: syn::File,
}

impl Source {
    pub fn parse(path: &str, text: &str) -> syn::Result<Self> {
        let syntax = syn::parse_file(text)?;
        Ok(Self {
            path: path.to_owned(),
            line_count: text.lines().count(),
            syntax,
        })
    }

    /// The module path inside the library, `["io", "kafka"]`; `None` for all other crates (the
    /// binary, tests, benches) and for `lib.rs`, which only lists the modules.
    pub fn module(&self) -> Option<Vec<String>> {
        let inside = self.path.strip_prefix("src/")?.strip_suffix(".rs")?;
        if inside == "lib" || inside == "main" || inside.starts_with("bin/") {
            return None;
        }
        let module = inside.strip_suffix("/mod").unwrap_or(inside);
        Some(module.split('/').map(str::to_owned).collect())
    }
}

/// Every `.rs` file below the given directories of `root`, in the order of their paths. A tree
/// that does not exist holds nothing; a file that cannot be read or parsed stops the test.
pub fn read(root: &Path, trees: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for tree in trees {
        if root.join(tree).is_dir() {
            collect(root, tree, &mut paths);
        }
    }
    paths.sort();
    paths.iter().map(|path| read_one(root, path)).collect()
}

fn collect(root: &Path, directory: &str, paths: &mut Vec<String>) {
    let entries = fs::read_dir(root.join(directory))
        .unwrap_or_else(|error| panic!("failed to list {directory}: {error}"));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("failed to list {directory}: {error}"));
        let name = entry
            .file_name()
            .into_string()
            .expect("names in this repository are text");
        let path = format!("{directory}/{name}");
        if entry.path().is_dir() {
            collect(root, &path, paths);
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            paths.push(path);
        }
    }
}

fn read_one(root: &Path, path: &str) -> Source {
    let text = fs::read_to_string(root.join(path))
        .unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
    Source::parse(path, &text).unwrap_or_else(|error| {
        panic!(
            "{path}:{}: not valid Rust: {error}",
            error.span().start().line
        )
    })
}

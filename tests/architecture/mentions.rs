//! Every path that a file mentions, spelled out from its root: `crate::io::kafka`, `std::fs::read`.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// One path in one place. The last segment is `*` for a glob import; a macro's name ends in `!`.
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

/// Collects the mentions of a file at `module`. Names that a `use` brings in are replaced by what
/// they stand for, wherever in the file that `use` is: two scopes that give one name two meanings
/// are not told apart.
pub fn of(file: &syn::File, module: &[String]) -> Vec<Mention> {
    let mut imports = Imports {
        module: module.to_vec(),
        names: BTreeMap::new(),
        found: Vec::new(),
    };
    imports.visit_file(file);
    let Imports { names, found, .. } = imports;
    let mut paths = Paths {
        module: module.to_vec(),
        names,
        found,
    };
    paths.visit_file(file);
    paths
        .found
        .sort_by(|one, other| (one.line, &one.path).cmp(&(other.line, &other.path)));
    paths.found
}

/// First pass: what the `use` items name.
struct Imports {
    module: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
    found: Vec<Mention>,
}

impl Imports {
    fn walk(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [prefix, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.walk(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.walk(prefix, tree);
                }
            }
            syn::UseTree::Name(name) if name.ident == "self" && !prefix.is_empty() => {
                self.import(prefix, prefix.last().cloned(), name.span());
            }
            syn::UseTree::Name(name) => {
                self.import(
                    &with(&name.ident),
                    Some(name.ident.to_string()),
                    name.span(),
                );
            }
            syn::UseTree::Rename(rename) => {
                let alias = Some(rename.rename.to_string());
                if rename.ident == "self" && !prefix.is_empty() {
                    self.import(prefix, alias, rename.span());
                } else {
                    self.import(&with(&rename.ident), alias, rename.span());
                }
            }
            syn::UseTree::Glob(glob) => {
                self.import(&[prefix, &["*".to_owned()]].concat(), None, glob.span());
            }
        }
    }

    fn import(&mut self, path: &[String], name: Option<String>, span: proc_macro2::Span) {
        let path = absolute(&self.module, path);
        if let Some(name) = name {
            self.names.insert(name, path.clone());
        }
        self.found.push(Mention {
            path,
            line: span.start().line,
        });
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }
}

/// Second pass: paths in code, in attributes and in the tokens given to macros.
struct Paths {
    module: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
    found: Vec<Mention>,
}

impl Paths {
    fn mention(&mut self, path: &[String], line: usize) {
        let imported = path.first().and_then(|first| self.names.get(first));
        let path = match (imported, path) {
            (Some(imported), [_, rest @ ..]) => [imported, rest].concat(),
            // `self` alone is a value, `crate` alone a visibility.
            (None, [_, _, ..]) => absolute(&self.module, path),
            _ => path.to_vec(),
        };
        self.found.push(Mention { path, line });
    }

    /// Tokens have no grammar here, so everything that looks like a path counts as one.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, tail @ ..] = rest {
            rest = tail;
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(first) => {
                    let (path, tail) = path_in_tokens(first.to_string(), rest);
                    self.mention(&path, first.span().start().line);
                    rest = tail;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// Serde and clap take paths as text: `with = "crate::model::time"`.
    fn scan_literals(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.scan_literals(group.stream()),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    let text = literal.to_string();
                    if let Ok(path) = syn::parse_str::<syn::Path>(text.trim_matches('"')) {
                        self.mention(&segments(&path), line);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(&segments(path), path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut path = segments(&call.path);
        if let Some(name) = path.last_mut() {
            name.push('!');
        }
        self.mention(&path, call.path.span().start().line);
        self.scan(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        self.mention(
            &segments(attribute.path()),
            attribute.path().span().start().line,
        );
        match &attribute.meta {
            syn::Meta::List(list) => {
                self.scan(list.tokens.clone());
                self.scan_literals(list.tokens.clone());
            }
            syn::Meta::NameValue(value) => visit::visit_meta_name_value(self, value),
            syn::Meta::Path(_) => {}
        }
    }

    /// `pub(super)` and `pub(in crate::io)` name an ancestor: never an import.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// Reads on from a path's first name; returns the path and what follows it.
fn path_in_tokens(first: String, mut rest: &[TokenTree]) -> (Vec<String>, &[TokenTree]) {
    let is = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    let mut path = vec![first];
    while let [one, two, TokenTree::Ident(next), tail @ ..] = rest {
        if !is(one, ':') || !is(two, ':') {
            break;
        }
        path.push(next.to_string());
        rest = tail;
    }
    // A macro's arguments follow in a group: `a != b` is no call.
    if let ([mark, TokenTree::Group(_), ..], Some(name)) = (rest, path.last_mut())
        && is(mark, '!')
    {
        name.push('!');
    }
    (path, rest)
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

/// Spells out `self`, `super` and our own crate's name; all else stands as written.
fn absolute(module: &[String], path: &[String]) -> Vec<String> {
    let mut base: Option<Vec<String>> = None;
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        match (first.as_str(), &mut base) {
            ("crate" | "tenure", None) => base = Some(Vec::new()),
            ("self", None) => base = Some(module.to_vec()),
            ("super", None) => base = Some(parent(module)),
            ("super", Some(base)) => *base = parent(base),
            _ => break,
        }
        rest = tail;
    }
    match base {
        Some(base) => [&["crate".to_owned()], base.as_slice(), rest].concat(),
        None => rest.to_vec(),
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module
        .split_last()
        .map(|(_, above)| above.to_vec())
        .unwrap_or_default()
}

//! The rules themselves. Each takes the sources and returns what is wrong, where, and what to do.

use crate::mentions::{self, Mention};
use crate::source::Source;
use proc_macro2::{Span, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fmt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// What each module may import, in the order in which data flows. The same table as in
/// ARCHITECTURE.md: a new row or cell is a design change, with a commit and a paragraph of its own.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("normalize", &["model"]),
    ("identity", &["model"]),
    ("assess", &["model", "identity"]),
    ("sigma", &["model"]),
    ("answer", &["model", "identity", "assess"]),
    ("alert", &["model", "identity"]),
    ("evidence", &["model"]),
    (
        "engine",
        &[
            "model",
            "normalize",
            "identity",
            "assess",
            "sigma",
            "alert",
            "evidence",
        ],
    ),
    ("config", &["model"]),
    ("telemetry", &["model"]),
    ("io", &["model", "evidence", "config", "telemetry"]),
    ("query", &["model", "evidence", "telemetry", "io"]),
    ("report", &["model", "assess", "evidence"]),
    (
        "service",
        &[
            "model",
            "normalize",
            "identity",
            "assess",
            "sigma",
            "answer",
            "alert",
            "evidence",
            "engine",
            "config",
            "telemetry",
            "io",
        ],
    ),
    ("http", &["model", "config", "telemetry", "service"]),
    ("simulate", &["model"]),
    (
        "cli",
        &[
            "simulate",
            "model",
            "normalize",
            "identity",
            "assess",
            "sigma",
            "answer",
            "alert",
            "evidence",
            "engine",
            "config",
            "telemetry",
            "io",
            "query",
            "report",
            "service",
            "http",
        ],
    ),
];

/// Modules that compute: same input, same bytes out.
const CORE: &[&str] = &[
    "model",
    "normalize",
    "identity",
    "assess",
    "sigma",
    "answer",
    "alert",
    "evidence",
    "engine",
];

/// What the core must not touch: a path forbids everything below it.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::io",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "jiff::tz::TimeZone::system",
    "tokio",
    "rdkafka",
    "fjall",
    "reqwest",
    "object_store",
    "axum",
    "rand",
    "getrandom",
    "fastrand",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
];

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 600;

const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "managers", "manager", "misc",
];

pub struct Complaint {
    path: String,
    line: usize,
    what: String,
    instead: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            what,
            instead,
        } = self;
        write!(f, "{path}:{line}: {what}\n  instead: {instead}")
    }
}

impl Source {
    fn complain(&self, line: usize, what: String, instead: &str) -> Complaint {
        Complaint {
            path: self.path.clone(),
            line,
            what,
            instead: instead.to_owned(),
        }
    }
}

/// The import table.
pub fn imports(sources: &[Source]) -> Vec<Complaint> {
    sources
        .iter()
        .filter_map(|source| Some((source, source.module()?)))
        .flat_map(|(source, module)| imports_of(source, &module))
        .collect()
}

fn imports_of(source: &Source, module: &[String]) -> Vec<Complaint> {
    let Some(own) = module.first() else {
        return Vec::new();
    };
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| name == own) else {
        let what = format!("`{own}` is not in the table of modules");
        let instead = "put the file into a module of the table in ARCHITECTURE.md; a new row is a \
                       design change";
        return vec![source.complain(1, what, instead)];
    };
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for Mention { path, line } in mentions::of(&source.syntax, module) {
        let Some((what, instead)) = import_fault(own, allowed, &path) else {
            continue;
        };
        if seen.insert(what.clone()) {
            complaints.push(source.complain(line, what, &instead));
        }
    }
    complaints
}

/// What is wrong with naming `path` inside the module `own`, and what to write instead.
fn import_fault(own: &str, allowed: &[&str], path: &[String]) -> Option<(String, String)> {
    let (first, rest) = path.split_first()?;
    if first != "crate" {
        return None;
    }
    let by_name = "name the module that holds it: `use crate::model::Event`".to_owned();
    match rest.first().map(String::as_str) {
        None | Some("*") => Some((format!("`{own}` imports the whole crate"), by_name)),
        Some(target) if target == own || allowed.contains(&target) => None,
        Some(target) if TABLE.iter().any(|(name, _)| *name == target) => {
            let may = if allowed.is_empty() {
                "nothing of ours".to_owned()
            } else {
                allowed.join(", ")
            };
            let instead = format!(
                "`{own}` may import {may}; take the value as a parameter, or move the code to a \
                 module that may import `{target}`. A new cell in the table is a design change"
            );
            Some((format!("`{own}` imports `{target}`"), instead))
        }
        Some(target) => Some((
            format!("`{own}` imports `{target}` from the crate's root"),
            by_name,
        )),
    }
}

/// The core does no I/O and asks for no time, chance or environment.
pub fn purity(sources: &[Source]) -> Vec<Complaint> {
    sources
        .iter()
        .filter_map(|source| Some((source, source.module()?)))
        .filter(|(_, module)| {
            module
                .first()
                .is_some_and(|own| CORE.contains(&own.as_str()))
        })
        .flat_map(|(source, module)| purity_of(source, &module))
        .collect()
}

fn purity_of(source: &Source, module: &[String]) -> Vec<Complaint> {
    let own = module.first().map(String::as_str).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for Mention { path, line } in mentions::of(&source.syntax, module) {
        let Some(outside) = OUTSIDE.iter().find(|outside| reaches(&path, outside)) else {
            continue;
        };
        if seen.insert(outside) {
            let what = format!("`{own}` uses `{outside}`, and the core touches nothing outside it");
            let instead = match *outside {
                "std::net" => "IP addresses are values: take them from `core::net`",
                _ => {
                    "take what it would give as a parameter or an `Input`, return an `Effect`, or \
                     move the code to `io` or `service`"
                }
            };
            complaints.push(source.complain(line, what, instead));
        }
    }
    complaints
}

/// Whether `path` names `outside`, something below it, or a glob that brings it in.
fn reaches(path: &[String], outside: &str) -> bool {
    if outside.ends_with('!') {
        return path.last().is_some_and(|name| name == outside);
    }
    let outside: Vec<&str> = outside.split("::").collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [above @ .., "*"] => outside.starts_with(above) || above.starts_with(&outside),
        path => path.starts_with(&outside),
    }
}

/// Functions fit a screen and files have one subject.
pub fn sizes(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources {
        let lines = source.line_count;
        if lines > FILE_LINES_MAX {
            let what = format!("the file has {lines} lines; the limit is {FILE_LINES_MAX}");
            let instead = "find its second subject and give it a file of its own";
            complaints.push(source.complain(lines, what, instead));
        }
        let mut long = LongFunctions(Vec::new());
        long.visit_file(&source.syntax);
        for (name, line, lines) in long.0 {
            let what =
                format!("function `{name}` has {lines} lines; the limit is {FUNCTION_LINES_MAX}");
            let instead = "keep the decisions here and move the computing into functions below it";
            complaints.push(source.complain(line, what, instead));
        }
    }
    complaints
}

/// Name, line and length of each. Attributes and docs do not count. What a macro wraps
/// (`proptest!`) is not parsed here: for that the limit of the file stands alone.
struct LongFunctions(Vec<(String, usize, usize)>);

impl LongFunctions {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let last = block.brace_token.span.close().end().line;
        let lines = last - first + 1;
        if lines > FUNCTION_LINES_MAX {
            self.0.push((signature.ident.to_string(), first, lines));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// No module is a drawer.
pub fn names(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources {
        let in_path = source
            .path
            .trim_end_matches(".rs")
            .split('/')
            .map(|part| (part.to_owned(), 1));
        let mut inline = InlineModules(Vec::new());
        inline.visit_file(&source.syntax);
        for (name, line) in in_path.chain(inline.0) {
            if EMPTY_NAMES.contains(&name.as_str()) {
                let what = format!("`{name}` says nothing about what the module holds");
                let instead = "name it after its subject (`broker`, `company`), or move each \
                               function to the module that uses it";
                complaints.push(source.complain(line, what, instead));
            }
        }
    }
    complaints
}

struct InlineModules(Vec<(String, usize)>);

impl<'ast> Visit<'ast> for InlineModules {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // `mod name;` is judged by its file.
        if item.content.is_some() {
            self.0
                .push((item.ident.to_string(), item.ident.span().start().line));
        }
        visit::visit_item_mod(self, item);
    }
}

/// Nothing is skipped and nothing is left for later.
pub fn leftovers(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources {
        let mut leftovers = Leftovers(Vec::new());
        leftovers.visit_file(&source.syntax);
        for (what, span, instead) in leftovers.0 {
            complaints.push(source.complain(span.start().line, format!("`{what}`"), instead));
        }
    }
    complaints
}

const RUN_IT: &str = "make the test pass or delete it; what needs a real part starts it itself";
const FINISH_IT: &str = "finish it, or leave the function out until somebody needs it";

struct Leftovers(Vec<(&'static str, Span, &'static str)>);

impl Leftovers {
    fn macro_named(&mut self, name: &proc_macro2::Ident) {
        if name == "todo" {
            self.0.push(("todo!", name.span(), FINISH_IT));
        } else if name == "unimplemented" {
            self.0.push(("unimplemented!", name.span(), FINISH_IT));
        }
    }

    fn scan_calls(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
        for (index, token) in tokens.iter().enumerate() {
            match (token, tokens.get(index + 1), tokens.get(index + 2)) {
                (TokenTree::Ident(name), Some(mark), Some(TokenTree::Group(_)))
                    if is(mark, '!') =>
                {
                    self.macro_named(name);
                }
                (mark, Some(TokenTree::Group(attribute)), _) if is(mark, '#') => {
                    self.scan_attribute(attribute.stream());
                }
                (TokenTree::Group(group), ..) => self.scan_calls(group.stream()),
                _ => {}
            }
        }
    }

    fn scan_attribute(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) if name == "ignore" => {
                    self.0.push(("#[ignore]", name.span(), RUN_IT));
                }
                TokenTree::Group(group) => self.scan_attribute(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Leftovers {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let path = attribute.path();
        if path.is_ident("ignore") {
            self.0.push(("#[ignore]", path.span(), RUN_IT));
        } else if let (true, syn::Meta::List(list)) = (path.is_ident("cfg_attr"), &attribute.meta) {
            self.scan_attribute(list.tokens.clone());
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(segment) = call.path.segments.last() {
            self.macro_named(&segment.ident);
        }
        self.scan_calls(call.tokens.clone());
    }
}

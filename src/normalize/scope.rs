//! Where a mapping's values are looked up: paths followed, alternatives tried, conditions asked.

use std::borrow::Cow;

use super::function::{Function, apply, apply_all, apply_to_container};
use super::json::{Doc, Node};
use super::value::{Alternative, Choice, Condition, Part, Path, Source, Start, Step, Test, Value};

/// Where values are looked up: one item of one record.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub doc: Doc<'a>,
    pub record: Node,
    pub item: Node,
    /// Null in a rule without `each`.
    pub element: Node,
}

impl<'a> Scope<'a> {
    /// The first alternative that is present.
    pub fn text<'s>(&self, value: &'s Value) -> Option<Cow<'s, str>>
    where
        'a: 's,
    {
        value
            .0
            .iter()
            .find_map(|alternative| self.text_of(alternative))
    }

    /// All values of the first alternative that has any.
    pub fn texts(&self, value: &Value) -> Vec<String> {
        let all = value.0.iter().map(|alternative| self.all_of(alternative));
        all.into_iter()
            .find(|texts| !texts.is_empty())
            .unwrap_or_default()
    }

    /// The value itself, null included, for the rare reader that needs more than its text.
    pub fn node(&self, value: &Value) -> Option<Node> {
        value
            .0
            .iter()
            .find_map(|alternative| self.node_of(alternative))
    }

    pub fn node_of(&self, alternative: &Alternative) -> Option<Node> {
        let Source::Path(path) = &alternative.source else {
            return None;
        };
        if !self.all_hold(&alternative.when) {
            return None;
        }
        let mut found = None;
        self.visit(path, &mut |node| {
            found = Some(node);
            true
        });
        found
    }

    /// The text of one alternative, its functions applied.
    pub fn text_of<'s>(&self, alternative: &'s Alternative) -> Option<Cow<'s, str>>
    where
        'a: 's,
    {
        if !self.all_hold(&alternative.when) {
            return None;
        }
        let functions = &alternative.functions;
        match &alternative.source {
            Source::Literal(text) => apply(functions, self.doc, Cow::Borrowed(text)),
            Source::Path(path) => self.first(path, functions).or_else(|| {
                let texts = self.embedded(path);
                texts
                    .into_iter()
                    .find_map(|text| apply(functions, self.doc, Cow::Owned(text)))
            }),
            Source::Template(parts) => apply(functions, self.doc, Cow::Owned(self.filled(parts)?)),
        }
    }

    pub fn all_hold(&self, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| self.holds(condition))
    }

    pub fn any_holds(&self, conditions: &[Condition]) -> bool {
        conditions.iter().any(|condition| self.holds(condition))
    }

    /// Whether it holds for any of the texts that its path leads to.
    fn holds(&self, condition: &Condition) -> bool {
        let mut holds = false;
        for alternative in &condition.value.0 {
            if let (Source::Path(path), []) =
                (&alternative.source, alternative.functions.as_slice())
                && path.plain
                && !matches!(condition.test, Test::Present)
                && let Some(text) = self.plain(path).map(|node| self.doc.text(node))
                && text.is_some()
            {
                holds |= text.is_some_and(|text| self.passes(&condition.test, &text));
                continue;
            }
            if let (Test::Present, Source::Path(path), []) = (
                &condition.test,
                &alternative.source,
                alternative.functions.as_slice(),
            ) {
                self.visit(path, &mut |node| {
                    holds = self.doc.is_present(node);
                    holds
                });
                holds |= !self.embedded(path).is_empty();
                continue;
            }
            self.each_text(alternative, &mut |text| {
                holds = self.passes(&condition.test, text);
                holds
            });
        }
        holds != condition.negated
    }

    fn passes(&self, test: &Test, text: &str) -> bool {
        match test {
            Test::Present => true,
            Test::OneOf(values) => values.iter().any(|value| value.eq_ignore_ascii_case(text)),
            Test::Matches(pattern) => pattern.is_match(text),
            Test::Equals(other) => self
                .text(other)
                .is_some_and(|other| other.eq_ignore_ascii_case(text)),
        }
    }

    /// Visits the texts of one alternative, functions applied, until one is enough.
    fn each_text(&self, alternative: &Alternative, visit: &mut dyn FnMut(&str) -> bool) {
        let apply_and_visit = |text: Cow<'_, str>, visit: &mut dyn FnMut(&str) -> bool| {
            if alternative.functions.is_empty() {
                visit(&text)
            } else {
                let all = apply_all(&alternative.functions, self.doc, text);
                all.iter().any(|text| visit(text))
            }
        };
        let Source::Path(path) = &alternative.source else {
            if let Some(text) = self.text_of(alternative) {
                visit(&text);
            }
            return;
        };
        let mut any = false;
        self.visit(path, &mut |node| {
            any = true;
            match node {
                Node::Array(_) => self
                    .doc
                    .elements(node)
                    .filter_map(|one| self.doc.text(one))
                    .any(|text| apply_and_visit(text, visit)),
                Node::Object(_) => {
                    let made = apply_to_container(&alternative.functions, self.doc, node);
                    made.is_some_and(|texts| texts.iter().any(|text| visit(text)))
                }
                _ => self
                    .doc
                    .text(node)
                    .is_some_and(|text| apply_and_visit(text, visit)),
            }
        });
        if !any {
            let mut texts = self.embedded(path).into_iter();
            texts.any(|text| apply_and_visit(Cow::Owned(text), visit));
        }
    }

    /// The texts that a path leads to within a text that is JSON itself, as exports write what was
    /// an object once. Empty unless a reader has just met such a text.
    fn embedded(&self, path: &Path) -> Vec<String> {
        let mut texts = Vec::new();
        if !self.doc.take_embedded() {
            return texts;
        }
        let mut node = self.start(path);
        let mut steps = path.steps.as_slice();
        while let Some((step, rest)) = steps.split_first() {
            let mut fields = step.fields.iter();
            let Some(found) = fields.find_map(|name| self.doc.field(node, name)) else {
                break;
            };
            if let Node::Str(text) = found {
                self.doc.within(self.doc.str(text), |doc| {
                    let root = doc.root();
                    let (record, item, element) = (root, root, Node::Null);
                    let inner = Scope {
                        doc,
                        record,
                        item,
                        element,
                    };
                    inner.walk_chosen(root, &step.choice, rest, &mut |node| {
                        let one = doc.text(node).into_iter();
                        let listed = doc.elements(node).filter_map(|one| doc.text(one));
                        texts.extend(one.chain(listed).map(Cow::into_owned));
                        false
                    });
                });
                break;
            }
            (node, steps) = (found, rest);
        }
        texts
    }

    fn filled(&self, parts: &[Part]) -> Option<String> {
        let mut filled = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Path(path, functions) => {
                    let value = self.first(path, functions).or_else(|| {
                        let texts = self.embedded(path).into_iter();
                        let mut made =
                            texts.filter_map(|text| apply(functions, self.doc, Cow::Owned(text)));
                        made.next()
                    });
                    filled.push_str(&value?);
                }
            }
        }
        Some(filled)
    }

    fn all_of(&self, alternative: &Alternative) -> Vec<String> {
        if !self.all_hold(&alternative.when) {
            return Vec::new();
        }
        let functions = &alternative.functions;
        let made = |text: Cow<'_, str>| apply_all(functions, self.doc, text);
        let mut texts = Vec::new();
        match &alternative.source {
            Source::Path(path) => {
                self.visit(path, &mut |node| {
                    match node {
                        Node::Array(_) => {
                            let listed = self.doc.elements(node);
                            let listed = listed.filter_map(|one| self.doc.text(one));
                            texts.extend(listed.flat_map(made));
                        }
                        Node::Object(_) => {
                            let found = apply_to_container(functions, self.doc, node);
                            texts.extend(found.into_iter().flatten());
                        }
                        _ => texts.extend(self.doc.text(node).into_iter().flat_map(made)),
                    }
                    false
                });
                let embedded = self.embedded(path).into_iter();
                texts.extend(embedded.flat_map(|text| made(Cow::Owned(text))));
            }
            Source::Literal(text) => texts = made(Cow::Borrowed(text)),
            Source::Template(parts) => {
                let filled = self.filled(parts).into_iter();
                texts.extend(filled.flat_map(|text| made(Cow::Owned(text))));
            }
        }
        texts
    }

    /// The first text that the functions make something of.
    fn first(&self, path: &Path, functions: &[Function]) -> Option<Cow<'a, str>> {
        if path.plain && functions.is_empty() {
            return match self.plain(path)? {
                list @ Node::Array(_) => self.doc.elements(list).find_map(|one| self.doc.text(one)),
                Node::Object(_) => {
                    self.doc.surprise();
                    None
                }
                scalar => self.doc.text(scalar),
            };
        }
        let mut found = None;
        let read = |node: Node| apply(functions, self.doc, self.doc.text(node)?);
        self.visit(path, &mut |node| {
            // A list where one value is asked for: its first. (Lists are read with `texts`.)
            found = match node {
                Node::Array(_) => self.doc.elements(node).find_map(read),
                Node::Object(_) => {
                    let made = apply_to_container(functions, self.doc, node);
                    if made.is_none() {
                        self.doc.surprise();
                    }
                    let first = made.and_then(|texts| texts.into_iter().next());
                    first.map(Cow::Owned)
                }
                _ => read(node),
            };
            found.is_some()
        });
        found
    }

    /// Visits what the path leads to until `visit` says it has enough.
    pub fn visit(&self, path: &Path, visit: &mut dyn FnMut(Node) -> bool) {
        if path.plain {
            if let Some(node) = self.plain(path) {
                visit(node);
            }
        } else {
            self.walk(self.start(path), &path.steps, visit);
        }
    }

    fn start(&self, path: &Path) -> Node {
        match path.from {
            Start::Item => self.item,
            Start::Record => self.record,
            Start::Element => self.element,
        }
    }

    /// Most paths are names alone; they are followed without a detour.
    fn plain(&self, path: &Path) -> Option<Node> {
        let mut node = self.start(path);
        let mut steps = path.steps.iter();
        while let Some(step) = steps.next() {
            let name = step.fields.first()?;
            let Some(found) = self.doc.field(node, name) else {
                return self.plain_joined(path);
            };
            let scalar = !matches!(found, Node::Object(_) | Node::Array(_) | Node::Null);
            if scalar && steps.len() > 0 {
                self.doc.surprise_below(found);
                return None;
            }
            node = found;
        }
        Some(node)
    }

    fn plain_joined(&self, path: &Path) -> Option<Node> {
        if !self.doc.is_dotted() {
            return None;
        }
        let mut found = None;
        self.walk(self.start(path), &path.steps, &mut |node| {
            found = Some(node);
            true
        });
        found
    }

    fn walk(&self, node: Node, steps: &[Step], visit: &mut dyn FnMut(Node) -> bool) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return visit(node);
        };
        let is_there = |field: &Node| !matches!(field, Node::Null);
        let found = match step.fields.as_slice() {
            [only] => self.doc.field(node, only),
            fields => fields
                .iter()
                .filter_map(|name| self.doc.field(node, name))
                .find(is_there),
        };
        let Some(found) = found else {
            return self.doc.is_dotted() && self.walk_joined(node, steps, visit);
        };
        if !rest.is_empty() && !matches!(found, Node::Object(_) | Node::Array(_) | Node::Null) {
            self.doc.surprise_below(found);
        }
        self.walk_chosen(found, &step.choice, rest, visit)
    }

    /// Goes on from a field that was found, by its choice of elements.
    fn walk_chosen(
        &self,
        found: Node,
        choice: &Choice,
        rest: &[Step],
        visit: &mut dyn FnMut(Node) -> bool,
    ) -> bool {
        match (choice, found) {
            (Choice::Each, Node::Array(_)) => self
                .doc
                .elements(found)
                .any(|one| self.walk(one, rest, visit)),
            (Choice::Itself | Choice::Each, _) => self.walk(found, rest, visit),
            (Choice::Where { field, values }, Node::Array(_)) => self
                .doc
                .elements(found)
                .filter(|one| self.is_chosen(*one, field, values))
                .any(|one| self.walk(one, rest, visit)),
            (Choice::Where { field, values }, _) => {
                self.is_chosen(found, field, values) && self.walk(found, rest, visit)
            }
        }
    }

    /// Reads `a.b.c` where an object has a field of the name `a.b` or `a.b.c`, as flattened records do.
    fn walk_joined(&self, node: Node, steps: &[Step], visit: &mut dyn FnMut(Node) -> bool) -> bool {
        let Some((step, mut rest)) = steps.split_first() else {
            return false;
        };
        let mut names = step.fields.clone();
        let mut choice = &step.choice;
        while let (Choice::Itself, Some((next, after))) = (choice, rest.split_first()) {
            let with_each = |joined: &String| {
                let after = next.fields.iter();
                after
                    .map(|name| format!("{joined}.{name}"))
                    .collect::<Vec<_>>()
            };
            names = names.iter().flat_map(with_each).collect();
            (choice, rest) = (&next.choice, after);
            if names
                .iter()
                .any(|name| self.doc.field(node, name).is_some())
            {
                let fields = names;
                let choice = choice.clone();
                let joined = [&[Step { fields, choice }], rest].concat();
                return self.walk(node, &joined, visit);
            }
        }
        false
    }

    fn is_chosen(&self, node: Node, field: &str, values: &[String]) -> bool {
        let text = self
            .doc
            .field(node, field)
            .and_then(|field| self.doc.text(field));
        text.is_some_and(|text| values.iter().any(|value| value.eq_ignore_ascii_case(&text)))
    }
}

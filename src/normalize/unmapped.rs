//! What of a record its mapping does not read: fields that no path leads to, and fields of another
//! type than the mapping expects.

use serde_json::{Map, Number, Value};

use super::json::{Doc, Node};
use super::scope::Scope;
use super::value::{Choice, Path, Start, Step};
use crate::model::Text;
use crate::model::limits::MISTYPED_FIELDS_MAX;

/// The fields that a mapping reads.
#[derive(Debug, Default)]
pub struct Known {
    item: Fields,
    /// What is read around the items, where one record holds several.
    around: Option<Fields>,
}

/// What is read at and below one field.
#[derive(Debug, Default)]
struct Fields {
    /// A text, or a list of texts, is read right here.
    read: bool,
    /// Everything below is read as an item.
    items: bool,
    named: Vec<(String, Fields)>,
    /// Below a list, what is read of the elements whose field has one of these values.
    chosen: Vec<(String, Vec<String>, Fields)>,
}

impl Known {
    /// `paths` are all that a mapping has, `lists` those of its rules' own `each`, `items` is the
    /// list of its events.
    pub fn new(paths: &[Path], lists: &[Path], items: Option<&Path>) -> Self {
        let expanded = |paths: &[Path]| paths.iter().flat_map(alternatives).collect::<Vec<_>>();
        let (paths, lists) = (&expanded(paths), &expanded(lists));
        let items = items.map_or_else(Vec::new, alternatives);
        let mut known = Known {
            around: (!items.is_empty()).then(Fields::default),
            ..Known::default()
        };
        for path in paths {
            match (path.from, &mut known.around) {
                (Start::Record, Some(around)) => around.add(&path.steps).read = true,
                (Start::Item | Start::Record, _) => known.item.add(&path.steps).read = true,
                (Start::Element, _) => known.add_element(lists, &path.steps),
            }
        }
        if let Some(around) = &mut known.around {
            for list in &items {
                around.add(&list.steps).items = true;
            }
            // The list of events has the record's time and actor beside it in some formats.
            for path in paths.iter().filter(|path| path.from == Start::Item) {
                around.add(&path.steps).read = true;
            }
        }
        known
    }

    fn add_element(&mut self, lists: &[Path], steps: &[Step]) {
        for list in lists {
            let of = match (list.from, &mut self.around) {
                (Start::Record, Some(around)) => around,
                _ => &mut self.item,
            };
            of.add(&list.steps).add(steps).read = true;
        }
    }

    /// Everything of the item, and of the record around it, that is not read, as it was written.
    pub fn left(&self, scope: &Scope<'_>) -> Map<String, Value> {
        let around = self.around.as_ref().map(|around| (around, scope.record));
        let parts = around.into_iter().chain([(&self.item, scope.item)]);
        let mut left = Map::new();
        for (fields, node) in parts {
            if let Some(Value::Object(more)) = left_in(&[fields], scope.doc, node) {
                left.extend(more);
            }
        }
        left
    }

    /// The fields of another type than the mapping expects, by their paths.
    pub fn mistyped(&self, scope: &Scope<'_>) -> Vec<Text> {
        let mut found = Vec::new();
        mistyped_in(&[&self.item], scope.doc, scope.item, "", &mut found);
        found
    }
}

/// The path by each of the names that its steps may have.
fn alternatives(path: &Path) -> Vec<Path> {
    let mut all = vec![Vec::new()];
    for step in &path.steps {
        let longer = |before: &Vec<Step>| {
            let named = step.fields.iter().map(|name| {
                let (fields, choice) = (vec![name.clone()], step.choice.clone());
                [before.as_slice(), &[Step { fields, choice }]].concat()
            });
            named.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
        all.truncate(ALTERNATIVES_MAX);
    }
    all.into_iter()
        .map(|steps| Path::new(path.from, steps))
        .collect()
}

/// Ways to write one path that are known by name; a path with more is an odd one.
const ALTERNATIVES_MAX: usize = 64;

impl Fields {
    fn add(&mut self, steps: &[Step]) -> &mut Fields {
        let Some((step, rest)) = steps.split_first() else {
            return self;
        };
        let name = step.fields.first().map_or("", String::as_str);
        self.named(name).choice(&step.choice).add(rest)
    }

    fn named(&mut self, name: &str) -> &mut Fields {
        let known = self.named.iter().position(|(known, _)| known == name);
        let index = known.unwrap_or_else(|| {
            self.named.push((name.to_owned(), Fields::default()));
            self.named.len() - 1
        });
        let (_, fields) = self.named.get_mut(index).expect("an index of a field");
        fields
    }

    fn choice(&mut self, choice: &Choice) -> &mut Fields {
        let Choice::Where { field, values } = choice else {
            return self;
        };
        let known = self
            .chosen
            .iter()
            .position(|(known, of, _)| known == field && of == values);
        let index = known.unwrap_or_else(|| {
            let mut fields = Fields::default();
            fields.named(field).read = true;
            self.chosen.push((field.clone(), values.clone(), fields));
            self.chosen.len() - 1
        });
        let (_, _, fields) = self.chosen.get_mut(index).expect("an index of a choice");
        fields
    }

    fn leads_on(&self) -> bool {
        !self.named.is_empty() || !self.chosen.is_empty()
    }
}

/// What is read at `node`: of `fields`, those that the node's own values choose as well.
fn applying<'f>(fields: &[&'f Fields], doc: Doc<'_>, node: Node) -> Vec<&'f Fields> {
    let mut applying = fields.to_vec();
    for fields in fields {
        for (field, values, chosen) in &fields.chosen {
            let text = doc.field(node, field).and_then(|field| doc.text(field));
            let is_one = |text: &str| values.iter().any(|value| value.eq_ignore_ascii_case(text));
            if text.is_some_and(|text| is_one(&text)) {
                applying.push(chosen);
            }
        }
    }
    applying
}

/// `a.b` is the field of that name, or what is below `a` and then `b`.
fn below<'f>(fields: &[&'f Fields], key: &str) -> Vec<&'f Fields> {
    let named = fields.iter().flat_map(|fields| &fields.named);
    let found: Vec<&Fields> = named
        .filter(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, fields)| fields)
        .collect();
    match key.split_once('.') {
        Some((first, rest)) if found.is_empty() => below(&below(fields, first), rest),
        _ => found,
    }
}

fn left_in(fields: &[&Fields], doc: Doc<'_>, node: Node) -> Option<Value> {
    if fields.is_empty() {
        return written(doc, node);
    }
    if fields.iter().any(|fields| fields.items) {
        return None;
    }
    match node {
        Node::Array(_) => {
            let left = doc
                .elements(node)
                .filter_map(|one| left_in(fields, doc, one));
            let left: Vec<Value> = left.collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
        Node::Object(_) => {
            let fields = applying(fields, doc, node);
            let mut left = Map::new();
            for (key, field) in doc.fields(node) {
                if let Some(value) = left_in(&below(&fields, key), doc, field) {
                    left.insert(key.to_owned(), value);
                }
            }
            (!left.is_empty()).then_some(Value::Object(left))
        }
        _ if fields.iter().any(|fields| fields.read) => None,
        scalar => written(doc, scalar),
    }
}

fn mistyped_in(fields: &[&Fields], doc: Doc<'_>, node: Node, path: &str, found: &mut Vec<Text>) {
    if fields.is_empty() || found.len() >= MISTYPED_FIELDS_MAX {
        return;
    }
    let read = fields.iter().any(|fields| fields.read || fields.items);
    let leads_on = fields.iter().any(|fields| fields.leads_on());
    let surprising = match node {
        Node::Array(_) => {
            for element in doc.elements(node) {
                mistyped_in(fields, doc, element, path, found);
            }
            return;
        }
        Node::Object(_) if leads_on => {
            let fields = applying(fields, doc, node);
            for (key, field) in doc.fields(node) {
                let path = match path {
                    "" => key.to_owned(),
                    path => format!("{path}.{key}"),
                };
                mistyped_in(&below(&fields, key), doc, field, &path, found);
            }
            return;
        }
        Node::Object(_) => doc.keys(node).next().is_some(),
        scalar => !read && doc.text(scalar).is_some(),
    };
    let path = Text::from(path);
    if surprising && !found.contains(&path) {
        found.push(path);
    }
}

/// A value as it was written; `None` for null.
fn written(doc: Doc<'_>, node: Node) -> Option<Value> {
    Some(match node {
        Node::Null => return None,
        Node::Bool(value) => Value::Bool(value),
        Node::Int(value) => Value::from(value),
        Node::UInt(value) => Value::from(value),
        Node::Float(value) => {
            let number = Number::from_f64(doc.float(value));
            let text = || doc.text(node).map(|text| Value::from(text.into_owned()));
            number.map(Value::Number).or_else(text)?
        }
        Node::Str(text) => Value::from(doc.str(text)),
        Node::Array(_) => {
            let elements = doc.elements(node);
            Value::Array(elements.filter_map(|one| written(doc, one)).collect())
        }
        Node::Object(_) => {
            let fields = doc.fields(node);
            let fields = fields.filter_map(|(key, one)| Some((key.to_owned(), written(doc, one)?)));
            Value::Object(fields.collect())
        }
    })
}

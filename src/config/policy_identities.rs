//! Who is who: what `policy.toml` says of ids that are one person's, and of addresses.

use std::collections::BTreeSet;

use crate::model::id::{Identifier, PersonId};
use crate::model::policy::{PlusAliases, Policy};

use super::field::Field;
use super::sheet::Table;

/// All `[[identity]]`: employee ids that are one person's, each id in one entry.
pub(super) fn identities(tables: Vec<Table<'_>>, identities: &mut Vec<BTreeSet<PersonId>>) {
    for mut table in tables {
        let hint = "write employee_ids = [\"C-17\", \"E1001\"]";
        let ids = table.required("employee_ids", hint);
        let texts = ids.as_ref().map(Field::texts).unwrap_or_default();
        if ids.is_some() && texts.len() < 2 {
            table.wrong(
                "names fewer than two ids",
                Some("write the ids that are one person's, or leave the entry out".to_owned()),
            );
        }
        let mut same = BTreeSet::new();
        for (field, id) in texts {
            let person = PersonId::new(id.trim());
            let known = identities.iter().any(|other| other.contains(&person));
            if known || !same.insert(person) {
                field.report(
                    format!("names `{id}` a second time"),
                    "write all ids of one person in one entry, each of them once",
                );
            }
        }
        if same.len() > 1 {
            identities.push(same);
        }
        table.finish();
    }
}

/// `[addresses]`: which are one, and which are nobody's.
pub(super) fn addresses(mut table: Table<'_>, policy: &mut Policy) {
    let aliases = table.field("plus_aliases");
    let aliases = aliases.and_then(|field| field.word(&["separate", "same"], plus_aliases));
    policy.plus_aliases = aliases.unwrap_or_default();
    let shared = table.field("shared_mailboxes");
    for (field, text) in shared.as_ref().map(Field::texts).unwrap_or_default() {
        match Identifier::email(text) {
            Some(address) => {
                if !policy.shared_mailboxes.insert(address) {
                    field.note(format!("names `{text}` a second time"), None);
                }
            }
            None => field.report(
                format!("names `{text}`, which is no e-mail address"),
                "write an address such as \"support@corp.example\"",
            ),
        }
    }
    table.finish();
}

fn plus_aliases(word: &str) -> Option<PlusAliases> {
    match word {
        "separate" => Some(PlusAliases::Separate),
        "same" => Some(PlusAliases::Same),
        _ => None,
    }
}

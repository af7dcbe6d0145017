//! Who is who: the lists of `policy.toml` that say which ids are one person's.

use std::collections::BTreeSet;

use crate::model::id::PersonId;

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

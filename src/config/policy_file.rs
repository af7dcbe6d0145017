//! `policy.toml`: what the logs cannot say, checked and turned into the model's policy.

use std::collections::BTreeSet;

use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::policy::{Policy, SourceSettings};

use super::field::Field;
use super::policy_entries::OwnerList;
use super::problem::Problems;
use super::sheet::{Sheet, Table};
use super::{Checked, policy_entries, policy_identities, policy_rules, suggest};

/// What a grant can be, the middle part of `source:kind:name`.
const GRANT_KINDS: &[&str] = &["group", "team", "app", "role", "policy", "oauth"];

/// Reads the text of a policy; `file` is what messages call it.
pub fn parse(file: &str, text: &str) -> Result<Checked<Policy>, Problems> {
    let sheet = Sheet::parse(file, text)?;
    let mut policy = Policy::default();
    let mut root = sheet.root();
    if let Some(table) = root.table("rules") {
        policy_rules::read(table, &mut policy.rules);
    }
    if let Some(table) = root.table("sources") {
        sources(table, &mut policy);
    }
    if let Some(table) = root.table("addresses") {
        policy_identities::addresses(table, &mut policy);
    }
    for (key, list) in [("link", OwnerList::Link), ("nhi", OwnerList::Nhi)] {
        let tables = root.field(key).map(|field| field.tables());
        for table in tables.unwrap_or_default() {
            policy_entries::owner(table, list, &mut policy);
        }
    }
    let identities = root.field("identity").map(|field| field.tables());
    policy_identities::identities(identities.unwrap_or_default(), &mut policy.identities);
    let baselines = root.field("baseline").map(|field| field.tables());
    for table in baselines.unwrap_or_default() {
        policy.baselines.extend(policy_entries::baseline(table));
    }
    let privileged = root.field("privileged").map(|field| field.tables());
    for mut table in privileged.unwrap_or_default() {
        policy.privileged.extend(grants(&mut table));
        table.finish();
    }
    let exempt = root.field("exempt").map(|field| field.tables());
    policy_entries::exemptions(exempt.unwrap_or_default(), &mut policy.exemptions);
    root.finish();
    sheet.finish(policy)
}

fn sources(mut table: Table<'_>, policy: &mut Policy) {
    for (name, field) in table.named() {
        let source = source_name(&field, &name);
        let Some(mut table) = field.table() else {
            continue;
        };
        let settings = SourceSettings {
            managed_by: table
                .field("managed_by")
                .and_then(|field| source_name(&field, field.text()?))
                .map(|source| Text::from(source.as_str())),
            provisioners: provisioners(&mut table),
            silence: table.field("silence").and_then(|field| field.span()),
        };
        table.finish();
        if let Some(source) = source {
            declare(source, settings, policy);
        }
    }
}

/// What is said of a log counts for the accounts that it tells of; only silence is the log's own.
fn declare(source: SourceName, settings: SourceSettings, policy: &mut Policy) {
    let accounts = source.accounts();
    let SourceSettings {
        managed_by,
        provisioners,
        ..
    } = settings.clone();
    if accounts != source && (managed_by.is_some() || !provisioners.is_empty()) {
        let of_accounts = policy.sources.entry(accounts).or_default();
        of_accounts.managed_by = of_accounts.managed_by.take().or(managed_by);
        of_accounts.provisioners.extend(provisioners);
    }
    let declared = policy.sources.entry(source).or_default();
    declared.managed_by = settings.managed_by.or(declared.managed_by.take());
    declared.provisioners.extend(settings.provisioners);
    declared.silence = settings.silence.or(declared.silence);
}

fn provisioners(table: &mut Table<'_>) -> BTreeSet<Text> {
    let texts = table.field("provisioners").map(|field| field.texts());
    let names = texts.unwrap_or_default().into_iter();
    names.map(|(_, name)| Text::from(name)).collect()
}

/// The list `grants`, which every entry about grants must have.
pub(super) fn grants(table: &mut Table<'_>) -> BTreeSet<Text> {
    let hint = "write grants = [\"source:kind:name\", …]";
    let texts = table.required("grants", hint).map(|field| field.texts());
    let written = texts.unwrap_or_default().into_iter();
    written
        .filter_map(|(item, text)| grant(&item, text))
        .collect()
}

/// `source:kind:name`; the name may hold further colons, as ARNs do.
fn grant(field: &Field<'_>, text: &str) -> Option<Text> {
    let mut parts = text.splitn(3, ':');
    let (Some(source), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        let message = format!("names `{text}`, which is not of the form source:kind:name");
        return field.wrong(message, "write a grant such as \"okta:group:prod-admins\"");
    };
    let accounts = source_name(field, source)?.accounts();
    if !GRANT_KINDS.contains(&kind) {
        let message = format!("names `{text}`, and `{kind}` is no kind of grant");
        return field.wrong(message, &suggest::hint(kind, GRANT_KINDS));
    }
    if name.trim().is_empty() {
        let message = format!("names `{text}`, which has no name");
        return field.wrong(message, "write a grant such as \"okta:group:prod-admins\"");
    }
    Some(Text::from(format!("{accounts}:{kind}:{name}")))
}

/// `okta` or `okta@eu`. Which sources exist is not known here: users add their own.
pub(super) fn source_name(field: &Field<'_>, text: &str) -> Option<SourceName> {
    let source = SourceName::new(text);
    let lower = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let sound = !source.base().is_empty()
        && source
            .base()
            .chars()
            .all(|letter| lower(letter) || letter == '_')
        && source.instance().is_none_or(|instance| {
            !instance.is_empty()
                && instance
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
        });
    if sound {
        return Some(source);
    }
    field.wrong(
        format!("names the source `{text}`, which is no name of a source"),
        "write lower-case letters, digits and `_`, such as okta, or okta@eu for one of several tenants",
    )
}

//! The lists of `policy.toml`: owners, baselines and exemptions.

use std::collections::BTreeMap;

use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::id::{AccountId, Identifier};
use crate::model::policy::{Baseline, DeclaredOwner, Exemption, Policy};

use super::field::Field;
use super::policy_file::{grants, source_name};
use super::policy_rules;
use super::sheet::Table;

/// How an owner names a person by employee id instead of by e-mail address.
const EMPLOYEE_PREFIX: &str = "employee:";

/// Which list an owner stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnerList {
    Link,
    Nhi,
}

/// One `[[link]]` or `[[nhi]]`. A link without an owner says nothing; a non-human identity may
/// have none, which is what `nhi-ownerless` reports.
pub(super) fn owner(mut table: Table<'_>, list: OwnerList, policy: &mut Policy) {
    let nhi = list == OwnerList::Nhi;
    let account = table
        .required(
            "account",
            "write account = \"source:uid\" or \"source:name\"",
        )
        .and_then(|field| account(&field));
    let hint = "write owner = \"jane@corp.example\" or \"employee:E1001\"";
    let field = if nhi {
        table.field("owner")
    } else {
        table.required("owner", hint)
    };
    let written = field.is_some();
    // Only what is no person's is for something.
    let purpose = if nhi { table.field("purpose") } else { None };
    let purpose = purpose.and_then(|field| field.text().map(Text::from));
    let owner = field.and_then(|field| person(&field, policy));
    if let Some(account) = account
        && (owner.is_some() || !written)
    {
        if let Some(purpose) = purpose {
            intend(&table, &account, purpose, &mut policy.purposes);
        }
        let declared = DeclaredOwner { owner, nhi };
        declare(&table, account, declared, &mut policy.links);
    }
    table.finish();
}

fn intend(
    table: &Table<'_>,
    account: &AccountId,
    purpose: Text,
    purposes: &mut BTreeMap<AccountId, Text>,
) {
    if purposes.get(account).is_some_and(|known| *known != purpose) {
        table.wrong(
            format!("gives `{account}` a second purpose"),
            Some("keep one entry for each account".to_owned()),
        );
    } else {
        purposes.insert(account.clone(), purpose);
    }
}

fn declare(
    table: &Table<'_>,
    account: AccountId,
    declared: DeclaredOwner,
    links: &mut BTreeMap<AccountId, DeclaredOwner>,
) {
    match links.get(&account) {
        Some(earlier) if earlier.nhi != declared.nhi => table.wrong(
            format!("declares `{account}` both a person's account and a non-human one"),
            Some("keep either its [[link]] or its [[nhi]]".to_owned()),
        ),
        Some(earlier) if earlier.owner != declared.owner => table.wrong(
            format!("gives `{account}` a second owner"),
            Some("keep one entry for each account".to_owned()),
        ),
        Some(_) => table.note(format!("repeats what is said of `{account}` above")),
        None => drop(links.insert(account, declared)),
    }
}

/// One `[[baseline]]`. Keys left out match everybody.
pub(super) fn baseline(mut table: Table<'_>) -> Option<Baseline> {
    let mut text = |key| {
        let field = table.field(key)?;
        field.text().map(Text::from)
    };
    let mut baseline = Baseline {
        department: text("department"),
        title: text("title"),
        manager_id: text("manager_id"),
        employment_type: text("employment_type"),
        ..Baseline::default()
    };
    baseline.grants = grants(&mut table);
    table.finish();
    (!baseline.grants.is_empty()).then_some(baseline)
}

/// All `[[exempt]]`, in the order of the file.
pub(super) fn exemptions(tables: Vec<Table<'_>>, exemptions: &mut Vec<Exemption>) {
    for mut table in tables {
        let rule = exempted_rule(&mut table);
        let account = exempted_account(&mut table);
        let reason = table
            .required("reason", "say why, for whoever audits it: reason = \"…\"")
            .and_then(|field| field.text());
        let until = table
            .required("until", "write until = 2027-06-30: an exception ends")
            .and_then(|field| field.time());
        if let (Some(rule), Some(account), Some(reason), Some(until)) =
            (rule, account, reason, until)
        {
            let same = |other: &Exemption| other.rule == rule && other.account == account;
            if exemptions.iter().any(same) {
                table.wrong(
                    format!("exempts `{account}` from `{rule}` a second time"),
                    Some("keep the entry with the end that counts".to_owned()),
                );
            } else {
                exemptions.push(Exemption {
                    rule,
                    account,
                    reason: Text::from(reason),
                    until,
                });
            }
        }
        table.finish();
    }
}

fn exempted_rule(table: &mut Table<'_>) -> Option<RuleId> {
    let field = table.required("rule", "write the rule's id: rule = \"account-dormant\"")?;
    if field.is_list() {
        return field.wrong(
            "names several rules",
            "write one [[exempt]] for each of them",
        );
    }
    policy_rules::named(&field).map(policy_rules::KnownRule::rule)
}

fn exempted_account(table: &mut Table<'_>) -> Option<AccountId> {
    let field = table.required(
        "account",
        "write account = \"source:uid\" or \"source:name\"",
    )?;
    if field.is_list() {
        return field.wrong(
            "names several accounts",
            "write one [[exempt]] for each of them",
        );
    }
    account(&field)
}

/// `source:uid` or `source:name`, the name lower-cased as the model matches it.
fn account(field: &Field<'_>) -> Option<AccountId> {
    let text = field.text()?;
    let hint = "write the source and the account, such as \"okta:jane@corp.example\"";
    let Some((source, uid)) = text.split_once(':') else {
        return field.wrong(format!("is `{text}`, which names no source"), hint);
    };
    if uid.trim().is_empty() || uid.contains('*') {
        return field.wrong(format!("is `{text}`, which names no single account"), hint);
    }
    let source = source_name(field, source)?.accounts();
    Some(AccountId::new(&source, uid.trim().to_lowercase()))
}

/// Somebody, so no shared mailbox.
fn person(field: &Field<'_>, policy: &Policy) -> Option<Identifier> {
    let person = identifier(field)?;
    if policy.is_shared(&person) {
        let message = format!("is `{person}`, which is a shared mailbox and nobody's");
        return field.wrong(
            message,
            "write the address of the person who answers for it",
        );
    }
    Some(person)
}

/// An e-mail address, or `employee:` and the id that HR knows the person by.
fn identifier(field: &Field<'_>) -> Option<Identifier> {
    let text = field.text()?;
    if let Some(id) = text.strip_prefix(EMPLOYEE_PREFIX)
        && !id.trim().is_empty()
    {
        return Some(Identifier::employee_id(id.trim()));
    }
    Identifier::email(text).or_else(|| {
        field.wrong(
            format!("is `{text}`, which is neither an e-mail address nor an employee id"),
            "write \"jane@corp.example\" or \"employee:E1001\"",
        )
    })
}

//! Rules about credentials.

use tenure::model::fact::LifeKind;
use tenure::model::finding::RuleId;

use LifeKind::{Created, Deleted, Reinstated, Suspended};

use crate::story::Step::{Account, Key};
use crate::story::check;

#[test]
fn credential_unrotated() {
    let rule = RuleId::CredentialUnrotated;
    let age = 90 * 24;
    check(rule, &[Key(Created, 0)], age - 1, &[]);
    check(rule, &[Key(Created, 0)], age, &[(age, None)]);
    check(rule, &[Key(Created, 0), Key(Deleted, age)], 2 * age, &[]);
    check(
        rule,
        &[Key(Created, 0), Key(Deleted, age + 5)],
        2 * age,
        &[(age, Some(age + 5))],
    );
    check(
        rule,
        &[Key(Created, 0), Account(Deleted, age + 5)],
        2 * age,
        &[(age, Some(age + 5))],
    );
    // Judged once, at the deadline; and what has no known age is not judged.
    check(
        rule,
        &[Key(Created, 0), Key(Suspended, 5), Key(Reinstated, age + 9)],
        2 * age,
        &[],
    );
    check(rule, &[Key(Suspended, 5), Key(Reinstated, 9)], 2 * age, &[]);
}

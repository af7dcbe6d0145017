//! Rules about credentials.

use tenure::model::fact::LifeKind;
use tenure::model::finding::RuleId;

use LifeKind::{Created, Deleted, Listed, ListedSince, Reinstated, Suspended};

use crate::story::Step::{Account, Key, Token, TokenUse, Use as Used};
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

#[test]
fn credential_unused() {
    let rule = RuleId::CredentialUnused;
    let idle = 45 * 24;
    check(rule, &[Token(Created, 0)], idle - 1, &[]);
    check(rule, &[Token(Created, 0)], idle, &[(idle, None)]);
    check(rule, &[Token(Created, 0), TokenUse(idle)], idle + 1, &[]);
    let used = [Token(Created, 0), TokenUse(idle + 1)];
    check(rule, &used, idle + 1, &[(idle, Some(idle + 1))]);
    let later = 2 * idle + 1;
    check(rule, &used, later, &[(idle, Some(idle + 1)), (later, None)]);
    // That the account is used says nothing of its token.
    let account = [Token(Created, 0), Account(Created, 0), Used(idle - 1)];
    check(rule, &account, idle, &[(idle, None)]);
    let ended = [Token(Created, 0), Token(Deleted, idle)];
    check(rule, &ended, 5_000, &[]);
    let ended = [Token(Created, 0), Token(Deleted, idle + 9)];
    check(rule, &ended, 5_000, &[(idle, Some(idle + 9))]);
    // Reinstatement begins the time anew. Suspending the account ends no token, deleting it does.
    let back = [
        Token(Created, 0),
        Token(Suspended, 9),
        Token(Reinstated, 50),
    ];
    check(rule, &back, 5_000, &[(50 + idle, None)]);
    let suspended = [Token(Created, 0), Account(Suspended, 9)];
    check(rule, &suspended, 5_000, &[(idle, None)]);
    check(rule, &[Token(Created, 0), Account(Deleted, 9)], 5_000, &[]);
    // What a listing tells of the past is no reason.
    let listed = [Token(ListedSince, 0), Token(Listed, 500)];
    check(rule, &listed, 5_000, &[(500 + idle, None)]);
    // A token that only its use tells of.
    check(rule, &[TokenUse(5)], 5_000, &[(5 + idle, None)]);
}

#[test]
fn a_credential_whose_use_is_not_logged_is_never_unused() {
    let rule = RuleId::CredentialUnused;
    check(rule, &[Key(Created, 0)], 50_000, &[]);
    check(rule, &[Key(Created, 0), Used(5)], 50_000, &[]);
}

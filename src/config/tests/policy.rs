use super::check;
use crate::config::{Checked, Problems, policy_file};
use crate::model::finding::{RuleId, Severity};
use crate::model::id::{AccountId, Identifier, PersonId, SourceName};
use crate::model::policy::{PlusAliases, Policy};
use crate::model::time::Span;

fn parse(text: &str) -> Result<Checked<Policy>, Problems> {
    policy_file::parse("policy.toml", text)
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

#[test]
fn the_example_parses_without_problems() {
    let text = include_str!("../../../rules/policy.example.toml");
    let checked = parse(text).unwrap_or_else(|problems| panic!("{problems}"));
    let policy = checked.value;
    assert_eq!(policy.rule(RuleId::AccountDormant).delay, Span::days(60));
    assert_eq!(
        policy.rule(RuleId::LeaverActivity).severity,
        Severity::Critical
    );
    let nhi = AccountId::new(&SourceName::new("aws_cloudtrail"), "svc-backup");
    let declared = policy.links.get(&nhi).expect("declared");
    assert!(declared.nhi);
    assert_eq!(declared.owner, Identifier::email("jane@corp.example"));
    assert_eq!(
        policy.purposes.get(&nhi).map(|it| &**it),
        Some("nightly backups to S3")
    );
    assert_eq!(policy.plus_aliases, PlusAliases::Separate);
    let support = Identifier::email("Support@corp.example").expect("address");
    assert!(policy.is_shared(&support));
    let one = ["C-17", "E1001"].map(PersonId::new);
    assert_eq!(policy.identities, [one.into()]);
    let [exemption] = &policy.exemptions[..] else {
        panic!("one exemption");
    };
    assert_eq!(
        exemption.account.to_string(),
        "okta:breakglass@corp.example"
    );
    assert_eq!(exemption.until.to_string(), "2027-06-30T00:00:00Z");
}

#[test]
fn a_log_is_named_for_the_accounts_that_it_tells_of_and_only_its_silence_is_its_own() {
    let text = "[sources.entra_audit]\nmanaged_by = \"okta\"\nprovisioners = [\"scim\"]\n\
                silence = \"6h\"\n[sources.entra]\nprovisioners = [\"sync\"]\nsilence = \"12h\"\n\
                [sources.\"entra_signin@eu\"]\nsilence = \"1h\"\n\
                [[link]]\naccount = \"entra_signin:Jane\"\nowner = \"jane@corp.example\"\n\
                [[privileged]]\ngrants = [\"m365_audit:role:Owner\"]\n";
    let policy = parse(text).expect("good").value;
    let source = SourceName::new;
    let entra = policy.source(&source("entra")).expect("entra");
    assert_eq!(entra.managed_by.as_deref(), Some("okta"));
    let provisioners: Vec<&str> = entra.provisioners.iter().map(|name| &**name).collect();
    assert_eq!(provisioners, ["scim", "sync"]);
    // Of a tenant of its own nothing was said but how long one log may be silent.
    assert_eq!(policy.source(&source("entra@eu")), Some(entra));
    for (log, hours) in [
        ("entra_audit", Some(6)),
        ("entra_signin", Some(12)),
        ("entra_signin@eu", Some(1)),
        ("m365_audit", Some(12)),
        ("okta", None),
    ] {
        assert_eq!(
            policy.silence(&source(log)),
            hours.map(Span::hours),
            "{log}"
        );
    }
    let jane = AccountId::new(&source("entra"), "jane");
    assert!(policy.links.contains_key(&jane));
    assert!(policy.privileged.contains("entra:role:Owner"));
}

#[test]
fn what_is_written_replaces_its_default_and_nothing_else() {
    let text = "[rules.orphan-account]\nenabled = false\nseverity = \"low\"\n\
                [rules.leaver-account-live]\ngrace = \"1h30m\"\n\
                [[exempt]]\nrule = \"orphan-account\"\naccount = \"okta:Jane\"\n\
                reason = \"r\"\nuntil = 2027-06-30T12:00:00+02:00\n\
                [[link]]\naccount = \"okta@eu:00U1:x\"\nowner = \"employee:E1001\"\n\
                [[nhi]]\naccount = \"slack:B1\"\n";
    let policy = parse(text).expect("good").value;
    let orphan = policy.rule(RuleId::OrphanAccount);
    assert_eq!((orphan.enabled, orphan.severity), (false, Severity::Low));
    assert_eq!(orphan.delay, Span::hours(72));
    let grace = policy.rule(RuleId::LeaverAccountLive).delay;
    assert_eq!(grace, Span::from_seconds(5_400));
    let until: Vec<String> = policy
        .exemptions
        .iter()
        .map(|e| e.until.to_string())
        .collect();
    assert_eq!(until, ["2027-06-30T10:00:00Z"]);
    let links: Vec<String> = policy.links.keys().map(ToString::to_string).collect();
    assert_eq!(
        links,
        ["okta@eu:00u1:x", "slack:b1"],
        "names are lower-cased"
    );
    let owners: Vec<_> = policy
        .links
        .values()
        .map(|link| link.owner.clone())
        .collect();
    assert_eq!(owners, [Some(Identifier::employee_id("E1001")), None]);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("", ""),
    ("# nothing", ""),
    (
        r#"[rule.account-dormant]
idle = "60d""#,
        "policy.toml:1: `rule` is not a key here
  hint: did you mean `rules`?",
    ),
    (
        r#"[rules.acount-dormant]
idle = "60d""#,
        "policy.toml:1: `rules.acount-dormant` names no rule: `acount-dormant`
  hint: did you mean `account-dormant`?",
    ),
    (
        r#"[[identity]]
employee_ids = ["C-17", "E1001"]
[[identity]]
employee_ids = ["E1001", "E7"]
[[identity]]
employee_ids = ["E8"]
[[identity]]
employees = ["E8", "E9"]"#,
        r#"policy.toml:4: `identity.employee_ids` names `E1001` a second time
  hint: write all ids of one person in one entry, each of them once
policy.toml:5: `identity` names fewer than two ids
  hint: write the ids that are one person's, or leave the entry out
policy.toml:7: `identity.employee_ids` is missing
  hint: write employee_ids = ["C-17", "E1001"]
policy.toml:8: `identity.employees` is not a key here
  hint: did you mean `employee_ids`?"#,
    ),
    (
        r#"[rules]
account-dormant = "60d""#,
        "policy.toml:2: `rules.account-dormant` is a text, not a table
  hint: write [rules.account-dormant] and its keys below",
    ),
    (
        "[rules.account-dormant]
idle = 60",
        r#"policy.toml:2: `rules.account-dormant.idle` is `60`, which has no unit
  hint: write a duration such as "5m" or "60s""#,
    ),
    (
        r#"[rules.account-dormant]
grace = "60d""#,
        "policy.toml:2: `rules.account-dormant.grace` is not a key here
  hint: write one of `enabled`, `severity`, `idle`",
    ),
    (
        r#"[rules.leaver-activity]
grace = "1h""#,
        "policy.toml:2: `rules.leaver-activity.grace` is not a key here
  hint: write one of `enabled`, `severity`",
    ),
    (
        r#"[rules.account-dormant]
enabled = "no""#,
        "policy.toml:2: `rules.account-dormant.enabled` is a text, not true or false
  hint: write `true` or `false`, without quotes",
    ),
    (
        r#"[rules.account-dormant]
severity = "severe""#,
        "policy.toml:2: `rules.account-dormant.severity` is `severe`, which is not known
  hint: write one of `low`, `medium`, `high`, `critical`",
    ),
    (
        "[rules.account-dormant]
severity = 3",
        "policy.toml:2: `rules.account-dormant.severity` is a whole number, not a text
  hint: write it in quotes",
    ),
    (
        "[rules.grant-unused]
idle = 30",
        r#"policy.toml:2: `rules.grant-unused.idle` is `30`, which has no unit
  hint: write a duration such as "5m" or "30s""#,
    ),
    (
        r#"[sources.Okta]
silence = "6h""#,
        "policy.toml:1: `sources.Okta` names the source `Okta`, which is no name of a source
  hint: write lower-case letters, digits and `_`, such as okta, or okta@eu for one of several tenants",
    ),
    (
        r#"[sources.github]
provisioners = "scim-bot""#,
        r#"policy.toml:2: `sources.github.provisioners` is a text, not a list
  hint: write it in square brackets: ["…", "…"]"#,
    ),
    (
        r#"[sources.github]
provisioners = ["scim-bot", 7, ""]"#,
        "policy.toml:2: `sources.github.provisioners` is a whole number, not a text
  hint: write it in quotes
policy.toml:2: `sources.github.provisioners` is empty
  hint: write a text, or leave the key out",
    ),
    (
        r#"[[baseline]]
department = "Engineering""#,
        r#"policy.toml:1: `baseline.grants` is missing
  hint: write grants = ["source:kind:name", …]"#,
    ),
    (
        r#"[[baseline]]
grants = ["okta:app:GitHub", "github:eng", "okta:grp:x", "okta:group:"]"#,
        r#"policy.toml:2: `baseline.grants` names `github:eng`, which is not of the form source:kind:name
  hint: write a grant such as "okta:group:prod-admins"
policy.toml:2: `baseline.grants` names `okta:group:`, which has no name
  hint: write a grant such as "okta:group:prod-admins"
policy.toml:2: `baseline.grants` names `okta:grp:x`, and `grp` is no kind of grant
  hint: write one of `group`, `team`, `app`, `role`, `policy`, `oauth`"#,
    ),
    (
        r#"[[privileged]]
grants = "okta:group:x""#,
        r#"policy.toml:2: `privileged.grants` is a text, not a list
  hint: write it in square brackets: ["…", "…"]"#,
    ),
    (
        r#"[privileged]
grants = ["okta:group:x"]"#,
        "policy.toml:1: `privileged` is a table, not a list of tables
  hint: write [[privileged]] above each of them",
    ),
    (
        r#"[[link]]
account = "octo-jane"
owner = "jane@corp.example""#,
        r#"policy.toml:2: `link.account` is `octo-jane`, which names no source
  hint: write the source and the account, such as "okta:jane@corp.example""#,
    ),
    (
        r#"[[link]]
account = "github:"
owner = "jane@corp.example""#,
        r#"policy.toml:2: `link.account` is `github:`, which names no single account
  hint: write the source and the account, such as "okta:jane@corp.example""#,
    ),
    (
        r#"[[link]]
account = "github:*"
owner = "jane@corp.example""#,
        r#"policy.toml:2: `link.account` is `github:*`, which names no single account
  hint: write the source and the account, such as "okta:jane@corp.example""#,
    ),
    (
        r#"[[link]]
account = "github:octo-jane""#,
        r#"policy.toml:1: `link.owner` is missing
  hint: write owner = "jane@corp.example" or "employee:E1001""#,
    ),
    (
        r#"[[link]]
account = "github:octo-jane"
owner = "E1001""#,
        r#"policy.toml:3: `link.owner` is `E1001`, which is neither an e-mail address nor an employee id
  hint: write "jane@corp.example" or "employee:E1001""#,
    ),
    (
        r#"[addresses]
plus_aliases = "yes"
shared_mailboxes = ["support"]"#,
        "policy.toml:2: `addresses.plus_aliases` is `yes`, which is not known
  hint: write one of `separate`, `same`
policy.toml:3: `addresses.shared_mailboxes` names `support`, which is no e-mail address
  hint: write an address such as \"support@corp.example\"",
    ),
    (
        r#"[[link]]
account = "github:o"
owner = "Support@corp.example"
[addresses]
shared_mailboxes = ["support@corp.example"]"#,
        "policy.toml:3: `link.owner` is `support@corp.example`, which is a shared mailbox and nobody's
  hint: write the address of the person who answers for it",
    ),
    (
        r#"[[nhi]]
account = "github:o"
purpose = "backups"
[[nhi]]
account = "github:O"
purpose = "builds""#,
        "policy.toml:4: `nhi` gives `github:o` a second purpose
  hint: keep one entry for each account",
    ),
    (
        r#"[[link]]
account = "github:o"
owner = "a@x.example"
[[link]]
account = "github:O"
owner = "b@x.example""#,
        "policy.toml:4: `link` gives `github:o` a second owner
  hint: keep one entry for each account",
    ),
    (
        r#"[[link]]
account = "github:o"
owner = "a@x.example"
[[link]]
account = "github:o"
owner = "A@x.example""#,
        "policy.toml:4: note: `link` repeats what is said of `github:o` above",
    ),
    (
        r#"[[link]]
account = "github:o"
owner = "a@x.example"
[[nhi]]
account = "github:o"
owner = "a@x.example""#,
        "policy.toml:4: `nhi` declares `github:o` both a person's account and a non-human one
  hint: keep either its [[link]] or its [[nhi]]",
    ),
    (
        r#"[[nhi]]
owner = "a@x.example""#,
        r#"policy.toml:1: `nhi.account` is missing
  hint: write account = "source:uid" or "source:name""#,
    ),
    (
        "[[exempt]]",
        r#"policy.toml:1: `exempt.account` is missing
  hint: write account = "source:uid" or "source:name"
policy.toml:1: `exempt.reason` is missing
  hint: say why, for whoever audits it: reason = "…"
policy.toml:1: `exempt.rule` is missing
  hint: write the rule's id: rule = "account-dormant"
policy.toml:1: `exempt.until` is missing
  hint: write until = 2027-06-30: an exception ends"#,
    ),
    (
        r#"[[exempt]]
rule = "account-dorment"
account = "okta:x"
reason = "r"
until = 2027-06-30"#,
        "policy.toml:2: `exempt.rule` names no rule: `account-dorment`
  hint: did you mean `account-dormant`?",
    ),
    (
        r#"[[exempt]]
rule = ["account-dormant"]
account = ["okta:x", "okta:y"]
reason = "r"
until = 2027-06-30"#,
        "policy.toml:2: `exempt.rule` names several rules
  hint: write one [[exempt]] for each of them
policy.toml:3: `exempt.account` names several accounts
  hint: write one [[exempt]] for each of them",
    ),
    (
        r#"[[exempt]]
rule = "account-dormant"
account = "okta:x"
reason = " "
until = "2027-06-30""#,
        "policy.toml:4: `exempt.reason` is empty
  hint: write a text, or leave the key out
policy.toml:5: `exempt.until` is a text, not a date
  hint: write a date such as 2027-06-30, or a time such as 2027-06-30T12:00:00Z, without quotes",
    ),
    (
        r#"[[exempt]]
rule = "account-dormant"
account = "okta:x"
reason = "r"
until = 2027-06-30T12:00:00"#,
        "policy.toml:5: `exempt.until` is `2027-06-30T12:00:00`, which is no time with an offset
  hint: write a date such as 2027-06-30, or a time such as 2027-06-30T12:00:00Z, without quotes",
    ),
    (
        r#"[[exempt]]
rule = "account-dormant"
account = "okta:x"
reason = "r"
until = 2027-06-31"#,
        "policy.toml:5: this is no TOML: invalid date, expected day between 01 and 30",
    ),
    (
        r#"[[exempt]]
rule = "account-dormant"
account = "okta:x"
reason = "r"
until = 2027-06-30
[[exempt]]
rule = "account-dormant"
account = "okta:X"
reason = "r"
until = 2028-06-30"#,
        "policy.toml:6: `exempt` exempts `okta:x` from `account-dormant` a second time
  hint: keep the entry with the end that counts",
    ),
    (
        "exempt = [1]",
        "policy.toml:1: `exempt` is a whole number, not a table
  hint: write [[exempt]] above each of them",
    ),
];

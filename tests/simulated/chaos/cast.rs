//! Who there is: few people, few accounts, and a policy about them.

use std::collections::BTreeSet;

use tenure::model::Text;
use tenure::model::finding::RuleId;
use tenure::model::id::{AccountId, Identifier, SourceName};
use tenure::model::policy::{Baseline, DeclaredOwner, Exemption, Policy, SourceSettings};
use tenure::model::time::Span;
use tenure::simulate::deed::{Account, AccountNo, Credential, Device, Person};

use super::{DAYS, GRANTS, Maker, day, text};

const SOURCES: [&str; 9] = [
    "okta",
    "okta",
    "entra",
    "google_workspace",
    "github",
    "github",
    "aws_cloudtrail",
    "slack",
    "gitlab",
];

impl Maker {
    pub(super) fn people(&mut self) {
        for number in 0..3 {
            self.cast.persons.push(Person {
                employee_id: text(format!("E{number}")),
                name: text(format!("Person {number}")),
            });
            self.addresses.push(text(format!("p{number}@corp.example")));
        }
        self.addresses.push(text("Early@corp.example"));
        self.addresses.push(text("nobody@corp.example"));
    }

    pub(super) fn accounts(&mut self) {
        for (number, source) in (0..).zip(SOURCES) {
            let address = self.chance.pick(&self.addresses).clone();
            let bot = source == "entra" && self.chance.percent(40);
            let (uid, email) = match source {
                "google_workspace" => (address.to_lowercase(), Some(text(address.to_lowercase()))),
                "okta" | "slack" | "entra" => (format!("U{number}"), Some(address)),
                "gitlab" => (format!("10{number}"), None),
                "aws_cloudtrail" => (format!("AIDA{number}"), None),
                _ => (format!("u{number}"), None),
            };
            // What records call it: an address where they state one.
            let name = match (source, &email) {
                ("okta" | "entra", Some(email)) if !bot => email.to_string(),
                ("github" | "google_workspace", _) => uid.clone(),
                _ => format!("name{number}"),
            };
            self.cast.accounts.push(Account {
                source: text(source),
                uid: text(uid),
                name: text(name),
                email: email.filter(|_| !bot),
                marked_non_human: bot,
                session: false,
            });
        }
        let address = self.chance.pick(&self.addresses).to_lowercase();
        self.cast.accounts.push(Account {
            source: text("aws_cloudtrail"),
            uid: text(format!("AROAROLE:{address}")),
            name: text(&address),
            email: Some(text(&address)),
            marked_non_human: false,
            session: true,
        });
        for (number, account) in (0..).zip(self.cast.accounts.clone()) {
            let kinds: &[&str] = match &*account.source {
                "okta" => &["api_token"],
                "aws_cloudtrail" if !account.session => &["access_key"],
                "github" => &["personal_access_token", "ssh_key"],
                "gitlab" => &["personal_access_token"],
                "entra" if account.marked_non_human => &["client_secret"],
                _ => &[],
            };
            for kind in kinds {
                let uid = match *kind {
                    "access_key" => format!("AKIA{number}"),
                    "api_token" => format!("00T{number}"),
                    "ssh_key" => format!("9{number}"),
                    _ => format!("7{number}"),
                };
                self.cast.credentials.push(Credential {
                    account: AccountNo(number),
                    uid: text(uid),
                    kind: text(kind),
                });
            }
        }
        self.cast.devices.push(Device {
            source: text("jamf_pro"),
            uid: text("L1"),
            name: text("L1"),
        });
    }

    pub(super) fn policy(&mut self) -> Policy {
        let mut policy = Policy::default();
        for rule in RuleId::ALL {
            let Some(settings) = policy.rules.get_mut(&rule) else {
                continue;
            };
            if settings.delay > Span::ZERO {
                settings.delay = Span::hours(self.chance.between(1, 24) * 6);
            }
            if settings.before > Span::ZERO {
                settings.before = Span::hours(self.chance.between(1, 24) * 6);
            }
        }
        let managed = SourceSettings {
            managed_by: Some(text("okta")),
            provisioners: self.provisioners(),
            silence: None,
        };
        for source in ["okta", "github", "entra"] {
            if self.chance.percent(50) {
                policy
                    .sources
                    .insert(SourceName::new(source), managed.clone());
            }
        }
        for _ in 0..self.chance.below(3) {
            let account = self.account_name();
            let owner = self.chance.percent(80).then(|| self.owner());
            let nhi = owner.is_none() || self.chance.percent(50);
            policy.links.insert(account, DeclaredOwner { owner, nhi });
        }
        for department in ["A", "B"] {
            let (source, kind, name, _) = *self.chance.pick(GRANTS);
            policy.baselines.push(Baseline {
                department: self.chance.percent(80).then(|| text(department)),
                grants: [text(format!("{source}:{kind}:{name}"))].into(),
                ..Baseline::default()
            });
        }
        policy.privileged = [text("okta:group:prod-admins")].into();
        let rule = *self.chance.pick(&RuleId::ALL);
        policy.exemptions.push(Exemption {
            rule,
            account: self.account_name(),
            reason: text("by chance"),
            until: day(DAYS + self.chance.between(-1, 1)),
        });
        policy
    }

    fn provisioners(&mut self) -> BTreeSet<Text> {
        let account = self.chance.pick(&self.cast.accounts).clone();
        [account.name].into()
    }

    fn account_name(&mut self) -> AccountId {
        let account = self.account();
        let account = self.cast.accounts[account.0].clone();
        let name = if self.chance.percent(50) {
            account.uid
        } else {
            account.name
        };
        AccountId::new(&SourceName::new(&account.source), name.to_lowercase())
    }

    fn owner(&mut self) -> Identifier {
        if self.chance.percent(30) {
            return Identifier::employee_id("E1");
        }
        let address = self.chance.pick(&self.addresses);
        Identifier::email(address).expect("an address")
    }

    pub(super) fn account(&mut self) -> AccountNo {
        AccountNo(self.number(self.cast.accounts.len() - 1))
    }
}

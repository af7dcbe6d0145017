//! What happens to accounts, what they do, and what an inventory lists of them.

use tenure::model::time::{Span, Timestamp};
use tenure::simulate::deed::{AccountNo, Act, Actor, CredentialNo, Deed, Life, Listed};
use tenure::simulate::sources;

use super::{GRANTS, Maker, by_system, day, text};

const LIVES: [Life; 10] = [
    Life::Create,
    Life::Activate,
    Life::Join,
    Life::Suspend,
    Life::Reinstate,
    Life::Deactivate,
    Life::Remove,
    Life::Delete,
    Life::Lock,
    Life::Unlock,
];

impl Maker {
    pub(super) fn of_account(&mut self, at: Timestamp) -> Deed {
        let account = self.account();
        // Whoever acts in a log has an account there.
        let source = self.cast.accounts[account.0].source.clone();
        let here = numbered(&self.cast.accounts, |other| other.source == source);
        let actor = match self.chance.below(3) {
            0 => Actor::System,
            1 => Actor::Account(account),
            _ => Actor::Account(AccountNo(*self.chance.pick(&here))),
        };
        let act = self.act(account, actor);
        let uses = matches!(act, Act::SignIn { .. } | Act::Work { .. } | Act::LogOut);
        let log = if uses {
            sources::uses_of(&source)
        } else {
            sources::changes_of(&source)
        };
        Deed {
            log,
            at,
            actor,
            act,
            failed: self.chance.percent(15),
        }
    }

    fn act(&mut self, account: AccountNo, actor: Actor) -> Act {
        let grant = self.grant_of(account);
        let own = self.credentials_of(account);
        let credential = (!own.is_empty()).then(|| *self.chance.pick(&own));
        let application = GRANTS.iter().find(|(_, kind, ..)| *kind == "app");
        match (self.chance.below(12), credential) {
            (0..=2, _) => Act::Life {
                account,
                change: *self.chance.pick(&LIVES),
            },
            (3, _) | (10, None) => Act::SignIn { application: None },
            (4, _) => Act::SignIn {
                application: application.map(|(_, _, name, _)| text(name)),
            },
            (5, credential) => Act::Work {
                credential: credential.filter(|_| actor == Actor::Account(account)),
            },
            (6, _) => Act::LogOut,
            (7 | 8, _) => Act::Grant { account, grant },
            (9, _) => Act::Revoke { account, grant },
            (10, Some(credential)) if self.chance.percent(50) => {
                Act::CredentialCreate { credential }
            }
            (10, Some(credential)) => Act::CredentialEnd { credential },
            _ => Act::States {
                account,
                email: self.chance.pick(&self.addresses).clone(),
            },
        }
    }

    pub(super) fn of_inventory(&mut self, at: Timestamp) -> Deed {
        let account = self.account();
        // The first listing tells of the time before all logs; what later ones tell of the past
        // would contradict what happened then.
        let first = self.chance.percent(50);
        let at = if first { day(0) } else { at };
        let earlier = |maker: &mut Maker| {
            let back = Span::days(maker.chance.between(1, 90)).as_micros();
            let earlier = Timestamp::from_micros(at.as_micros() - back);
            (first && maker.chance.percent(50)).then_some(earlier)
        };
        let grant = self.grant_of(account);
        let since = earlier(self);
        let own = self.credentials_of(account).into_iter();
        let credentials = own.map(|number| (number, earlier(self), earlier(self)));
        let credentials = credentials.collect();
        let act = Act::Listed(Box::new(Listed {
            account,
            live: self.chance.percent(80),
            created_at: earlier(self),
            last_used_at: earlier(self),
            grants: vec![(grant, since)],
            credentials,
        }));
        by_system("inventory", at, act)
    }

    fn credentials_of(&self, account: AccountNo) -> Vec<CredentialNo> {
        let own = numbered(&self.cast.credentials, |of| of.account == account);
        own.into_iter().map(CredentialNo).collect()
    }
}

/// The places of those in the cast that are meant.
fn numbered<T>(all: &[T], is_meant: impl Fn(&T) -> bool) -> Vec<usize> {
    let all = all.iter().zip(0..);
    let meant = all.filter(|(one, _)| is_meant(one));
    meant.map(|(_, number)| number).collect()
}

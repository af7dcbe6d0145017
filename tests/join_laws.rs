//! The laws of joining, for every state that a home holds: commutative, associative, idempotent,
//! and honest about whether anything was new. Long histories run into the bounds on purpose.

use std::fmt::Debug;

use proptest::prelude::*;

use tenure::model::fact::{
    AccountFact, DeviceTold, LinkReason, PersonFact, Through, TicketTold, Use, Whom,
};
use tenure::model::join::Join;
use tenure::model::state::{
    AccountState, CredentialState, DeviceState, IdentifierState, LifeHistory, PersonState,
    SourceState, TicketState, Uses, WorkflowState,
};

mod world;

fn laws<S: Join + Clone + PartialEq + Debug>(a: &S, b: &S, c: &S) {
    let join = |left: &S, right: &S| {
        let mut joined = left.clone();
        let changed = joined.join(right.clone());
        assert_eq!(
            changed,
            joined != *left,
            "a join says whether it changed anything"
        );
        joined
    };
    assert_eq!(join(a, b), join(b, a), "commutative");
    assert_eq!(join(&join(a, b), c), join(a, &join(b, c)), "associative");
    assert_eq!(join(a, a), *a, "idempotent");
    assert_eq!(join(&join(a, b), b), join(a, b), "what is known is known");
}

/// The states say whether something was new; the laws look at the states themselves.
fn ignore<T>(_: T) {}

fn account_state(facts: &[AccountFact]) -> AccountState {
    let mut state = AccountState::default();
    for fact in facts.iter().cloned() {
        match fact {
            AccountFact::Seen { at, event } => ignore(state.life.see(at, event)),
            AccountFact::Named { at, name, email } => ignore(state.call(at, name, email)),
            AccountFact::Life(change) => ignore(state.life.change(change)),
            AccountFact::Used(by) => ignore(state.used(by)),
            AccountFact::Granted(change) => ignore(state.granted(change)),
            AccountFact::Credential(change) => ignore(state.credential(change)),
            AccountFact::Claims {
                identifier,
                reason,
                at,
            } => {
                ignore(state.claim(identifier, reason, at));
            }
            AccountFact::ListedUse(by) => ignore(state.listed_use(by)),
            AccountFact::Reviewed(reviewed) => ignore(state.reviewed(*reviewed)),
            AccountFact::EndFailed(failed) => ignore(state.failed_ends.insert(failed)),
            AccountFact::Answers(answers) => ignore(state.answer(*answers)),
            AccountFact::NonHuman => state.non_human = true,
            other => unreachable!("the world has no such fact: {other:?}"),
        }
    }
    state
}

fn account_states() -> impl Strategy<Value = AccountState> {
    let id = tenure::model::id::AccountId::parse("okta:1").expect("account");
    proptest::collection::vec(world::account_fact(&id), 0..40)
        .prop_map(|facts| account_state(&facts))
}

proptest! {
    #[test]
    fn accounts(a in account_states(), b in account_states(), c in account_states()) {
        laws(&a, &b, &c);
    }

    #[test]
    fn facts_in_any_order_are_the_join_of_their_states(
        facts in proptest::collection::vec(
            world::account_fact(&tenure::model::id::AccountId::parse("okta:1").expect("account")),
            0..30,
        ),
        cut in 0usize..30,
    ) {
        let whole = account_state(&facts);
        let (left, right) = facts.split_at(cut.min(facts.len()));
        let mut joined = account_state(right);
        joined.join(account_state(left));
        prop_assert_eq!(joined, whole);
    }

    #[test]
    fn long_lives(lives in proptest::collection::vec(
        proptest::collection::vec(world::life_change(), 0..200), 3,
    )) {
        let lives: Vec<LifeHistory> = lives.into_iter().map(|changes| {
            let mut life = LifeHistory::default();
            changes.into_iter().for_each(|change| ignore(life.change(change)));
            life
        }).collect();
        laws(&lives[0], &lives[1], &lives[2]);
    }

    #[test]
    fn long_histories_of_uses(histories in proptest::collection::vec(
        proptest::collection::vec((world::time(), world::event(), 0i64..4), 0..700), 3,
    )) {
        let histories: Vec<Uses> = histories.into_iter().map(|uses| {
            let mut history = Uses::default();
            for (at, event, year) in uses {
                let at = at + tenure::model::time::Span::days(400 * year);
                history.insert(Use { at, event });
            }
            history
        }).collect();
        laws(&histories[0], &histories[1], &histories[2]);
    }

    #[test]
    fn persons(facts in proptest::collection::vec(
        proptest::collection::vec(
            (world::employment(), world::account(), world::identifier(), world::same_as()), 0..20,
        ), 3,
    )) {
        let persons: Vec<PersonState> = facts.into_iter().map(|facts| {
            let mut person = PersonState::default();
            for (fact, account, identifier, (other, same)) in facts {
                if let PersonFact::Employment(event) = fact {
                    person.employment.record(*event);
                }
                if let PersonFact::SameAs { person: same, reason, at } = same {
                    person.link(account, identifier, LinkReason::Email, at);
                    person.same_as(same, reason, at);
                }
                let alone = person.alone();
                person.other(other, alone);
            }
            person
        }).collect();
        laws(&persons[0], &persons[1], &persons[2]);
    }

    #[test]
    fn identifiers(facts in proptest::collection::vec(
        proptest::collection::vec((world::person(), world::account(), world::time()), 0..20), 3,
    )) {
        let homes: Vec<IdentifierState> = facts.into_iter().map(|facts| {
            let mut home = IdentifierState::default();
            for (person, account, at) in facts {
                home.person(person);
                home.account(account, LinkReason::Email, at);
            }
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }

    #[test]
    fn credentials(facts in proptest::collection::vec(
        proptest::collection::vec(
            (world::account(), world::credential_change("key".to_owned())), 0..20,
        ), 3,
    )) {
        let homes: Vec<CredentialState> = facts.into_iter().map(|facts| {
            let mut home = CredentialState::default();
            for (account, change) in facts {
                home.owner(account);
                home.change(change);
            }
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }

    #[test]
    fn tickets(facts in proptest::collection::vec(
        (proptest::collection::vec(world::ticket_event(), 0..100),
         proptest::collection::vec((world::account(), account_states()), 0..3)), 3,
    )) {
        let homes: Vec<TicketState> = facts.into_iter().map(|(events, accounts)| {
            let mut home = TicketState::default();
            events.into_iter().for_each(|event| ignore(home.record(event)));
            for (account, state) in accounts {
                let by = [(Whom::Account(account.clone()), None)].into();
                home.account(account, by, Box::new(state));
            }
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }

    #[test]
    fn what_names_an_account_a_person_and_an_identifier(told in proptest::collection::vec(
        proptest::collection::vec(
            (world::ticket_event(), world::device_event(), world::whom(), world::person()), 0..20,
        ), 3,
    )) {
        let mut accounts = Vec::new();
        let mut persons = Vec::new();
        let mut identifiers = Vec::new();
        for told in told {
            let mut account = AccountState::default();
            let mut person = PersonState::default();
            let mut identifier = IdentifierState::default();
            for (event, held, whom, id) in told {
                let named = whom.unwrap_or(Whom::Account(
                    tenure::model::id::AccountId::parse("okta:1").expect("account"),
                ));
                let mut state = TicketState::default();
                state.record(event);
                let ticket = tenure::model::id::TicketId::new("OPS-1");
                let told = TicketTold { ticket: ticket.clone(), named: named.clone(), state: state.clone() };
                account.ticket(told.clone(), Some(id.clone()));
                person.ticket(told);
                identifier.ticket(ticket, state);
                let mut state = DeviceState::default();
                state.record(held);
                let source = tenure::model::id::SourceName::new("intune");
                let device = tenure::model::id::DeviceId::new(&source, "d-1");
                let told = DeviceTold { device: device.clone(), named, state: state.clone() };
                account.device(told.clone());
                let address = tenure::model::id::Identifier::email("jane@corp.example").expect("address");
                person.share(&address, [id].into());
                person.device(told, Through::Identifier(address));
                let owner = tenure::model::id::AccountId::parse("okta:2").expect("account");
                person.account_whose(owner, Box::new(account.whose()));
                identifier.device(device, state);
            }
            accounts.push(account);
            persons.push(person);
            identifiers.push(identifier);
        }
        laws(&accounts[0], &accounts[1], &accounts[2]);
        laws(&persons[0], &persons[1], &persons[2]);
        laws(&identifiers[0], &identifiers[1], &identifiers[2]);
    }

    #[test]
    fn devices(events in proptest::collection::vec(
        proptest::collection::vec(world::device_event(), 0..100), 3,
    )) {
        let homes: Vec<DeviceState> = events.into_iter().map(|events| {
            let mut home = DeviceState::default();
            events.into_iter().for_each(|event| ignore(home.record(event)));
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }

    #[test]
    fn sources(newest in proptest::collection::vec(
        proptest::collection::vec(world::delivered(), 0..5), 3,
    )) {
        let homes: Vec<SourceState> = newest.into_iter().map(|newest| {
            let mut home = SourceState::default();
            newest.into_iter().for_each(|newest| ignore(home.delivered(newest)));
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }

    #[test]
    fn workflows(events in proptest::collection::vec(
        (proptest::collection::vec(world::workflow_event(), 0..400),
         proptest::collection::vec(world::retry_event(), 0..20)), 3,
    )) {
        let homes: Vec<WorkflowState> = events.into_iter().map(|(events, retries)| {
            let mut home = WorkflowState::default();
            events.into_iter().for_each(|event| ignore(home.record(event)));
            retries.into_iter().for_each(|retry| ignore(home.retried(retry)));
            home
        }).collect();
        laws(&homes[0], &homes[1], &homes[2]);
    }
}

//! The census against a count by hand: of an invented company, told as facts in any order, on any
//! number of shards, counted in slices of any size.

use std::sync::Arc;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use tenure::engine::{Engine, Input, settle};
use tenure::model::census::{
    AccountStanding, Activity, Counted, CredentialAge, GrantKind, LeaverStanding, LinkStanding,
    NonHumanStanding, PersonStanding, Privilege, Tally,
};
use tenure::model::fact::{
    AccountFact, AccountUse, ContractEnd, CredentialChange, EmploymentEvent, EmploymentKind, Fact,
    GrantChange, GrantName, IdentifierFact, LifeChange, LifeKind, LinkReason, PersonFact, Use,
    Worker,
};
use tenure::model::finding::{RuleId, Status};
use tenure::model::id::{AccountId, EventUid, Identifier, PersonId, SourceName};
use tenure::model::policy::Policy;
use tenure::model::time::{Span, Timestamp};

/// Days run to 400: the census is of a time in the midst of what is known.
const NOW: i64 = 300;
const IDLE: i64 = 90;
/// In days; the default of `leaver-account-live`.
const GRACE: i64 = 1;
const PEOPLE: usize = 6;

/// Times in days.
#[derive(Clone, Debug)]
struct Person {
    hired: i64,
    on_leave: Option<(i64, i64)>,
    contract_end: Option<i64>,
    terminated: Option<i64>,
}

#[derive(Clone, Debug)]
struct Thing {
    word: &'static str,
    privileged: bool,
    from: i64,
    until: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Owner {
    Nobody,
    One(usize, LinkReason),
    Two,
    NonHuman(Option<usize>),
}

#[derive(Clone, Debug)]
struct Account {
    source: &'static str,
    owner: Owner,
    created: i64,
    end: Option<(i64, LifeKind)>,
    uses: Vec<i64>,
    grants: Vec<Thing>,
    credentials: Vec<Thing>,
}

fn span() -> impl Strategy<Value = (i64, i64)> {
    (1i64..399, 1i64..400).prop_map(|(from, length)| (from, (from + length).min(400)))
}

fn person() -> impl Strategy<Value = Person> {
    let leave = option::of(span());
    let end = option::of(310i64..400);
    let over = option::weighted(0.3, 200i64..300);
    // Half of those who leave do so within the thirty days that make a leaver.
    let left = option::of(prop_oneof![1i64..400, 271i64..300]);
    (0i64..380, leave, end, over, left).prop_map(|(hired, on_leave, end, over, left)| Person {
        hired,
        on_leave: on_leave.filter(|(from, _)| *from > hired),
        contract_end: over.or(end),
        terminated: left.filter(|left| *left > hired),
    })
}

fn things(words: &'static [&'static str]) -> impl Strategy<Value = Vec<Thing>> {
    let thing = (select(words), any::<bool>(), span(), any::<bool>()).prop_map(
        |(word, privileged, (from, until), ends)| Thing {
            word,
            privileged,
            from,
            until: ends.then_some(until),
        },
    );
    prop::collection::vec(thing, 0..4)
}

fn account() -> impl Strategy<Value = Account> {
    let reason = select(vec![LinkReason::Email, LinkReason::Stated]);
    let owner = prop_oneof![
        1 => Just(Owner::Nobody),
        4 => (0..PEOPLE, reason).prop_map(|(person, reason)| Owner::One(person, reason)),
        1 => Just(Owner::Two),
        1 => option::of(0..PEOPLE).prop_map(Owner::NonHuman),
    ];
    let kinds = select(vec![LifeKind::Suspended, LifeKind::Deleted]);
    let end = option::of((prop_oneof![2i64..400, 272i64..304], kinds));
    let source = select(vec!["okta", "github"]);
    let uses = prop::collection::vec(0i64..400, 0..6);
    let grants = things(&["group", "role", "strange"]);
    let credentials = things(&["api_token", "access_key"]);
    (source, owner, 0i64..330, end, uses, grants, credentials).prop_map(
        |(source, owner, created, end, uses, grants, credentials)| {
            let end = end.filter(|(at, _)| *at > created);
            let lives = |at: &i64| *at >= created && end.is_none_or(|(end, _)| *at < end);
            Account {
                source,
                owner,
                created,
                end,
                uses: uses.into_iter().filter(lives).collect(),
                grants,
                credentials,
            }
        },
    )
}

// --- told as facts

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(day * 86_400)
}

fn email(person: usize) -> Identifier {
    Identifier::email(&format!("p{person}@corp.example")).expect("an address")
}

fn change(at: i64, kind: LifeKind) -> LifeChange {
    LifeChange {
        at: day(at),
        kind,
        event: EventUid([7; 16]),
        actor: None,
    }
}

fn facts_of_person(number: usize, person: &Person) -> Vec<Fact> {
    let id = PersonId::new(format!("E{number}"));
    let event = |at: i64, kind, contract_end| {
        let event = EmploymentEvent {
            effective_at: day(at),
            recorded_at: day(at),
            kind,
            event: EventUid([1; 16]),
            worker: Worker {
                contract_end,
                ..Worker::default()
            },
        };
        Fact::Person(id.clone(), PersonFact::Employment(Box::new(event)))
    };
    let end = person.contract_end.map(day).map(ContractEnd::At);
    let hired = event(person.hired, EmploymentKind::Hire, end.unwrap_or_default());
    let unstated = ContractEnd::Unstated;
    let mut facts = vec![hired];
    if let Some((from, until)) = person.on_leave {
        facts.push(event(from, EmploymentKind::LeaveStart, unstated));
        facts.push(event(until, EmploymentKind::LeaveEnd, unstated));
    }
    let left = person.terminated;
    facts.extend(left.map(|at| event(at, EmploymentKind::Terminate, unstated)));
    let known = IdentifierFact::Person { person: id };
    facts.push(Fact::Identifier(email(number), known));
    facts
}

fn facts_of_account(number: usize, account: &Account) -> Vec<Fact> {
    let source = SourceName::new(account.source);
    let claims = |person: usize, reason| AccountFact::Claims {
        identifier: email(person),
        reason,
        at: day(0),
    };
    let mut facts = vec![AccountFact::Life(change(
        account.created,
        LifeKind::Created,
    ))];
    let end = account.end;
    facts.extend(end.map(|(at, kind)| AccountFact::Life(change(at, kind))));
    match account.owner {
        Owner::Nobody => {}
        Owner::One(person, reason) => facts.push(claims(person, reason)),
        Owner::Two => facts.extend([0, 1].map(|person| claims(person, LinkReason::Email))),
        Owner::NonHuman(owner) => {
            facts.push(AccountFact::NonHuman);
            facts.extend(owner.map(|person| claims(person, LinkReason::Stated)));
        }
    }
    facts.extend(account.uses.iter().map(|at| {
        AccountFact::Used(AccountUse {
            this: Use {
                at: day(*at),
                event: EventUid([2; 16]),
            },
            application: None,
            credential: None,
        })
    }));
    for (place, thing) in account.grants.iter().enumerate() {
        let kinds = [
            (Some(thing.from), LifeKind::Created),
            (thing.until, LifeKind::Deleted),
        ];
        facts.extend(kinds.into_iter().filter_map(|(at, kind)| {
            Some(AccountFact::Granted(GrantChange {
                grant: GrantName {
                    kind: thing.word.into(),
                    name: format!("g{place}").into(),
                },
                privileged: thing.privileged,
                change: change(at?, kind),
            }))
        }));
    }
    for (place, thing) in account.credentials.iter().enumerate() {
        let kinds = [
            (Some(thing.from), LifeKind::Created),
            (thing.until, LifeKind::Deleted),
        ];
        facts.extend(kinds.into_iter().filter_map(|(at, kind)| {
            Some(AccountFact::Credential(CredentialChange {
                credential: format!("c{place}-{number}").into(),
                kind: Some(thing.word.into()),
                change: change(at?, kind),
            }))
        }));
    }
    let id = AccountId::new(&source, format!("a{number}"));
    let facts = facts
        .into_iter()
        .map(|fact| Fact::Account(id.clone(), fact));
    facts.collect()
}

// --- counted by hand

fn is_in(from: i64, until: Option<i64>) -> bool {
    from <= NOW && until.is_none_or(|until| NOW < until)
}

fn count_person(person: &Person, tally: &mut Tally) {
    let past = |at: Option<i64>| at.is_some_and(|at| at <= NOW);
    tally.count(Counted::Person(if person.hired > NOW {
        PersonStanding::NotStarted
    } else if past(person.terminated) {
        PersonStanding::Terminated
    } else if past(person.contract_end) {
        PersonStanding::ContractOver
    } else if person
        .on_leave
        .is_some_and(|(from, until)| is_in(from, Some(until)))
    {
        PersonStanding::OnLeave
    } else {
        PersonStanding::Employed
    }));
}

fn count_account(account: &Account, people: &[Person], tally: &mut Tally) {
    if account.created > NOW {
        return;
    }
    let source = SourceName::new(account.source);
    let ended = account.end.filter(|(at, _)| *at <= NOW);
    let state = match ended {
        None => AccountStanding::Live,
        Some((_, LifeKind::Deleted)) => AccountStanding::Deleted,
        Some(_) => AccountStanding::Ended,
    };
    let live = state == AccountStanding::Live;
    let left = |person: usize| {
        let terminated = people.get(person).and_then(|person| person.terminated);
        terminated.filter(|at| *at <= NOW)
    };
    let link = match account.owner {
        Owner::Nobody => LinkStanding::Unlinked,
        Owner::One(..) => LinkStanding::Linked,
        Owner::Two => LinkStanding::Disputed,
        Owner::NonHuman(owner) => {
            tally.count(Counted::NonHuman(match (live, owner) {
                (false, _) => NonHumanStanding::Ended,
                (true, Some(owner)) if left(owner).is_none() => NonHumanStanding::Owned,
                (true, _) => NonHumanStanding::Ownerless,
            }));
            LinkStanding::NonHuman
        }
    };
    tally.count(Counted::Account(source.clone(), state, link));
    if let Owner::One(person, reason) = account.owner {
        if live {
            tally.count(Counted::Link(source.clone(), reason));
        }
        count_leaver(account, (left(person), ended.map(|(at, _)| at)), tally);
    }
    if live {
        let uses = account.uses.iter().copied();
        let last = uses.filter(|at| *at <= NOW).max();
        tally.count(Counted::Activity(
            source.clone(),
            match last {
                Some(last) if last + IDLE > NOW => Activity::Used,
                last if last.unwrap_or(account.created) + IDLE <= NOW => Activity::Dormant,
                _ => Activity::Unknown,
            },
        ));
        if last.is_some() {
            tally.count(Counted::UseSeen(source.clone()));
        }
        for grant in account.grants.iter().filter(|it| is_in(it.from, it.until)) {
            let kind = GrantKind::of(grant.word);
            let privilege = [Privilege::Ordinary, Privilege::Privileged];
            let privilege = privilege.get(usize::from(grant.privileged)).expect("one");
            tally.count(Counted::Grant(source.clone(), kind, *privilege));
        }
    }
    // Deleting the account ends what it has by then; a suspension does not.
    let deleted = ended.filter(|(_, kind)| *kind == LifeKind::Deleted);
    let ends = |from| deleted.is_some_and(|(at, _)| at >= from);
    let keys = account.credentials.iter();
    for key in keys.filter(|key| is_in(key.from, key.until) && !ends(key.from)) {
        let age = CredentialAge::of(Span::days(NOW - key.from));
        let kind = Some(key.word.into());
        tally.count(Counted::Credential(source.clone(), kind, age));
    }
}

fn count_leaver(account: &Account, (left, ended): (Option<i64>, Option<i64>), tally: &mut Tally) {
    let Some(left) = left.filter(|left| left + 30 > NOW) else {
        return;
    };
    if account.created > left || account.end.is_some_and(|(end, _)| end <= left) {
        return;
    }
    let source = SourceName::new(account.source);
    tally.count(Counted::Leaver(
        source,
        match ended {
            Some(end) if end <= left + GRACE => LeaverStanding::InTime,
            Some(_) => LeaverStanding::Late,
            None if NOW < left + GRACE => LeaverStanding::Pending,
            None => LeaverStanding::Overdue,
        },
    ));
}

// --- both

fn taken(facts: Vec<Fact>, shards: usize, slice: usize) -> (Tally, u64) {
    let policy = Arc::new(Policy::default());
    let mut engines: Vec<Engine> = (0..shards).map(|_| Engine::new(policy.clone())).collect();
    settle(facts, shards, &mut |inputs| {
        let of_each = engines.iter_mut().zip(inputs).map(|(engine, inputs)| {
            let mut effects = Vec::new();
            engine.round(inputs, &mut effects);
            effects
        });
        of_each.collect()
    });
    let mut sum = Tally::default();
    let mut dormant = 0;
    for engine in &mut engines {
        engine.step(Input::Tick(day(NOW)), &mut Vec::new());
        let mut slices = 0..;
        // A pass that was begun goes on, and a second one finds the same.
        for pass in 0..2 {
            let tally = slices.find_map(|_| engine.census(slice)).expect("an end");
            if pass == 1 {
                sum.merge(&tally);
            }
        }
        let told = engine.findings().filter(|finding| {
            finding.rule == RuleId::AccountDormant && finding.status == Status::Open
        });
        dormant += u64::try_from(told.count()).expect("few");
    }
    (sum, dormant)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_census_is_the_count_by_hand(
        people in prop::collection::vec(person(), PEOPLE),
        accounts in prop::collection::vec(account(), 0..25),
        shards in 1usize..4,
        slice in select(vec![1usize, 3, 1_000]),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut expected = Tally::default();
        let mut facts = Vec::new();
        for (number, person) in people.iter().enumerate() {
            count_person(person, &mut expected);
            facts.extend(facts_of_person(number, person));
        }
        for (number, account) in accounts.iter().enumerate() {
            count_account(account, &people, &mut expected);
            facts.extend(facts_of_account(number, account));
        }
        let turn = seed.index(facts.len());
        facts.rotate_left(turn);
        let (tally, dormant) = taken(facts, shards, slice);
        prop_assert_eq!(&tally, &expected);
        let count = |source| tally.of(&Counted::Activity(SourceName::new(source), Activity::Dormant));
        // The census says dormant where the rule does.
        prop_assert_eq!(count("okta") + count("github"), dormant);
    }
}

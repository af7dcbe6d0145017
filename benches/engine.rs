//! What the engine does most: joining a use, assessing an account, and counting one.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tenure::assess;
use tenure::engine::{Engine, Input};
use tenure::model::Text;
use tenure::model::fact::{
    AccountFact, AccountUse, EmploymentEvent, EmploymentKind, Fact, GrantChange, GrantName,
    LifeChange, LifeKind, LinkReason, OwnerPush, Use, Worker,
};
use tenure::model::id::{AccountId, EventUid, Identifier, PersonId, SourceName};
use tenure::model::limits::CENSUS_HOMES_MAX;
use tenure::model::policy::Policy;
use tenure::model::state::{AccountState, Employment, Selves};
use tenure::model::time::Timestamp;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FACTS: usize = 16_384;
/// 2026-01-05T00:00:00Z
const BEGIN_SECONDS: i64 = 1_767_571_200;

fn account(number: usize) -> AccountId {
    AccountId::new(&SourceName::new("okta"), format!("00u{number:017x}"))
}

fn use_at(seconds: i64) -> AccountUse {
    let mut event = [0; 16];
    event[..8].copy_from_slice(&seconds.to_be_bytes());
    let at = Timestamp::from_seconds(BEGIN_SECONDS + seconds);
    let this = Use {
        at,
        event: EventUid(event),
    };
    AccountUse {
        this,
        application: None,
        credential: None,
    }
}

/// Facts as shards take them, of accounts in a mixed order, each a minute after the one before.
fn uses(accounts: &[AccountId], clock: &mut i64) -> Vec<Input> {
    let mut mixed = clock.cast_unsigned();
    let facts = (0..FACTS).map(|_| {
        *clock += 60;
        mixed = mixed
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        let index = usize::try_from(mixed >> 33).unwrap_or_default() % accounts.len();
        let id = accounts.get(index).expect("an account").clone();
        Input::Fact(Fact::Account(id, AccountFact::Used(use_at(*clock))))
    });
    facts.collect()
}

fn join(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("join a use");
    group.throughput(Throughput::Elements(FACTS as u64));
    for (name, count) in [
        ("among 16 accounts", 16),
        ("among 100,000 accounts", 100_000),
    ] {
        let accounts: Vec<AccountId> = (0..count).map(account).collect();
        let mut engine = Engine::new(Arc::new(Policy::default()));
        let mut clock = 0;
        // Every account's newest uses are full where there are few, so that each one displaces one.
        for input in uses(&accounts, &mut clock) {
            engine.step(input, &mut Vec::new());
        }
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || uses(&accounts, &mut clock),
                |inputs| {
                    let mut effects = Vec::new();
                    engine.round(inputs, &mut effects);
                    effects
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Two months of log-ins by somebody who was hired, has an owner and some groups.
fn typical() -> AccountState {
    let mut state = AccountState::default();
    let begin = Timestamp::from_seconds(BEGIN_SECONDS);
    let life = LifeChange {
        at: begin,
        kind: LifeKind::Created,
        event: EventUid([1; 16]),
        actor: None,
    };
    state.life.change(life.clone());
    state.call(
        begin,
        Some("Jane Roe".into()),
        Some("jane@corp.example".into()),
    );
    for number in 0..180 {
        state.used(use_at(number * 8 * 3_600));
    }
    for number in 0..5 {
        let grant = GrantName {
            kind: "group".into(),
            name: Text::from(format!("Group {number}")),
        };
        state.granted(GrantChange {
            grant,
            privileged: false,
            change: life.clone(),
        });
    }
    let mut employment = Employment::default();
    employment.record(EmploymentEvent {
        effective_at: begin,
        recorded_at: begin,
        kind: EmploymentKind::Hire,
        event: EventUid([2; 16]),
        worker: Worker::default(),
    });
    state.owned(OwnerPush {
        person: PersonId::new("E1"),
        via: Some((Identifier::employee_id("E1"), LinkReason::Stated, begin)),
        same_as: Selves::new(),
        employment,
    });
    state
}

fn assess(criterion: &mut Criterion) {
    let policy = Policy::default();
    let (id, state) = (account(1), typical());
    let now = Timestamp::from_seconds(BEGIN_SECONDS + 61 * 86_400);
    criterion.bench_function("assess a typical account", |bencher| {
        bencher.iter(|| black_box(assess::account(&id, black_box(&state), &policy, now)));
    });
}

/// What holds up the homes' lane for as long as it takes.
fn census(criterion: &mut Criterion) {
    let mut engine = Engine::new(Arc::new(Policy::default()));
    for number in 0..CENSUS_HOMES_MAX {
        let state = AccountFact::Absorbed(Box::new(typical()));
        let fact = Fact::Account(account(number), state);
        engine.step(Input::Fact(fact), &mut Vec::new());
    }
    let now = Timestamp::from_seconds(BEGIN_SECONDS + 61 * 86_400);
    engine.step(Input::Tick(now), &mut Vec::new());
    let mut group = criterion.benchmark_group("census");
    group.throughput(Throughput::Elements(CENSUS_HOMES_MAX as u64));
    group.bench_function("a whole slice of typical accounts", |bencher| {
        bencher.iter(|| black_box(engine.census(CENSUS_HOMES_MAX)));
    });
    group.finish();
}

criterion_group!(benches, join, assess, census);
criterion_main!(benches);

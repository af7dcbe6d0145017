use super::*;
use crate::model::fact::{ContractEnd, EmploymentEvent, EmploymentKind, LinkReason, Worker};
use EmploymentKind::{
    ContractChange, Hire, LeaveStart, Rehire, SnapshotEmployed, SnapshotTerminated, Terminate,
    Transfer,
};

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * DAY)
}

/// A record of HR: effective on a day, written down on another.
struct Record {
    effective: i64,
    recorded: i64,
    kind: EmploymentKind,
    contract_end: ContractEnd,
}

fn record(effective: i64, recorded: i64, kind: EmploymentKind) -> Record {
    Record {
        effective,
        recorded,
        kind,
        contract_end: ContractEnd::Unstated,
    }
}

impl Record {
    fn until(self, day_of_end: i64) -> Self {
        Record {
            contract_end: ContractEnd::At(day(day_of_end)),
            ..self
        }
    }

    /// Its uid is the day on which it was written down.
    fn event(&self) -> EmploymentEvent {
        EmploymentEvent {
            effective_at: day(self.effective),
            recorded_at: day(self.recorded),
            kind: self.kind,
            event: uid(self.recorded),
            worker: Worker {
                name: Some("Jane Roe".into()),
                email: Some("jane@corp.example".into()),
                contract_end: self.contract_end,
                ..Worker::default()
            },
        }
    }
}

fn uid(recorded: i64) -> EventUid {
    EventUid([u8::try_from(recorded).expect("a small day"); 16])
}

fn state(records: &[Record]) -> PersonState {
    let mut state = PersonState::default();
    for record in records {
        state.employment.record(record.event());
    }
    state
}

/// What stands as of a day, whatever came first.
fn row(records: &[Record], at: i64) -> PersonRow {
    let id = PersonId::new("E1");
    let policy = Policy::default();
    let forwards = person_of(&id, &state(records), &policy, day(at));
    let mut backwards = PersonState::default();
    for record in records.iter().rev() {
        backwards.employment.record(record.event());
    }
    assert_eq!(person_of(&id, &backwards, &policy, day(at)), forwards);
    forwards.expect("a person")
}

/// Day and uid of what is stated.
fn days(stated: Option<Stated>) -> Option<(i64, i64)> {
    let number = |at: Timestamp| at.as_micros() / 1_000_000 / DAY;
    stated.map(|it| (number(it.at), number(it.recorded_at.expect("a record"))))
}

/// The state, and days with those on which HR wrote them down.
fn check(
    records: &[Record],
    at: i64,
    state: PersonStanding,
    [hired, left, contract, ended]: [Option<(i64, i64)>; 4],
) {
    let row = row(records, at);
    assert_eq!(row.state, Some(state), "state as of {at}");
    assert_eq!(days(row.hired), hired, "hired as of {at}");
    assert_eq!(days(row.left), left, "left as of {at}");
    assert_eq!(days(row.contract), contract, "contract as of {at}");
    assert_eq!(days(row.contract_ended), ended, "contract ended as of {at}");
    for stated in [row.hired, row.left, row.contract].into_iter().flatten() {
        assert!(row.evidence().contains(&stated.event.to_string().into()));
    }
}

#[test]
fn a_joiner_is_not_started_and_then_employed_and_a_listing_knows_no_hire() {
    let hired = [record(10, 3, Hire)];
    let begins = [Some((10, 3)), None, None, None];
    check(&hired, 5, PersonStanding::NotStarted, begins);
    check(&hired, 10, PersonStanding::Employed, begins);
    let away = [record(10, 3, Hire), record(20, 19, LeaveStart)];
    check(&away, 21, PersonStanding::OnLeave, begins);
    let listed = [record(1, 1, SnapshotEmployed)];
    check(&listed, 5, PersonStanding::Employed, [None; 4]);
}

#[test]
fn a_leaver_by_an_event_and_one_by_a_listing_left_when_hr_says() {
    let by_event = [record(1, 1, Hire), record(30, 28, Terminate)];
    let told = [Some((1, 1)), Some((30, 28)), None, None];
    check(&by_event, 29, PersonStanding::Employed, told);
    check(&by_event, 30, PersonStanding::Terminated, told);
    let by_listing = [
        record(1, 1, SnapshotEmployed),
        record(31, 31, SnapshotTerminated),
        record(32, 32, SnapshotTerminated),
    ];
    let told = [None, Some((31, 31)), None, None];
    check(&by_listing, 40, PersonStanding::Terminated, told);
    // A record that is written later corrects the one before, and a listing after it says nothing.
    let corrected = [
        record(1, 1, Hire),
        record(30, 28, Terminate),
        record(25, 33, Terminate),
        record(34, 34, SnapshotTerminated),
    ];
    let told = [Some((1, 1)), Some((25, 33)), None, None];
    check(&corrected, 40, PersonStanding::Terminated, told);
}

#[test]
fn a_leave_stands_after_a_rehire() {
    let records = [
        record(1, 1, Hire),
        record(30, 29, Terminate),
        record(40, 38, Rehire),
        record(90, 60, Terminate),
    ];
    let gone = [Some((1, 1)), Some((30, 29)), None, None];
    check(&records, 35, PersonStanding::Terminated, gone);
    let back = [Some((40, 38)), Some((30, 29)), None, None];
    check(&records, 70, PersonStanding::Employed, back);
    let gone = [Some((40, 38)), Some((90, 60)), None, None];
    check(&records, 90, PersonStanding::Terminated, gone);
}

#[test]
fn a_contract_that_is_extended_in_time_never_ended_and_one_that_is_later_did() {
    let hired = || record(1, 1, Hire).until(30);
    let in_time = [hired(), record(20, 20, ContractChange).until(60)];
    let before = [Some((1, 1)), None, Some((30, 1)), None];
    check(&in_time, 19, PersonStanding::Employed, before);
    let after = [Some((1, 1)), None, Some((60, 20)), None];
    check(&in_time, 40, PersonStanding::Employed, after);
    let over = [Some((1, 1)), None, Some((60, 20)), Some((60, 20))];
    check(&in_time, 60, PersonStanding::ContractOver, over);
    let late = [hired(), record(35, 35, ContractChange).until(60)];
    let over = [Some((1, 1)), None, Some((30, 1)), Some((30, 1))];
    check(&late, 32, PersonStanding::ContractOver, over);
    let extended = [Some((1, 1)), None, Some((60, 35)), Some((30, 1))];
    check(&late, 40, PersonStanding::Employed, extended);
    // What is recorded late and was in force in time is an extension in time.
    let backdated = [hired(), record(28, 35, ContractChange).until(60)];
    let extended = [Some((1, 1)), None, Some((60, 35)), None];
    check(&backdated, 40, PersonStanding::Employed, extended);
    let open = Record {
        contract_end: ContractEnd::Open,
        ..record(20, 20, ContractChange)
    };
    let without_end = [Some((1, 1)), None, None, None];
    check(&[hired(), open], 40, PersonStanding::Employed, without_end);
    let left = [hired(), record(30, 29, Terminate)];
    let told = [Some((1, 1)), Some((30, 29)), Some((30, 1)), Some((30, 1))];
    check(&left, 31, PersonStanding::Terminated, told);
}

#[test]
fn a_position_is_the_one_held_then() {
    let mut state = state(&[]);
    for (at, kind, title) in [(5, Hire, "Engineer"), (20, Transfer, "Lead")] {
        let mut event = record(at, at, kind).event();
        event.worker.title = Some(title.into());
        event.worker.manager_id = Some("E9".into());
        state.employment.record(event);
    }
    let id = PersonId::new("E1");
    let as_of = |at| person_of(&id, &state, &Policy::default(), day(at)).expect("a person");
    for (at, title) in [(1, "Engineer"), (19, "Engineer"), (20, "Lead")] {
        assert_eq!(as_of(at).title.as_deref(), Some(title), "{at}");
        assert_eq!(as_of(at).manager.as_deref(), Some("E9"));
        assert_eq!(as_of(at).department, None);
    }
}

#[test]
fn somebody_with_two_ids_is_one_person_and_a_bare_number_is_nobody() {
    let (contractor, employee) = (PersonId::new("C1"), PersonId::new("E1"));
    let mut old = state(&[record(1, 1, Hire), record(30, 29, Terminate)]);
    let mut new = state(&[record(40, 38, Hire)]);
    new.same_as(contractor.clone(), LinkReason::Stated, day(38));
    let (old_alone, new_alone) = (old.alone(), new.alone());
    new.other(contractor.clone(), old_alone);
    old.other(employee.clone(), new_alone);
    let policy = Policy::default();
    let row = person_of(&employee, &new, &policy, day(50)).expect("a person");
    assert_eq!(row.ids, ["C1".into(), "E1".into()]);
    assert_eq!(days(row.left), Some((30, 29)));
    assert_eq!(days(row.hired), Some((40, 38)));
    assert_eq!(person_of(&contractor, &old, &policy, day(50)), None);
    let nothing = PersonState::default();
    assert_eq!(person_of(&contractor, &nothing, &policy, day(50)), None);
}

#[test]
fn people_are_sorted_by_identity() {
    let row = |identity: &str| PersonRow {
        identity: identity.into(),
        ..PersonRow::default()
    };
    let people = People::new(day(1), vec![row("E2"), row("E1")]);
    assert_eq!(people.rows, [row("E1"), row("E2")]);
}

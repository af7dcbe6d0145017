//! What is ordinary: people come, move, go on leave and go, and the desk does its work, mostly.

use super::grants::{birthright, of_department, offered, sources_of};
use super::names::DEPARTMENTS;
use super::people::Who;
use crate::model::Text;
use crate::model::time::{Span, Timestamp};
use crate::simulate::deed::{
    AccountNo, Actor, DeviceChange, DeviceNo, Grant, HrKind, Listed, Subject, Ticket, TicketChange,
    TicketKind, WorkflowChange,
};
use crate::simulate::sources;
use crate::simulate::stage::{DAY, HOUR, MINUTE, Stage};
use crate::simulate::world::{World, after};

/// Somebody at work.
struct Employee {
    who: Who,
    accounts: Vec<(AccountNo, Timestamp)>,
    device: DeviceNo,
    since: Timestamp,
}

/// As many people as the settings say, each with what becomes of them.
pub fn people(world: &mut World) {
    for _ in 0..world.settings.people {
        let department = world.chance.pick(&DEPARTMENTS).0;
        let mut stage = Stage { world };
        let mut employee = if stage.world.chance.percent(88) {
            there_already(&mut stage, department)
        } else {
            joins(&mut stage, department)
        };
        lives(&mut stage, &mut employee);
    }
}

/// Here before the logs begin: listings say what they have.
fn there_already(stage: &mut Stage<'_>, department: &str) -> Employee {
    let begin = stage.begin();
    let mut who = Who::new(stage.world, department);
    contract(stage, &mut who, begin);
    let hired = after(begin, -stage.seconds(20 * DAY, 1_500 * DAY));
    who.told(
        stage.world,
        HrKind::Hire,
        (after(begin, stage_span(stage, 2_000)), hired),
    );
    let device = stage.world.device();
    let holder = who.email.clone();
    let at = after(begin, stage.seconds(HOUR, DAY));
    stage.device(device, at, DeviceChange::Enrolled { holder });
    let mut accounts = Vec::new();
    for source in sources_of(department) {
        let account = who.account(stage.world, source);
        let at = after(begin, stage.seconds(2_100, 5 * HOUR));
        let grants = comes_with(source, department);
        if *source == "aws_cloudtrail" {
            // IAM's own records are what ties a user's name to its id.
            let machine = stage.machine(account);
            stage
                .world
                .life(account, sources::usual_begin(source), (at, machine));
            given(stage, account, (&grants, after(at, MINUTE)));
        } else {
            listed(stage, account, (grants, hired, at));
        }
        accounts.push((account, at));
    }
    Employee {
        who,
        accounts,
        device,
        since: at,
    }
}

fn stage_span(stage: &Stage<'_>, seconds: i64) -> i64 {
    stage.seconds(10, seconds)
}

/// Some are here for a time.
fn contract(stage: &mut Stage<'_>, who: &mut Who, from: Timestamp) {
    match stage.world.chance.below(10) {
        0 => {
            who.employment_type = Text::from("contractor");
            who.contract_end = Some(after(from, stage.seconds(60 * DAY, 700 * DAY)));
        }
        1 => who.employment_type = Text::from("intern"),
        _ => {}
    }
}

fn comes_with(source: &str, department: &str) -> Vec<Grant> {
    let of_department = of_department(department).into_iter();
    let here = of_department
        .filter(|(at, _)| *at == source)
        .map(|(_, grant)| grant);
    birthright(source).into_iter().chain(here).collect()
}

fn listed(
    stage: &mut Stage<'_>,
    account: AccountNo,
    (grants, hired, at): (Vec<Grant>, Timestamp, Timestamp),
) {
    stage.world.held.insert(account, grants.clone());
    let listed = Listed {
        account,
        live: true,
        created_at: Some(after(hired, HOUR)),
        last_used_at: Some(after(at, -stage.seconds(HOUR, 4 * DAY))),
        grants: grants
            .into_iter()
            .map(|grant| (grant, Some(after(hired, 2 * HOUR))))
            .collect(),
        credentials: Vec::new(),
    };
    stage.listed(at, listed);
}

fn given(stage: &mut Stage<'_>, account: AccountNo, (grants, at): (&[Grant], Timestamp)) {
    for (place, grant) in (1_i64..).zip(grants) {
        let machine = stage.machine(account);
        stage.grant(account, grant, (after(at, place * 2), machine));
    }
}

/// Hired: a ticket, a run of the workflow, accounts and what comes with the position.
fn joins(stage: &mut Stage<'_>, department: &str) -> Employee {
    let mut who = Who::new(stage.world, department);
    let first = after(stage.moment(20 * DAY), 0);
    contract(stage, &mut who, first);
    let recorded = after(first, -stage.seconds(DAY, 20 * DAY)).max(after(stage.begin(), HOUR));
    who.told(stage.world, HrKind::Hire, (recorded, first));
    let ticket = stage.ticket(TicketKind::Onboarding, Subject::Email(who.email.clone()));
    stage.ticket_is(&ticket, after(recorded, 20 * MINUTE), TicketChange::Created);
    stage.ticket_is(&ticket, after(recorded, 3 * HOUR), TicketChange::Approved);
    let mut run = stage.run(&who, None);
    run.name = Text::from("Onboard user");
    stage.run_is(&run, first, WorkflowChange::Started);
    let mut accounts = Vec::new();
    let mut at = first;
    for source in sources_of(department) {
        at = after(at, stage.seconds(5, 90));
        let account = who.account(stage.world, source);
        let machine = stage.machine(account);
        stage
            .world
            .life(account, sources::usual_begin(source), (at, machine));
        at = after(at, 5);
        given(stage, account, (&comes_with(source, department), at));
        at = after(at, 20);
        accounts.push((account, at));
    }
    stage.run_is(&run, after(at, 30), WorkflowChange::Succeeded);
    stage.ticket_is(
        &ticket,
        after(at, HOUR),
        TicketChange::Closed { done: true },
    );
    let device = stage.world.device();
    let holder = who.email.clone();
    stage.device(
        device,
        after(at, 2 * HOUR),
        DeviceChange::Enrolled { holder },
    );
    Employee {
        who,
        accounts,
        device,
        since: after(at, 3 * HOUR),
    }
}

/// What becomes of them: most go on working.
fn lives(stage: &mut Stage<'_>, employee: &mut Employee) {
    let (since, end) = (employee.since, stage.end());
    let room = end.since(since).as_seconds();
    let fate = stage.world.chance.below(100);
    if stage.world.chance.percent(25) && room > 6 * DAY {
        asks(stage, employee);
    }
    let whole =
        |employee: &Employee, stage: &mut Stage<'_>, (from, until): (Timestamp, Timestamp)| {
            for (account, made) in &employee.accounts {
                stage.used(*account, from.max(*made), until);
            }
        };
    if room < 12 * DAY {
        return whole(employee, stage, (since, end));
    }
    let at = stage
        .world
        .chance
        .time(after(since, 4 * DAY), after(end, -6 * DAY));
    match fate {
        0..12 => {
            whole(employee, stage, (since, at));
            leaves(stage, employee, at);
        }
        12..20 => {
            whole(employee, stage, (since, end));
            moves(stage, employee, at);
        }
        20..24 => {
            let back = after(at, stage.seconds(7 * DAY, 50 * DAY));
            let who = &employee.who;
            who.told(stage.world, HrKind::LeaveStart, (after(at, -2 * DAY), at));
            who.told(stage.world, HrKind::LeaveEnd, (after(back, -2 * DAY), back));
            whole(employee, stage, (since, at));
            whole(employee, stage, (back, end));
        }
        24..27 => {
            whole(employee, stage, (since, end));
            crate::simulate::stories::renamed(stage, &mut employee.who, at);
        }
        _ => whole(employee, stage, (since, end)),
    }
    extended(stage, employee);
}

/// A contract that would end is extended in time.
fn extended(stage: &mut Stage<'_>, employee: &mut Employee) {
    let Some(ends) = employee.who.contract_end.filter(|ends| *ends < stage.end()) else {
        return;
    };
    let at = after(ends, -stage.seconds(3 * DAY, 15 * DAY));
    employee.who.contract_end = Some(after(stage.end(), 200 * DAY));
    employee
        .who
        .told(stage.world, HrKind::ContractChange, (at, at));
}

/// Wants something, and gets it with an approval.
fn asks(stage: &mut Stage<'_>, employee: &Employee) {
    let (account, made) = *stage.world.chance.pick(&employee.accounts);
    let source = stage.world.cast.account(account).source.clone();
    let offers = offered(&source, |kind, privileged| !privileged && kind != "oauth");
    if offers.is_empty() {
        return;
    }
    let grant = stage.world.chance.pick(&offers).clone();
    let had = stage
        .world
        .held
        .get(&account)
        .is_some_and(|held| held.contains(&grant));
    if had {
        return;
    }
    let mut ticket: Ticket = stage.ticket(
        TicketKind::AccessRequest,
        Subject::Email(employee.who.email.clone()),
    );
    ticket.grants = vec![(source, grant.clone())];
    let at = after(made.max(employee.since), stage.seconds(HOUR, 3 * DAY));
    stage.ticket_is(&ticket, at, TicketChange::Created);
    stage.ticket_is(&ticket, after(at, 3 * HOUR), TicketChange::Approved);
    let admin: Actor = stage.admin(account);
    let given = after(at, stage.seconds(4 * HOUR, 20 * HOUR));
    stage.grant(account, &grant, (given, admin));
    stage.ticket_is(
        &ticket,
        after(given, MINUTE),
        TicketChange::Resolved { done: true },
    );
}

/// Another department: most of what came with the old one is taken away.
fn moves(stage: &mut Stage<'_>, employee: &mut Employee, at: Timestamp) {
    let next = stage.world.chance.pick(&DEPARTMENTS);
    employee.who.department = Text::from(next.0);
    employee.who.title = Text::from(*stage.world.chance.pick(&next.1));
    employee
        .who
        .told(stage.world, HrKind::Transfer, (after(at, -DAY), at));
    for (account, _) in employee.accounts.clone() {
        let source = stage.world.cast.account(account).source.clone();
        let stays = comes_with(&source, next.0);
        let held = stage.world.held.get(&account).cloned().unwrap_or_default();
        for grant in held.iter().filter(|grant| !stays.contains(grant)) {
            if stage.world.chance.percent(85) {
                let gone = after(at, stage.seconds(HOUR, 6 * DAY));
                stage.revoke(account, grant, gone);
            }
        }
    }
}

/// Offboarded: a ticket, a run of the workflow, and what they had ends, mostly.
fn leaves(stage: &mut Stage<'_>, employee: &mut Employee, left: Timestamp) {
    stage.leaves(&employee.who, left);
    let ticket = stage.ticket(
        TicketKind::Offboarding,
        Subject::Email(employee.who.email.clone()),
    );
    stage.ticket_is(
        &ticket,
        after(left, -stage.seconds(HOUR, 3 * DAY)),
        TicketChange::Created,
    );
    let run = stage.run(&employee.who, None);
    let began = after(left, stage.seconds(MINUTE, HOUR));
    stage.run_is(&run, began, WorkflowChange::Started);
    let mut at = began;
    for (account, _) in employee.accounts.clone() {
        at = after(at, stage.seconds(10, 100));
        let forgotten = stage.world.chance.percent(4);
        let sloppy = stage.world.chance.percent(6);
        for grant in stage.world.held.get(&account).cloned().unwrap_or_default() {
            at = after(at, 3);
            if !forgotten && !sloppy {
                stage.revoke(account, &grant, at);
            }
        }
        at = after(at, 4);
        if !forgotten {
            stage.ends(account, at);
            stage.run_is(&run, after(at, 1), WorkflowChange::EndAccount { account });
        }
    }
    stage.run_is(&run, after(at, MINUTE), WorkflowChange::Succeeded);
    stage.ticket_is(
        &ticket,
        after(at, HOUR),
        TicketChange::Resolved { done: true },
    );
    if stage.world.chance.percent(92) {
        let back = after(left, stage.seconds(HOUR, 4 * DAY));
        let holder = employee.who.email.clone();
        stage.device(employee.device, back, DeviceChange::Unenrolled { holder });
    }
    if stage.world.chance.percent(6) && left + Span::days(20) < stage.end() {
        let back = after(left, stage.seconds(8 * DAY, 18 * DAY));
        stage.rehired(&employee.who, back);
    }
}

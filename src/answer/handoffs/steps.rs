//! The steps of a transition, as an account's and a person's states show them.

use super::{StepKind, Transition, TransitionKind, transitions};
use crate::answer::actor;
use crate::answer::timeline::Window;
use crate::assess::{AccountContext, PersonContext, comes_with, device_holdings};
use crate::identity::{Ownership, Position, positions};
use crate::model::Text;
use crate::model::fact::{GrantName, LifeChange};
use crate::model::id::{AccountId, EventUid, PersonId, SourceName};
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Employment, LifeHistory, LiveInterval, PersonState};
use crate::model::time::{Span, Timestamp};

/// What is made or ended this long before and after a transition belongs to it.
const BEFORE: Span = Span::days(7);
const AFTER: Span = Span::days(30);

/// A step of one person's transition, before it is known how it was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub person: PersonId,
    pub transition: Transition,
    pub kind: StepKind,
    pub subject: Text,
    pub done_at: Option<Timestamp>,
    pub by: Option<Text>,
    /// Every name of whoever did it, lower-cased.
    pub actor: Vec<Text>,
    pub source: SourceName,
    /// Names by which a workflow's step may mean what was worked on, lower-cased.
    pub worked_on: Vec<Text>,
    pub events: Vec<EventUid>,
}

/// One account, at one transition of its owner.
struct Look<'a> {
    context: &'a AccountContext<'a>,
    person: &'a PersonId,
    employment: &'a Employment,
    transition: Transition,
    /// All of them: what was made belongs to the nearest.
    all: &'a [Transition],
    now: Timestamp,
    worked_on: Vec<Text>,
}

/// The steps at an account that has one owner, for the transitions of the window.
pub fn of_account(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    (window, now): (Window, Timestamp),
) -> Vec<Draft> {
    if !state.same_as.is_empty() || state.session {
        return Vec::new();
    }
    let context = AccountContext::new(id, state, policy);
    let Ownership::Person { person, owner, .. } = &context.ownership else {
        return Vec::new();
    };
    let all = transitions(&owner.employment);
    let names = state
        .names
        .iter()
        .map(|name| format!("{}:{name}", id.source));
    let names = names.chain([id.to_string().to_lowercase()]);
    let worked_on: Vec<Text> = names.map(Text::from).collect();
    let asked = all
        .iter()
        .filter(|it| window.contains(it.at) && it.at <= now);
    let drafts = asked.flat_map(|transition| {
        let look = Look {
            context: &context,
            person,
            employment: &owner.employment,
            transition: *transition,
            all: &all,
            now: now.min(back_at(&all, transition)),
            worked_on: worked_on.clone(),
        };
        match transition.kind {
            TransitionKind::Joiner => look.joiner(),
            TransitionKind::Mover => look.mover(),
            TransitionKind::Leaver => look.leaver(),
        }
    });
    drafts.collect()
}

/// When somebody who left came back: what ends after that has nothing to do with the leave.
fn back_at(all: &[Transition], transition: &Transition) -> Timestamp {
    let after = all.iter().filter(|it| it.at > transition.at);
    let back = after
        .filter(|it| it.kind == TransitionKind::Joiner)
        .map(|it| it.at);
    match transition.kind {
        TransitionKind::Leaver => back.min().unwrap_or(Timestamp::MAX),
        _ => Timestamp::MAX,
    }
}

impl Look<'_> {
    /// The account and grants that were made, and what comes with the position and was not.
    fn joiner(&self) -> Vec<Draft> {
        let account = &self.context.state.life;
        let made = self.context.live.iter().find(|live| self.is_made_for(live));
        let text = self.context.id.to_string();
        let mut drafts: Vec<Draft> = made
            .map(|live| self.made(StepKind::AccountMade, &text, live, account))
            .into_iter()
            .collect();
        drafts.extend(self.grants_made());
        drafts.extend(self.birthright_missing());
        drafts
    }

    /// Grants that were made and ended, and those of the old position that stay.
    fn mover(&self) -> Vec<Draft> {
        let mut drafts = self.grants_made();
        let position = self.position();
        for (name, grant) in &self.context.state.grants {
            let subject = self.grant_subject(name);
            for live in self.context.granted(grant) {
                if live.from >= self.transition.at || self.is_made_for(&live) {
                    continue;
                }
                let ended = live.until.filter(|until| *until <= self.now);
                let belongs = |until: Timestamp| {
                    until >= self.begins() && until <= self.transition.at + AFTER
                };
                let stays = ended.is_none()
                    && self.context.live_at(self.now).is_some()
                    && !self.is_birthright(name, position.as_ref())
                    && !self.is_approved_again(name);
                if stays || ended.is_some_and(belongs) {
                    drafts.push(self.ended(StepKind::GrantEnded, &subject, &live, &grant.life));
                }
            }
        }
        drafts
    }

    /// Everything that was live when they left.
    fn leaver(&self) -> Vec<Draft> {
        let state = self.context.state;
        let text = self.context.id.to_string();
        let held = |live: &&LiveInterval| {
            live.from <= self.transition.at && live.until.is_none_or(|until| until > self.begins())
        };
        let of = |kind, subject: &str, intervals: &[LiveInterval], life: &LifeHistory| {
            let last = intervals.iter().rfind(held);
            last.map(|live| self.ended(kind, subject, live, life))
        };
        let mut drafts: Vec<Draft> = of(
            StepKind::AccountEnded,
            &text,
            &self.context.live,
            &state.life,
        )
        .into_iter()
        .collect();
        for (name, grant) in &state.grants {
            let intervals = self.context.granted(grant);
            let subject = self.grant_subject(name);
            drafts.extend(of(StepKind::GrantEnded, &subject, &intervals, &grant.life));
        }
        for (uid, credential) in &state.credentials {
            let intervals = self.context.working(credential);
            let subject = format!("{}:{uid}", self.context.id.source);
            let life = &credential.life;
            drafts.extend(of(StepKind::CredentialEnded, &subject, &intervals, life));
        }
        drafts
    }

    fn grants_made(&self) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (name, grant) in &self.context.state.grants {
            let subject = self.grant_subject(name);
            let intervals = self.context.granted(grant);
            let made = intervals.iter().filter(|live| self.is_made_for(live));
            let of = |live| self.made(StepKind::GrantMade, &subject, live, &grant.life);
            drafts.extend(made.map(of));
        }
        drafts
    }

    /// What the policy says comes with the position and this account never got, though it lives.
    fn birthright_missing(&self) -> Vec<Draft> {
        let Some(position) = self.position() else {
            return Vec::new();
        };
        if self.context.live_at(self.now).is_none() {
            return Vec::new();
        }
        let source = &self.context.id.source;
        let baselines = self.context.policy.baselines.iter();
        let wanted = baselines
            .filter(|baseline| comes_with(baseline, &position))
            .flat_map(|baseline| &baseline.grants)
            .filter(|text| text.split(':').next() == Some(source.as_str()));
        let missing = wanted.filter(|text| {
            let mut grants = self.context.state.grants.keys();
            !grants.any(|grant| grant.is_named(source, text))
        });
        let missing = missing.map(|text| self.draft(StepKind::GrantMade, text, &[]));
        missing.collect()
    }

    /// Whether something was made around this transition, and no other is nearer.
    fn is_made_for(&self, live: &LiveInterval) -> bool {
        let within = |it: &&Transition| {
            it.kind != TransitionKind::Leaver
                && live.from + BEFORE >= it.at
                && live.from <= it.at + AFTER
        };
        let apart = |it: &Transition| live.from.max(it.at).since(live.from.min(it.at));
        let nearest = self
            .all
            .iter()
            .filter(within)
            .min_by_key(|it| (apart(it), **it));
        live.from <= self.now && nearest == Some(&self.transition)
    }

    fn is_birthright(&self, name: &GrantName, position: Option<&Position>) -> bool {
        let baselines = self.context.policy.baselines.iter();
        baselines
            .filter(|baseline| position.is_some_and(|position| comes_with(baseline, position)))
            .any(|baseline| self.context.names_grant(&baseline.grants, name))
    }

    fn is_approved_again(&self, name: &GrantName) -> bool {
        let approved = self.context.approved(name);
        approved
            .iter()
            .any(|approved| approved.at > self.transition.at)
    }

    /// The position that the transition leads to.
    fn position(&self) -> Option<Position> {
        let positions = positions(self.employment);
        positions
            .into_iter()
            .rfind(|it| it.since <= self.transition.at)
    }

    fn begins(&self) -> Timestamp {
        let micros = self.transition.at.as_micros();
        Timestamp::from_micros(micros.saturating_sub(BEFORE.as_micros()))
    }

    fn grant_subject(&self, name: &GrantName) -> String {
        format!("{}|{}:{}", self.context.id, name.kind, name.name)
    }

    fn made(
        &self,
        kind: StepKind,
        subject: &str,
        live: &LiveInterval,
        life: &LifeHistory,
    ) -> Draft {
        let mut draft = self.draft(kind, subject, &[live.began_by]);
        draft.done_at = Some(live.from);
        draft.by_whom(change_at(life, live.from, live.began_by));
        draft
    }

    /// The end of something, if it has come; what the account's deletion ended has its actor.
    fn ended(
        &self,
        kind: StepKind,
        subject: &str,
        live: &LiveInterval,
        life: &LifeHistory,
    ) -> Draft {
        let ended = live
            .until
            .zip(live.ended_by)
            .filter(|(at, _)| *at <= self.now);
        let Some((at, event)) = ended else {
            return self.draft(kind, subject, &[live.began_by]);
        };
        let mut draft = self.draft(kind, subject, &[live.began_by, event]);
        draft.done_at = Some(at);
        let account = &self.context.state.life;
        draft.by_whom(change_at(life, at, event).or_else(|| change_at(account, at, event)));
        draft
    }

    /// A step that is not done.
    fn draft(&self, kind: StepKind, subject: &str, events: &[EventUid]) -> Draft {
        Draft {
            person: self.person.clone(),
            transition: self.transition,
            kind,
            subject: subject.into(),
            done_at: None,
            by: None,
            actor: Vec::new(),
            source: self.context.id.source.clone(),
            worked_on: self.worked_on.clone(),
            events: events.to_vec(),
        }
    }
}

impl Draft {
    fn by_whom(&mut self, change: Option<&LifeChange>) {
        let actor = change.and_then(|change| change.actor.as_ref());
        self.by = actor::called(actor);
        self.actor = actor::forms(actor);
    }
}

fn change_at(life: &LifeHistory, at: Timestamp, event: EventUid) -> Option<&LifeChange> {
    let mut changes = life.changes().iter();
    changes.find(|change| change.at == at && change.event == event)
}

/// The devices that a person was given when they came, and gave back when they left.
pub fn of_person(
    id: &PersonId,
    state: &PersonState,
    policy: &Policy,
    (window, now): (Window, Timestamp),
) -> Vec<Draft> {
    let context = PersonContext::new(id, state, policy);
    let transitions = transitions(&state.employment);
    let asked = transitions
        .iter()
        .filter(|it| window.contains(it.at) && it.at <= now);
    let mut drafts = Vec::new();
    for transition in asked {
        let now = now.min(back_at(&transitions, transition));
        for (device, held) in &state.devices {
            let holdings = device_holdings(&context, held);
            let found = match transition.kind {
                TransitionKind::Joiner => holdings.iter().find(|holding| {
                    let near = holding.from + BEFORE >= transition.at;
                    near && holding.from <= transition.at + AFTER && holding.from <= now
                }),
                TransitionKind::Leaver => holdings.iter().find(|it| it.contains(transition.at)),
                TransitionKind::Mover => None,
            };
            let Some(holding) = found else { continue };
            let (kind, done) = match transition.kind {
                TransitionKind::Leaver => (
                    StepKind::DeviceReturned,
                    holding
                        .until
                        .zip(holding.ended_by)
                        .filter(|(at, _)| *at <= now),
                ),
                _ => (
                    StepKind::DeviceGiven,
                    Some((holding.from, holding.began_by)),
                ),
            };
            let done_event = done.map(|(_, event)| event);
            let mut events = held.state.events().iter();
            let event = events.find(|it| Some(it.event) == done_event);
            let actor = event.and_then(|event| event.actor.as_ref());
            drafts.push(Draft {
                person: id.clone(),
                transition: *transition,
                kind,
                subject: device.to_string().into(),
                done_at: done.map(|(at, _)| at),
                by: actor::called(actor),
                actor: actor::forms(actor),
                source: device.source.clone(),
                worked_on: vec![device.to_string().to_lowercase().into()],
                events: done_event.into_iter().chain([holding.began_by]).collect(),
            });
        }
    }
    drafts
}

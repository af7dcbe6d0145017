//! The handoff inventory: steps from every shard, put together by person and judged by who did them.

use std::collections::{BTreeMap, BTreeSet};

use super::find::Meant;
use super::inquire::{InquiryError, Window, one};
use super::questions::View;
use crate::answer::{
    Actors, Draft, Handoff, Handoffs, RunSteps, TransitionKind, of_account, of_person, transitions,
};
use crate::assess::PersonContext;
use crate::engine::Engine;
use crate::identity::{Ownership, ownership};
use crate::model::Text;
use crate::model::finding::IdentityRef;
use crate::model::id::{Identifier, PersonId, SourceName};
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};

/// The period where none is given ends now and is this long.
const PERIOD: Span = Span::days(90);

/// Which handoffs are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandoffsQuestion {
    pub who: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// The view's clock where none is given.
    pub now: Option<Timestamp>,
}

/// One transition of a person, as a key.
type Key = (PersonId, Timestamp, TransitionKind);

/// What one shard's homes know.
#[derive(Default)]
struct Found {
    people: Vec<(Key, Handoff)>,
    drafts: Vec<Draft>,
    runs: RunSteps,
}

/// Who joined, moved and left in a period, and what was done about it.
pub fn handoffs(view: &View<'_>, question: &HandoffsQuestion) -> Result<Handoffs, InquiryError> {
    let now = question.now.unwrap_or(view.now);
    let to = question.to.unwrap_or(now);
    let ago = to.as_micros().saturating_sub(PERIOD.as_micros());
    let from = question.from.unwrap_or(Timestamp::from_micros(ago));
    let who = match question.who.as_deref().map(|who| one(view, who)) {
        None => None,
        Some(Ok(Meant::Person(person))) => Some(person),
        Some(Ok(Meant::Account(account))) => return Err(InquiryError::NoPerson(account)),
        Some(Err(error)) => return Err(error),
    };
    let window = Window {
        from: Some(from),
        to: Some(to),
    };
    let look = move |engine: &Engine| find(engine, who.as_ref(), (window, now));
    let mut found = Found::default();
    for part in view.shards.look(look) {
        found.people.extend(part.people);
        found.drafts.extend(part.drafts);
        found.runs.join(part.runs);
    }
    let actors = actors(view, &found.drafts);
    let policy = view.shards.look(|engine| engine.policy().clone());
    let policy: Policy = policy.into_iter().next().unwrap_or_default();
    let mut people: BTreeMap<Key, Handoff> = found.people.into_iter().collect();
    for draft in &found.drafts {
        let key = (
            draft.person.clone(),
            draft.transition.at,
            draft.transition.kind,
        );
        if let Some(handoff) = people.get_mut(&key) {
            let step = draft.judged(&policy, &found.runs, &actors);
            handoff.steps.push(step);
        }
    }
    let all = people.into_values().collect();
    Ok(Handoffs::new((from, to), now, all))
}

fn find(engine: &Engine, who: Option<&PersonId>, asked: (Window, Timestamp)) -> Found {
    let (policy, (window, now)) = (engine.policy(), asked);
    let is_meant = |person: &PersonId| who.is_none_or(|who| who == person);
    let mut found = Found::default();
    for (id, state) in engine.persons().filter(|(id, _)| is_meant(id)) {
        let identity = PersonContext::new(id, state, policy).identity();
        for transition in transitions(&state.employment) {
            let within = window.contains(transition.at) && transition.at <= now;
            if within {
                let key = (id.clone(), transition.at, transition.kind);
                found.people.push((key, bare(&identity, &transition)));
            }
        }
        found.drafts.extend(of_person(id, state, policy, asked));
    }
    for (id, state) in engine.accounts() {
        if state.owners.keys().any(is_meant) {
            let drafts = of_account(id, state, policy, asked).into_iter();
            found
                .drafts
                .extend(drafts.filter(|draft| is_meant(&draft.person)));
        }
    }
    for (id, state) in engine.workflows() {
        found.runs.add(id, state);
    }
    found
}

/// A handoff of which nothing is known to be done.
fn bare(identity: &IdentityRef, transition: &crate::answer::Transition) -> Handoff {
    Handoff {
        identity: identity.clone(),
        kind: transition.kind,
        at: transition.at,
        steps: Vec::new(),
        evidence: vec![transition.event.to_string().into()],
    }
}

/// Which of those who did something are people, and which machines.
fn actors(view: &View<'_>, drafts: &[Draft]) -> Actors {
    let named = drafts.iter().flat_map(|draft| {
        let forms = draft.actor.iter();
        forms.map(|form| (draft.source.clone(), form.clone()))
    });
    let named: BTreeSet<(SourceName, Text)> = named.collect();
    let looked = view.shards.look(move |engine| known_here(engine, &named));
    let mut actors = Actors::default();
    for part in looked {
        actors.people.extend(part.people);
        actors.machines.extend(part.machines);
    }
    actors
}

/// An actor is a person where an account of theirs at the source is somebody's, or where it is an
/// address of somebody's; a machine where such an account is a machine's.
fn known_here(engine: &Engine, named: &BTreeSet<(SourceName, Text)>) -> Actors {
    let mut actors = Actors::default();
    for (id, state) in engine
        .accounts()
        .filter(|(_, state)| state.same_as.is_empty())
    {
        let uid = Text::from(id.uid.to_lowercase());
        let names = state.names.iter().chain([&uid]);
        let keys = names.map(|name| (id.source.clone(), name.clone()));
        let keys: Vec<_> = keys.filter(|key| named.contains(key)).collect();
        if keys.is_empty() {
            continue;
        }
        match ownership(id, state, engine.policy()) {
            Ownership::NonHuman(_) => actors.machines.extend(keys),
            Ownership::Person { .. } | Ownership::Disputed(_) => actors.people.extend(keys),
            Ownership::Nobody => {}
        }
    }
    for (source, form) in named {
        let address = Identifier::email(form);
        let known = address.and_then(|address| engine.identifier(&address));
        if known.is_some_and(|state| !state.persons.is_empty()) {
            actors.people.insert((source.clone(), form.clone()));
        }
    }
    actors
}

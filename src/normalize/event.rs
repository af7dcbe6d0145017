//! One item of a record, read by its plan, becomes one event.

use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;

use super::plan::{Choice, PartyPlan, Plan, Rule, ThingPlan};
use super::scope::Scope;
use super::time;
use super::value::Value;
use super::verb::{OTHER, class};
use crate::model::Text;
use crate::model::event::{Event, Lifecycle, Named, Outcome, Party, PartyKind};
use crate::model::id::{EventUid, SourceName};
use crate::model::limits::FUTURE_SKEW_MAX_MICROS;
use crate::model::record::{Reject, RejectReason};
use crate::model::time::{Span, Timestamp};

/// What is the same for every item of a record.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub source: &'a SourceName,
    pub received_at: Option<Timestamp>,
}

/// What a record says before any rule is asked.
pub struct Head<'s> {
    pub action: Cow<'s, str>,
    time: (Timestamp, bool),
}

pub fn head<'s>(plan: &'s Plan, scope: &Scope<'s>, origin: Origin<'_>) -> Result<Head<'s>, Reject> {
    let action = action(plan, scope)?;
    let time = event_time(plan, scope, origin)?;
    Ok(Head { action, time })
}

/// Visits the rules that apply, each with the element that it applies to; `None` where none does.
pub fn each_rule<'p, 'a>(
    plan: &'p Plan,
    scope: Scope<'a>,
    action: &str,
    visit: &mut dyn FnMut(Option<&'p Rule>, Scope<'a>),
) {
    let section = plan.section.as_ref().and_then(|value| scope.text(value));
    let rules = plan.rules(section.as_deref(), action).unwrap_or_default();
    let mut any = false;
    for rule in rules {
        let mut applies = false;
        let mut ask = |scope: Scope<'a>| {
            if scope.all_hold(&rule.when) {
                applies = true;
                visit(Some(rule), scope);
            }
        };
        match &rule.each {
            None => ask(scope),
            Some(list) => scope.visit(list, &mut |element| {
                ask(Scope { element, ..scope });
                false
            }),
        }
        any |= applies;
        if applies && !rule.goes_on {
            return;
        }
    }
    if !any {
        visit(None, scope);
    }
}

pub fn read(
    plan: &Plan,
    rule: &Rule,
    scope: &Scope<'_>,
    head: &Head<'_>,
    (origin, uid): (Origin<'_>, EventUid),
) -> Event {
    let at = rule.at.as_ref().and_then(|at| value_time(scope, at));
    let (time, time_clamped) = at.map_or(head.time, |at| bounded(at, origin));
    let outcome = rule.outcome.unwrap_or_else(|| outcome(plan, scope));
    let actor = rule
        .actor
        .and_then(|index| party(plan.party(index)?, scope));
    let user = target(plan, rule, scope, actor.as_ref());
    let named = |index: Option<usize>| index.and_then(|index| thing(plan.thing(index)?, scope));
    let (group, resource) = (named(rule.group), named(rule.resource));
    let detail = match outcome {
        Outcome::Failure => plan.outcome.detail.as_ref(),
        Outcome::Success | Outcome::Unknown => None,
    };
    let ip = plan.ip.as_ref().and_then(|value| scope.text(value));
    let mut event = Event {
        uid,
        source: origin.source.clone(),
        time,
        time_clamped,
        class_uid: rule.defaults.class,
        activity_id: rule.defaults.activity,
        outcome,
        outcome_detail: detail.and_then(|value| text(scope, value)),
        event_code: Text::from(head.action.as_ref()),
        vendor_uid: optional(scope, plan.uid.as_ref()),
        message: optional(scope, plan.message.as_ref()),
        lifecycle: lifecycle(
            (plan, rule),
            scope,
            (actor.as_ref(), user.as_ref()),
            (&group, &resource),
        ),
        actor,
        user,
        group,
        resource,
        src_ip: ip.and_then(|ip| address(&ip)),
        session_uid: optional(scope, plan.session.as_ref()),
        user_agent: optional(scope, plan.user_agent.as_ref()),
        unmapped: None,
    };
    settle_class(&mut event);
    event
}

fn action<'s>(plan: &'s Plan, scope: &Scope<'s>) -> Result<Cow<'s, str>, Reject> {
    scope.text(&plan.action).ok_or_else(|| {
        Reject::new(
            RejectReason::NoAction,
            "the record does not say what happened",
        )
    })
}

/// The event's time; one too far ahead of its receipt is bounded and flagged.
fn event_time(
    plan: &Plan,
    scope: &Scope<'_>,
    origin: Origin<'_>,
) -> Result<(Timestamp, bool), Reject> {
    let time = value_time(scope, &plan.time).ok_or_else(|| {
        Reject::new(
            RejectReason::NoTime,
            "the record has no time that can be read",
        )
    })?;
    Ok(bounded(time, origin))
}

fn bounded(time: Timestamp, origin: Origin<'_>) -> (Timestamp, bool) {
    let Some(received_at) = origin.received_at else {
        return (time, false);
    };
    let bound = received_at + Span::from_seconds(FUTURE_SKEW_MAX_MICROS / 1_000_000);
    (time.min(bound), time > bound)
}

/// The first alternative that is a time.
pub fn value_time(scope: &Scope<'_>, value: &Value) -> Option<Timestamp> {
    value.0.iter().find_map(|alternative| {
        if alternative.functions.is_empty() {
            scope
                .node_of(alternative)
                .and_then(|node| time::read(scope.doc, node))
        } else {
            scope
                .text_of(alternative)
                .and_then(|text| time::from_text(&text))
        }
    })
}

fn outcome(plan: &Plan, scope: &Scope<'_>) -> Outcome {
    if scope.any_holds(&plan.outcome.failure) {
        Outcome::Failure
    } else if plan.outcome.success.is_empty() || scope.any_holds(&plan.outcome.success) {
        Outcome::Success
    } else {
        Outcome::Unknown
    }
}

fn target(plan: &Plan, rule: &Rule, scope: &Scope<'_>, actor: Option<&Party>) -> Option<Party> {
    match rule.target {
        Choice::Nobody => None,
        Choice::Actor => actor.cloned(),
        Choice::Party(index) => party(plan.party(index)?, scope),
    }
}

/// `None` where the record states nothing of the party.
fn party(plan: &PartyPlan, scope: &Scope<'_>) -> Option<Party> {
    let uid = optional(scope, plan.uid.as_ref());
    let name = again(uid.as_ref(), scope, plan.name.as_ref());
    let email = plan.email.as_ref().and_then(|value| scope.text(value));
    let email = email
        .filter(|email| is_address(email))
        .map(|email| match &name {
            Some(name) if **name == *email => name.clone(),
            _ => Text::from(email.as_ref()),
        });
    let full_name = again(name.as_ref(), scope, plan.full_name.as_ref());
    if uid.is_none() && name.is_none() && email.is_none() && full_name.is_none() {
        return None;
    }
    let kind = plan
        .kinds
        .iter()
        .find(|(_, conditions)| scope.any_holds(conditions));
    Some(Party {
        kind: kind.map_or(plan.otherwise, |(kind, _)| *kind),
        uid,
        name,
        full_name,
        email,
        alt_uid: optional(scope, plan.alt.as_ref()),
        credential_uid: optional(scope, plan.credential.as_ref()),
    })
}

pub fn thing(plan: &ThingPlan, scope: &Scope<'_>) -> Option<Named> {
    let uid = optional(scope, plan.uid.as_ref());
    let name = again(uid.as_ref(), scope, plan.name.as_ref());
    (uid.is_some() || name.is_some()).then(|| Named {
        kind: plan.kind.clone(),
        uid,
        name,
    })
}

fn lifecycle(
    (plan, rule): (&Plan, &Rule),
    scope: &Scope<'_>,
    (actor, user): (Option<&Party>, Option<&Party>),
    (group, resource): (&Option<Named>, &Option<Named>),
) -> Lifecycle {
    let acted_on = user.or(actor);
    let granted = rule.grant.and_then(|(thing, _)| {
        let named = if rule.group == Some(thing) {
            group
        } else {
            resource
        };
        let named = named.as_ref()?;
        let name = named.name.as_ref().or(named.uid.as_ref())?;
        Some(Text::from(format!("{}:{name}", named.kind)))
    });
    let credential = rule.credential.and_then(|(thing, _)| {
        let named = if rule.resource == Some(thing) {
            resource.clone()
        } else {
            plan.thing(thing).and_then(|plan| self::thing(plan, scope))
        };
        named.and_then(|named| named.uid.or(named.name))
    });
    Lifecycle {
        verb: rule.verb,
        effective_time: None,
        ticket: None,
        nhi: acted_on
            .filter(|party| party.kind == PartyKind::Service)
            .map(|_| true),
        entitlement: granted,
        credential_uid: credential.or_else(|| actor.and_then(|actor| actor.credential_uid.clone())),
    }
}

/// OCSF requires some attributes of each class; an event that lacks them is of a class that
/// demands less, rather than one with invented values.
fn settle_class(event: &mut Event) {
    let named = |party: &Option<Party>| {
        party.as_ref().is_some_and(|party| {
            party.uid.is_some() || party.name.is_some() || party.email.is_some()
        })
    };
    let user = named(&event.user);
    let actor = named(&event.actor);
    let anyone = user || actor;
    let enough = match event.class_uid {
        class::AUTHENTICATION | class::AUTHORIZE_SESSION => anyone,
        class::ACCOUNT_CHANGE | class::USER_INVENTORY => user,
        class::USER_ACCESS => user && event.resource.is_some(),
        class::ENTITY_MANAGEMENT => event.resource.is_some() || event.group.is_some() || user,
        class::GROUP_MANAGEMENT => event.group.is_some(),
        class::API_ACTIVITY => actor && event.src_ip.is_some(),
        _ => true,
    };
    if enough {
        return;
    }
    let class = if user && event.class_uid == class::USER_ACCESS {
        class::ACCOUNT_CHANGE
    } else if event.resource.is_some() || event.group.is_some() {
        class::ENTITY_MANAGEMENT
    } else if actor && event.src_ip.is_some() {
        class::API_ACTIVITY
    } else {
        class::BASE_EVENT
    };
    event.class_uid = class;
    event.activity_id = OTHER;
}

/// A real address: no port, no `::ffff:` before an IPv4 address, no name of a service.
fn address(text: &str) -> Option<Text> {
    let text = text.trim();
    let ip = match text.parse::<IpAddr>() {
        Ok(ip) => ip,
        Err(_) => match text.parse::<SocketAddr>() {
            Ok(with_port) => with_port.ip(),
            Err(_) => text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?,
        },
    };
    match ip {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => Some(Text::from(v4.to_string())),
            None => Some(Text::from(v6.to_string())),
        },
        IpAddr::V4(_) if text.len() <= 15 && !text.contains(':') => Some(Text::from(text)),
        IpAddr::V4(v4) => Some(Text::from(v4.to_string())),
    }
}

/// OCSF's form of an address, which is narrower than what mail allows.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let sound = |c: char| !c.is_whitespace() && !c.is_control();
    !local.is_empty() && !domain.is_empty() && text.chars().all(sound)
}

pub fn optional(scope: &Scope<'_>, value: Option<&Value>) -> Option<Text> {
    value.and_then(|value| text(scope, value))
}

fn text(scope: &Scope<'_>, value: &Value) -> Option<Text> {
    scope.text(value).map(|text| Text::from(text.as_ref()))
}

/// A value that often is the same text as another one, which is then shared.
fn again(other: Option<&Text>, scope: &Scope<'_>, value: Option<&Value>) -> Option<Text> {
    let text = scope.text(value?)?;
    match other {
        Some(other) if **other == *text => Some(other.clone()),
        _ => Some(Text::from(text.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_address_is_an_ip() {
        for (text, expected) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4:8085", Some("1.2.3.4")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("AWS Internal", None),
            ("<null>", None),
            ("cloudformation.amazonaws.com", None),
            ("1.2.3", None),
        ] {
            assert_eq!(address(text).as_deref(), expected, "{text}");
        }
    }
}

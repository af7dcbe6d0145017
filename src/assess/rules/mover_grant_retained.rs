//! `mover-grant-retained`: somebody moved to another position, and at move + review still has a
//! grant from before that neither comes with the new position nor was approved again.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::{Ownership, Position, positions};
use crate::model::Text;
use crate::model::fact::{GrantName, Use};
use crate::model::finding::RuleId;
use crate::model::policy::Baseline;
use crate::model::state::LiveInterval;
use crate::model::time::{Span, Timestamp};

/// Judged once a move, at the deadline. A later move adds nothing while a finding is open.
pub(super) fn episodes(context: &AccountContext<'_>, review: Span) -> Vec<Episode> {
    let Ownership::Person { owner, .. } = &context.ownership else {
        return Vec::new();
    };
    let positions = positions(&owner.employment);
    let moves = moves(&positions);
    if moves.is_empty() {
        return Vec::new();
    }
    let mut episodes = Vec::new();
    for (name, grant) in &context.state.grants {
        let retained = Retained {
            context,
            name,
            positions: &positions,
            approved: context.approved(name),
            review,
        };
        for granted in context.granted(grant) {
            let told = retained.through(&moves, &granted).into_iter();
            episodes
                .extend(told.map(|told| told.of_grant(RuleId::MoverGrantRetained, context, name)));
        }
    }
    episodes
}

/// The positions to which somebody moved from another.
pub(in crate::assess) fn moves(positions: &[Position]) -> Vec<&Position> {
    let moved = positions.windows(2).filter_map(|pair| match pair {
        [before, after] if after.moved_from(before) => Some(after),
        _ => None,
    });
    moved.collect()
}

/// A grant that may have stayed on.
struct Retained<'a> {
    context: &'a AccountContext<'a>,
    name: &'a GrantName,
    positions: &'a [Position],
    /// Ascending.
    approved: Vec<Use>,
    review: Span,
}

impl Retained<'_> {
    fn through(&self, moves: &[&Position], granted: &LiveInterval) -> Vec<Told> {
        let mut episodes = Vec::new();
        let mut open_until = Some(Timestamp::MIN);
        for moved in moves {
            let Some(told) = self.told(moved, granted) else {
                continue;
            };
            if open_until.is_some_and(|until| until <= told.opened_at) {
                open_until = told.resolved_at;
                episodes.push(told);
            }
        }
        episodes
    }

    fn told(&self, moved: &Position, granted: &LiveInterval) -> Option<Told> {
        let opened_at = moved.since + self.review;
        let live = self.context.live_at(opened_at)?;
        let held = granted.from < moved.since && granted.contains(opened_at);
        let mut positions = self.positions.iter();
        let in_force = positions.rfind(|position| position.since <= opened_at)?;
        if !held || self.is_birthright(in_force) {
            return None;
        }
        let approved = self.approved.iter().find(|by| by.at > moved.since);
        if approved.is_some_and(|by| by.at <= opened_at) {
            return None;
        }
        let mut later = self.positions.iter();
        let entered =
            later.find(|position| position.since > opened_at && self.is_birthright(position));
        let ends = [
            (granted.until, granted.ended_by),
            (live.until, live.ended_by),
            (approved.map(|by| by.at), approved.map(|by| by.event)),
            (
                entered.map(|position| position.since),
                entered.map(|position| position.event),
            ),
        ];
        let resolved_at = ends.iter().fold(None, |first, (at, _)| earlier(first, *at));
        let ended_by = ends
            .iter()
            .find(|(at, _)| at.is_some() && *at == resolved_at);
        Some(Told {
            opened_at,
            resolved_at,
            evidence: [moved.event, granted.began_by]
                .into_iter()
                .chain(ended_by.and_then(|(_, event)| *event))
                .collect(),
            summary: format!(
                "{} moved on {}, and account {} still had {} {} from before {} later",
                self.context.owner_called(),
                moved.since,
                self.context.account_called(),
                self.name.kind,
                self.name.name,
                self.review,
            ),
        })
    }

    fn is_birthright(&self, position: &Position) -> bool {
        is_birthright(self.context, self.name, position)
    }
}

/// Whether the grant comes with a position. Baselines that match add up.
pub(in crate::assess) fn is_birthright(
    context: &AccountContext<'_>,
    name: &GrantName,
    position: &Position,
) -> bool {
    let baselines = context.policy.baselines.iter();
    baselines
        .filter(|baseline| matches(baseline, position))
        .any(|baseline| context.names_grant(&baseline.grants, name))
}

/// Every key that is given must match; one without keys matches everybody.
fn matches(baseline: &Baseline, position: &Position) -> bool {
    let same = |wanted: &Option<Text>, held: &Option<Text>| {
        wanted.as_ref().is_none_or(|wanted| {
            held.as_ref()
                .is_some_and(|held| held.to_lowercase() == wanted.to_lowercase())
        })
    };
    same(&baseline.department, &position.department)
        && same(&baseline.title, &position.title)
        && same(&baseline.manager_id, &position.manager_id)
        && same(&baseline.employment_type, &position.employment_type)
}

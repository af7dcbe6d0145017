//! What explains a rule must agree with what the rule tells.

use std::collections::BTreeSet;

use super::*;
use crate::assess::{
    AccountContext, Explanation, PersonContext, TicketContext, Verdict, explain_account,
    explain_devices, explain_source, explain_ticket, explain_workflow,
};
use crate::cli::rules::files;

/// Everything that any rule has to explain at any home of the node.
fn explained(node: &Node, policy: &Policy, now: Timestamp) -> Vec<Explanation> {
    let mut all = Vec::new();
    for engine in &node.shards {
        for (id, state) in engine
            .accounts()
            .filter(|(_, state)| state.same_as.is_empty())
        {
            let context = AccountContext::new(id, state, policy);
            let rules = RuleId::ALL.into_iter();
            let rules = rules.filter(|rule| !state.session || *rule == RuleId::LeaverActivity);
            all.extend(rules.flat_map(|rule| explain_account(rule, &context, now)));
        }
        for (id, state) in engine.persons() {
            all.extend(explain_devices(&PersonContext::new(id, state, policy), now));
        }
        for (id, state) in engine.tickets().filter(|(_, state)| state.revokes()) {
            all.push(explain_ticket(&TicketContext::new(id, state, policy), now));
        }
        for (id, state) in engine.workflows() {
            all.push(explain_workflow(id, state, policy, now));
        }
        for (name, state) in engine.sources() {
            all.push(explain_source(name, state, policy, now));
        }
    }
    all
}

#[test]
fn the_conditions_of_a_rule_hold_where_its_finding_is_open_and_only_there() {
    let mappings = Arc::new(Mappings::builtin());
    let default: Arc<Policy> = Arc::default();
    let mut holding = BTreeSet::new();
    for file in files::built_in().files {
        for case in &file.cases {
            let policy = case.policy.as_ref().unwrap_or(&default);
            let mut normalizer = Normalizer::new(mappings.clone());
            let mut node = Node::new(policy, 1);
            for step in &case.steps {
                if let Some(told) = &step.record {
                    node.take(read(&mut normalizer, step, told).0.facts);
                }
                node.tick(step.now);
                let findings = node.shards.iter().flat_map(Engine::findings);
                let open: BTreeSet<(RuleId, String)> = findings
                    .filter(|finding| finding.status == Status::Open)
                    .map(|finding| (finding.rule, finding.subject.to_string()))
                    .collect();
                let place = format!("{}:{}: {}", file.file, step.line, case.name);
                let all = explained(&node, policy, step.now);
                for one in &all {
                    let is_open = matches!(one.verdict, Verdict::Open(_));
                    assert_eq!(one.holds(), is_open, "{place}: {one:#?}");
                }
                let holds = all.iter().filter(|one| one.holds());
                let holds: BTreeSet<(RuleId, String)> = holds
                    .map(|one| (one.rule, one.subject.to_string()))
                    .collect();
                assert_eq!(holds, open, "{place}");
                holding.extend(holds.into_iter().map(|(rule, _)| rule));
            }
        }
    }
    assert_eq!(
        holding.len(),
        RuleId::ALL.len(),
        "each rule was seen to hold"
    );
}

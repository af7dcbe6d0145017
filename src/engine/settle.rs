//! Bringing facts home, in rounds.
//!
//! All shards take their facts, then exchange what they send to each other, until nothing is
//! sent. Rounds need no queues between shards that could fill up and block, and after the last
//! one every fact that stems from the batch has come home: the moment for the clock.

use super::{Effect, Input};
use crate::model::fact::Fact;
use crate::model::limits::ROUNDS_MAX;

/// The shard, of `shards`, that owns a fact's home.
pub fn shard_of(fact: &Fact, shards: usize) -> usize {
    match shards {
        // Hashing the home's name would only tell what is known.
        0 | 1 => 0,
        _ => usize::from(fact.partition().0) % shards,
    }
}

/// Joins `facts` and all that follows from them. `step_all` gives each shard its inputs and
/// returns each shard's effects; it may do so on as many threads as there are shards.
///
/// Returns the effects that are not for other homes, in the order of rounds and shards.
pub fn settle(
    facts: Vec<Fact>,
    shards: usize,
    step_all: &mut dyn FnMut(Vec<Vec<Input>>) -> Vec<Vec<Effect>>,
) -> Vec<Effect> {
    let mut rest = Vec::new();
    let mut facts = facts;
    for _ in 0..ROUNDS_MAX {
        if facts.is_empty() {
            return rest;
        }
        let share = facts.len() / shards.max(1);
        let inputs = (0..shards.max(1)).map(|_| Vec::with_capacity(share));
        let mut inputs: Vec<Vec<Input>> = inputs.collect();
        for fact in facts.drain(..) {
            if let Some(shard) = inputs.get_mut(shard_of(&fact, shards)) {
                shard.push(Input::Fact(fact));
            }
        }
        for effect in step_all(inputs).into_iter().flatten() {
            match effect {
                Effect::Send(fact) => facts.push(fact),
                other => rest.push(other),
            }
        }
    }
    assert!(
        facts.is_empty(),
        "ROUNDS-END: homes still talk after {ROUNDS_MAX} rounds"
    );
    rest
}

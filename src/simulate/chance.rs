//! Chance that can be had again: the same seed gives the same company, on every machine.
//!
//! Nothing but the generator's raw numbers comes from a library: how a library makes a range of
//! them may change from version to version, and with it every byte of every log.

use std::cell::RefCell;
use std::fmt::Write as _;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

use crate::model::time::{Span, Timestamp};

/// A stream of chance with a purpose of its own, so that what is added elsewhere changes nothing
/// here. A draw needs no exclusive borrow: stories draw within what they tell.
#[derive(Clone, Debug)]
pub struct Chance(RefCell<Pcg64>);

impl Chance {
    /// The `number`-th stream of the purpose `about`.
    pub fn new(seed: u64, about: &str, number: u64) -> Self {
        // FNV-1a: short names are told apart, and no hasher of a library is asked.
        let mut purpose = 0xcbf2_9ce4_8422_2325_u64;
        for byte in about.bytes() {
            purpose = (purpose ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let state = (u128::from(seed) << 64) | u128::from(number);
        let mut pcg = Pcg64::new(state, u128::from(purpose));
        // The first numbers of neighbouring states are alike.
        pcg.next_u64();
        Chance(RefCell::new(pcg))
    }

    /// The stream that belongs to a name.
    #[must_use]
    pub fn told_of(self, name: &str) -> Self {
        Chance::new(self.next(), name, 0)
    }

    pub fn next(&self) -> u64 {
        self.0.borrow_mut().next_u64()
    }

    /// Below `end`, which is not 0. The bias of the last bits is one in 2^64 / `end`.
    pub fn below(&self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Between `first` and `last`, both included.
    pub fn between(&self, first: i64, last: i64) -> i64 {
        let width = u64::try_from(last - first).unwrap_or(0) + 1;
        first + i64::try_from(self.below(width)).unwrap_or(0)
    }

    pub fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    /// True with the probability `share`, in millionths.
    pub fn millionths(&self, share: u64) -> bool {
        self.below(1_000_000) < share
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        let place = self.below(of.len() as u64);
        let place = usize::try_from(place).unwrap_or(0);
        of.get(place).expect("there is something to pick from")
    }

    /// A time in whole seconds, from `from` until before `until`.
    pub fn time(&self, from: Timestamp, until: Timestamp) -> Timestamp {
        let width = until.since(from).as_seconds().max(1);
        from + Span::from_seconds(self.between(0, width - 1))
    }

    /// `length` letters of `alphabet`.
    pub fn word(&self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length)
            .map(|_| char::from(*self.pick(letters)))
            .collect()
    }

    pub fn hex(&self, length: usize) -> String {
        self.word("0123456789abcdef", length)
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> String {
        let (high, low) = (self.next(), self.next());
        let mut text = String::with_capacity(36);
        let written = write!(
            text,
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        );
        written.expect("a string takes what is written");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_numbers_for_ever() {
        let chance = Chance::new(7, "people", 3);
        assert_eq!(chance.uuid(), Chance::new(7, "people", 3).uuid());
        assert_ne!(
            Chance::new(7, "people", 4).next(),
            Chance::new(7, "people", 3).next()
        );
        assert_ne!(
            Chance::new(7, "people", 3).next(),
            Chance::new(7, "teams", 3).next()
        );
    }

    #[test]
    fn every_number_of_a_range_comes_and_none_beside_it() {
        let chance = Chance::new(1, "range", 0);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            let place = usize::try_from(chance.between(-2, 2) + 2).expect("within");
            seen[place] += 1;
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
    }
}

//! What the homes hold: one small joinable state per account, person, identifier, credential
//! and ticket.

mod account;
mod credential;
mod employment;
mod identifier;
mod life;
mod person;
mod ticket;
mod uses;

pub use account::{AccountState, Grant, OwnedCredential, Owner, Vias};
pub use credential::CredentialState;
pub use employment::Employment;
pub use identifier::IdentifierState;
pub use life::{LifeHistory, LiveInterval};
pub use person::{LinkedAccount, PersonState};
pub use ticket::TicketState;
pub use uses::{UseChange, Uses};

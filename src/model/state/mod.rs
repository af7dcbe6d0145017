//! What the homes hold: one small joinable state per account, person, identifier,
//! credential, ticket, device, workflow run and source.

mod account;
mod answer;
mod credential;
mod device;
mod employment;
mod identifier;
mod life;
mod listings;
mod named;
mod person;
mod source;
mod ticket;
mod uses;
mod workflow;

pub use account::{AccountState, Grant, OwnedCredential, Owner, Vias};
pub use answer::Answer;
pub use credential::CredentialState;
pub use device::DeviceState;
pub use employment::Employment;
pub use identifier::IdentifierState;
pub use life::{LifeHistory, LiveInterval};
pub use named::Named;
pub use person::{LinkedAccount, PersonState, Selves};
pub use source::SourceState;
pub use ticket::{APPROVALS, REVOCATIONS, TicketState};
pub use uses::{UseChange, Uses};
pub use workflow::WorkflowState;

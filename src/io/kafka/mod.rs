//! Kafka: records in, findings and dead letters out.

mod client;
mod collect;
mod consumer;
mod context;
mod producer;
mod session;
mod start;

pub use client::{KafkaEdgeError, KafkaSettings};
pub use consumer::{Consumer, ConsumerHandle, ConsumerSettings, Lag, StoredOffset};
pub use producer::{Message, Published, Publisher};

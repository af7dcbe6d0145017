//! What leaves by the outbox: durable with the state that it follows from, removed when its
//! receiver has confirmed it.

use serde::{Deserialize, Serialize};

use crate::alert::Change;
use crate::evidence::datasets::ToldFinding;
use crate::model::record::{Offset, Record, Reject, Stream};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outgoing {
    Finding {
        to: Receiver,
        change: Box<Change>,
    },
    DeadLetter(DeadLetter),
    /// A change of a finding, for the archive.
    Evidence(Box<ToldFinding>),
}

/// Who is told of findings. An entry is for one receiver, so that none waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Receiver {
    Kafka,
    Webhook,
}

/// A record that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub stream: Stream,
    pub offset: Offset,
    pub reject: Reject,
    #[serde(with = "bytes")]
    pub raw: Vec<u8>,
}

impl DeadLetter {
    pub fn new(stream: &Stream, record: &Record, reject: &Reject) -> Self {
        let (stream, reject, raw) = (stream.clone(), reject.clone(), record.raw.clone());
        DeadLetter {
            stream,
            offset: record.offset,
            reject,
            raw,
        }
    }
}

impl Outgoing {
    pub fn encode(&self) -> Vec<u8> {
        match postcard::to_stdvec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("OUTBOX-BYTES: plain data does not encode: {error}"),
        }
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

/// Bytes as bytes: serde alone would write them one by one.
mod bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        <&[u8]>::deserialize(from).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::RejectReason;

    #[test]
    fn an_entry_survives_the_outbox() {
        let stream = Stream {
            topic: "identity.okta".into(),
            partition: 3,
        };
        let record = Record {
            offset: 7,
            received_at: None,
            raw: vec![0, 255, 10],
            broken: None,
        };
        let reject = Reject::new(RejectReason::InvalidJson, "at 1");
        let entry = Outgoing::DeadLetter(DeadLetter::new(&stream, &record, &reject));
        assert_eq!(Outgoing::decode(&entry.encode()).expect("entry"), entry);
    }
}

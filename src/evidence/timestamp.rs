//! Timestamps by somebody else ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161)): what is asked
//! of an authority, and what of its answer can be told without its certificates.
//!
//! Whether the authority signed what it says is for `openssl ts -verify`, with the certificates that
//! the auditor trusts.

use cms::cert::x509::ext::Extensions;
use cms::cert::x509::spki::AlgorithmIdentifier;
use cms::signed_data::SignedData;
use der::asn1::{Any, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use x509_tsp::{Accuracy, MessageImprint, TimeStampReq, TimeStampResp, TspVersion};

use super::leaf::Sha256Hash;
use crate::model::time::Timestamp;

/// SHA-256, as RFC 5754 names it.
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// What makes an answer the answer to one question.
pub type Nonce = [u8; 16];

/// What an authority says: that something with this hash was there at this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub hash: Sha256Hash,
    pub at: Timestamp,
    /// Of the question, where that had one.
    nonce: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    #[error("it is no RFC 3161 timestamp: {0}")]
    Unreadable(String),
    #[error("the authority refused: {0}")]
    Refused(String),
    #[error("it is about {found} in place of {asked}")]
    OfAnother {
        found: Sha256Hash,
        asked: Sha256Hash,
    },
    #[error("it answers another question: its nonce is not ours")]
    OtherQuestion,
}

/// `TSTInfo` as far as it matters here. The crate's own has no fractions of seconds in `genTime`,
/// and authorities may write them.
#[derive(Sequence)]
struct Info {
    version: TspVersion,
    policy: ObjectIdentifier,
    imprint: MessageImprint,
    serial: Int,
    at: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// The question: DER of a `TimeStampReq` that wants the authority's certificate in the answer.
pub fn request(of: Sha256Hash, nonce: Nonce) -> Result<Vec<u8>, StampError> {
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifier {
                oid: SHA_256,
                parameters: Some(Any::null()),
            },
            hashed_message: OctetString::new(of.0).map_err(unreadable)?,
        },
        req_policy: None,
        nonce: Some(Int::new(&positive(nonce)).map_err(unreadable)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(unreadable)
}

impl Stamp {
    /// Reads an answer: DER of a `TimeStampResp`.
    pub fn parse(response: &[u8]) -> Result<Self, StampError> {
        let response = TimeStampResp::from_der(response).map_err(unreadable)?;
        let Some(token) = response.time_stamp_token else {
            let words = response.status.status_string.unwrap_or_default();
            let words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
            let why = format!("{:?} {}", response.status.status, words.join(", "));
            return Err(StampError::Refused(why.trim_end().to_owned()));
        };
        let signed: SignedData = token.content.decode_as().map_err(unreadable)?;
        let content = signed.encap_content_info.econtent;
        let content = content.ok_or_else(|| unreadable("its token is empty"))?;
        let info: Vec<u8> = content
            .decode_as::<OctetString>()
            .map_err(unreadable)?
            .into_bytes();
        let info = Info::from_der(&info).map_err(unreadable)?;
        let hash = info.imprint.hashed_message.as_bytes().try_into();
        let hash = hash
            .ok()
            .filter(|_| info.imprint.hash_algorithm.oid == SHA_256);
        Ok(Stamp {
            hash: Sha256Hash(hash.ok_or_else(|| unreadable("it is not about a SHA-256 hash"))?),
            at: time(&info.at).ok_or_else(|| unreadable("its time is none"))?,
            nonce: info.nonce.map(|nonce| nonce.as_bytes().to_vec()),
        })
    }

    /// Whether it is about this hash.
    pub fn is_of(&self, asked: Sha256Hash) -> Result<(), StampError> {
        let found = self.hash;
        if found == asked {
            return Ok(());
        }
        Err(StampError::OfAnother { found, asked })
    }

    /// Whether it answers the question with this hash and nonce.
    pub fn answers(&self, asked: Sha256Hash, nonce: Nonce) -> Result<(), StampError> {
        self.is_of(asked)?;
        if self.nonce.as_deref() == Some(&positive(nonce)) {
            return Ok(());
        }
        Err(StampError::OtherQuestion)
    }
}

/// As the bytes of a positive integer without leading zeros.
fn positive(nonce: Nonce) -> Nonce {
    let mut bytes = nonce;
    let [first, ..] = &mut bytes;
    *first = *first & 0x3f | 0x40;
    bytes
}

/// `GeneralizedTime` in UTC: `YYYYMMDDhhmmss[.f…]Z`.
fn time(any: &Any) -> Option<Timestamp> {
    if any.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(any.value()).ok()?;
    let (whole, fraction) = text.split_at_checked(14)?;
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, clock) = whole.split_at_checked(8)?;
    format!("{date}T{clock}{fraction}").parse().ok()
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn unreadable(why: impl ToString) -> StampError {
    StampError::Unreadable(why.to_string())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// `openssl ts -reply` about the SHA-256 of `hello`, whose question had a nonce.
    const STAMP: &str = "\
        MIIB2zADAgEAMIIB0gYJKoZIhvcNAQcCoIIBwzCCAb8CAQMxDzANBglghkgBZQMEAgEFADB3BgsqhkiG9w0BCRAB\
        BKBoBGYwZAIBAQYEKgMEATAxMA0GCWCGSAFlAwQCAQUABCAs8k26X7CjDiboOyrFueKeGxYeXB+nQl5zBDNik4uY\
        JAIBAhgTMjAyNjExMjMxNzM0MDYuOTczWjADAgEBAgkAiRnzP8nEQZ4xggEuMIIBKgIBATAlMA0xCzAJBgNVBAMM\
        AmNhAhQAg0IbMVfS5LZfqRMg7cA+EpHoCjANBglghkgBZQMEAgEFAKCBmDAaBgkqhkiG9w0BCQMxDQYLKoZIhvcN\
        AQkQAQQwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyMzE3MzQwNlowKwYLKoZIhvcNAQkQAgwxHDAaMBgwFgQUq3zNeS/i\
        Wz1CrLrKPNjxpZtOEWcwLwYJKoZIhvcNAQkEMSIEIHu6B5NGr5kvMm6zYAb366SCWUcSOdUMXiflecFHNnRjMAoG\
        CCqGSM49BAMCBEgwRgIhAP0L8XUFGaEyIla22duYefSYDPqTlVkhuoaUwLKoFxHbAiEA+2lQaLhxwUVxlqyTzMxs\
        53lgPT3e9JrisqdkBSQOvzA=\
        ";
    /// The same authority, where it takes another hash only.
    const REFUSAL: &str = "\
        MDcwNQIBAjAsDCpNZXNzYWdlIGRpZ2VzdCBhbGdvcml0aG0gaXMgbm90IHN1cHBvcnRlZC4DAgeA\
        ";
    /// About the SHA-512 of `hello`.
    const OTHER_HASH: &str = "\
        MIIB8DADAgEAMIIB5wYJKoZIhvcNAQcCoIIB2DCCAdQCAQMxDzANBglghkgBZQMEAgEFADCBjAYLKoZIhvcNAQkQ\
        AQSgfQR7MHkCAQEGBCoDBAEwUTANBglghkgBZQMEAgMFAARAm3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRln\
        PKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQwIBAxgTMjAyNjExMjMxNzM0MDcuMDUxWjADAgEBMYIB\
        LTCCASkCAQEwJTANMQswCQYDVQQDDAJjYQIUAINCGzFX0uS2X6kTIO3APhKR6AowDQYJYIZIAWUDBAIBBQCggZgw\
        GgYJKoZIhvcNAQkDMQ0GCyqGSIb3DQEJEAEEMBwGCSqGSIb3DQEJBTEPFw0yNjExMjMxNzM0MDdaMCsGCyqGSIb3\
        DQEJEAIMMRwwGjAYMBYEFKt8zXkv4ls9Qqy6yjzY8aWbThFnMC8GCSqGSIb3DQEJBDEiBCAE6PLGQBcsI0zSbWIt\
        BytjnFc2nuOlNSDVRQzinDlnKDAKBggqhkjOPQQDAgRHMEUCIHYDImUFMeXC7vX+6q9xluKVZWiSkFeEFx3l93Tk\
        FcgIAiEAxw4L6pf7onZ+o/Ps9kPL5E7X6iNkbwzS+kOd/DZPv8s=\
        ";

    fn read(text: &str) -> Result<Stamp, StampError> {
        Stamp::parse(&STANDARD.decode(text.trim()).expect("base64"))
    }

    #[test]
    fn what_an_authority_says_is_read_with_its_fractions_of_a_second() {
        let stamp = read(STAMP).expect("a timestamp");
        assert_eq!(stamp.hash, Sha256Hash::of(b"hello"));
        assert_eq!(stamp.at.to_string(), "2026-11-23T17:34:06.973Z");
        stamp.is_of(Sha256Hash::of(b"hello")).expect("of it");
        let other = stamp.is_of(Sha256Hash::of(b"hallo"));
        assert!(matches!(other, Err(StampError::OfAnother { .. })));
        let nonce = [7; 16];
        let other = stamp.answers(Sha256Hash::of(b"hello"), nonce);
        assert_eq!(other, Err(StampError::OtherQuestion));
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_authority() {
        let refusal = read(REFUSAL).expect_err("refused").to_string();
        let words = "the authority refused: Rejection Message digest algorithm is not supported.";
        assert_eq!(refusal, words);
        let other = read(OTHER_HASH).expect_err("SHA-512").to_string();
        assert!(other.ends_with("it is not about a SHA-256 hash"), "{other}");
    }

    #[test]
    fn a_broken_answer_is_an_error_wherever_it_is_broken() {
        let whole = STANDARD.decode(STAMP.trim()).expect("base64");
        for end in 0..whole.len() {
            assert!(Stamp::parse(&whole[..end]).is_err(), "cut at {end}");
        }
        for place in 0..whole.len() {
            for bit in [0x01, 0x80] {
                let mut broken = whole.clone();
                broken[place] ^= bit;
                // It may still be one, of another hash or under another signature; it must not
                // take the process with it.
                drop(Stamp::parse(&broken));
            }
        }
        assert!(Stamp::parse(b"<html>").is_err());
    }

    #[test]
    fn a_question_bears_the_hash_and_a_positive_nonce() {
        for nonce in [[0; 16], [0xff; 16], [0x80; 16]] {
            let question = request(Sha256Hash::of(b"hello"), nonce).expect("a question");
            let read = TimeStampReq::from_der(&question).expect("DER");
            assert!(read.cert_req);
            let hash = read.message_imprint.hashed_message;
            assert_eq!(hash.as_bytes(), Sha256Hash::of(b"hello").0);
            assert_eq!(read.nonce.expect("a nonce").as_bytes(), positive(nonce));
        }
    }
}

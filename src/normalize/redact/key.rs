//! What stands in the place of a secret: the pattern's id, and a keyed hash by which equal secrets
//! can be compared and nobody without the key can try out guesses.

use hmac::{Hmac, KeyInit, Mac};
use memchr::memmem;
use sha2::Sha256;

use crate::model::limits::REDACTION_ID_BYTES_MAX;

/// Bytes of the hash that are shown: two different secrets of a billion share a hash with a
/// probability of 3 %.
const SHOWN_BYTES: usize = 8;
const BEGIN: &str = "[redacted:";
const MARKER_BYTES_MAX: usize = BEGIN.len() + REDACTION_ID_BYTES_MAX + 2 * SHOWN_BYTES + 2;

/// The key of the hash.
#[derive(Clone)]
pub struct RedactionKey(Hmac<Sha256>);

impl RedactionKey {
    /// Any number of bytes will do; 32 random ones are as good as it gets.
    pub fn new(bytes: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(bytes);
        RedactionKey(mac.expect("HMAC takes keys of every length"))
    }

    /// `[redacted:<id>:<16 hexadecimal digits>]`: no character of it needs escaping in JSON.
    pub(super) fn marker(&self, id: &str, secret: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(secret);
        let hash = mac.finalize().into_bytes();
        let mut marker = format!("{BEGIN}{id}:");
        for byte in hash.iter().take(SHOWN_BYTES) {
            marker.push_str(&format!("{byte:02x}"));
        }
        marker.push(']');
        marker
    }
}

/// Never shows the key.
impl std::fmt::Debug for RedactionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedactionKey")
    }
}

/// Whether the text is what stands in the place of a secret, and nothing more.
pub(super) fn is_marker(text: &[u8]) -> bool {
    let inside = text
        .strip_prefix(BEGIN.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"]"));
    let mut parts = inside.unwrap_or_default().split(|byte| *byte == b':');
    let (Some(id), Some(digits), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let hexadecimal = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    is_id(id) && digits.len() == 2 * SHOWN_BYTES && digits.iter().all(hexadecimal)
}

/// Where markers stand in a record, in its order.
pub(super) fn markers(raw: &[u8]) -> Vec<(usize, usize)> {
    let found = memmem::find_iter(raw, BEGIN).filter_map(|begin| {
        let rest = raw.get(begin..)?;
        let bytes = rest.iter().take(MARKER_BYTES_MAX);
        let end = begin + 1 + bytes.into_iter().position(|byte| *byte == b']')?;
        raw.get(begin..end)
            .is_some_and(is_marker)
            .then_some((begin, end))
    });
    found.collect()
}

/// The range, widened by all of each marker that it holds a part of: a part of one is no secret, and
/// must not be left over beside another.
pub(super) fn widened(
    markers: &[(usize, usize)],
    (mut from, mut to): (usize, usize),
) -> (usize, usize) {
    let first = markers.partition_point(|(_, end)| *end <= from);
    for (begin, end) in markers.iter().skip(first) {
        if *begin >= to {
            break;
        }
        (from, to) = (from.min(*begin), to.max(*end));
    }
    (from, to)
}

/// Small letters, digits and `-`: an id is the same in text, in JSON, and as a metric's label.
pub(super) fn is_id(id: &[u8]) -> bool {
    let sound = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    !id.is_empty() && id.iter().all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_depends_on_key_and_secret_and_is_known_again() {
        let key = RedactionKey::new(b"key");
        // printf hunter2 | openssl dgst -sha256 -hmac key
        assert_eq!(
            key.marker("password", b"hunter2"),
            "[redacted:password:05d210d8af05129c]"
        );
        assert_ne!(
            key.marker("password", b"hunter2"),
            RedactionKey::new(b"other").marker("password", b"hunter2")
        );
        assert!(is_marker(key.marker("a-1", b"").as_bytes()));
        for text in [
            "",
            "[redacted:]",
            "[redacted:a:b]",
            "[redacted::0123456789abcdef]",
            "[redacted:a:0123456789abcdef] ",
            "[redacted:A:0123456789abcdef]",
            "[redacted:a:0123456789abcdef]x]",
            "[redacted:a:0123456789abcdeF]",
        ] {
            assert!(!is_marker(text.as_bytes()), "{text}");
        }
    }
}

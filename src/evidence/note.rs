//! Signed notes (c2sp.org/signed-note) and the checkpoints in them (c2sp.org/tlog-checkpoint): a few
//! lines of text that say how long the log is and what its root is, and Ed25519 signatures below.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::{DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::leaf::Sha256Hash;

/// The type of an Ed25519 key in a note.
const ED25519: u8 = 1;
const DASH: &str = "\u{2014} ";
/// More is refused: a checkpoint is a few hundred bytes.
const NOTE_BYTES_MAX: usize = 1 << 20;
const SIGNATURES_MAX: usize = 100;

/// Who may have signed: a public key and the name that it signs under.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// Signs checkpoints: a key in memory, or one that never leaves the device or service that has it.
pub trait Signer: Send {
    fn verifier(&self) -> &VerifierKey;
    /// The signature over exactly these bytes.
    fn sign(&self, text: &[u8]) -> Result<[u8; 64], SignError>;
}

/// A signer that did not sign; asked again later it may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key `{key}` did not sign: {reason}")]
pub struct SignError {
    pub key: String,
    pub reason: String,
}

/// A text and the signatures below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// With its last line end.
    pub text: String,
    pub signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub key_id: [u8; 4],
    pub bytes: Vec<u8>,
}

/// What the log says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    pub root: Sha256Hash,
}

/// Why something is no note, checkpoint or key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("is no signed note: {0}")]
    Note(&'static str),
    #[error("is no checkpoint: {0}")]
    Checkpoint(&'static str),
    #[error("is no verifier key such as `name+1a2b3c4d+base64`: {0}")]
    Key(&'static str),
}

impl VerifierKey {
    /// `name` is not empty and has neither space nor plus.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty, or has a space or a `+`"));
        }
        let key = VerifyingKey::from_bytes(&public)
            .map_err(|_no_point| NoteError::Key("its bytes are no Ed25519 key"))?;
        let name = name.to_owned();
        Ok(VerifierKey { name, key })
    }

    /// Reads `name+id+base64`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let mut part = || {
            parts
                .next()
                .ok_or(NoteError::Key("it has fewer than 3 parts"))
        };
        let (name, id, encoded) = (part()?, part()?, part()?);
        let bytes = decode(encoded).ok_or(NoteError::Key("its key is no base64"))?;
        let Some((&ED25519, public)) = bytes.split_first() else {
            return Err(NoteError::Key("it is for another algorithm than Ed25519"));
        };
        let public = public
            .try_into()
            .map_err(|_length| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let key = VerifierKey::new(name, public)?;
        if hexadecimal(&key.id()) != id {
            return Err(NoteError::Key("its id is not that of its name and key"));
        }
        Ok(key)
    }

    /// Reads a public key as `openssl pkey -pubout` writes it; such a file has no name.
    pub fn from_pem(name: &str, pem: &str) -> Result<Self, NoteError> {
        let key = VerifyingKey::from_public_key_pem(pem)
            .map_err(|_form| NoteError::Key("the PEM is no Ed25519 public key"))?;
        VerifierKey::new(name, key.to_bytes())
    }

    /// For `openssl pkeyutl -verify -pubin -inkey`.
    pub fn to_pem(&self) -> String {
        let pem = self.key.to_public_key_pem(pkcs8::LineEnding::LF);
        pem.unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first 4 bytes of SHA-256 over name, line feed, type and key.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        [a, b, c, d]
    }

    /// The id as text: what key files are named by.
    pub fn id_text(&self) -> String {
        hexadecimal(&self.id())
    }

    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The same key under another name: ids depend on it.
    pub fn named(&self, name: &str) -> Result<Self, NoteError> {
        VerifierKey::new(name, *self.public())
    }

    /// Whether this key made the signature over the note's text.
    pub fn has_signed(&self, text: &str, signature: &NoteSignature) -> bool {
        let of_this_key = signature.name == self.name && signature.key_id == self.id();
        let bytes: Option<&[u8; 64]> = signature.bytes.as_slice().try_into().ok();
        of_this_key
            && bytes.is_some_and(|bytes| {
                let signature = Signature::from_bytes(bytes);
                self.key.verify_strict(text.as_bytes(), &signature).is_ok()
            })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [&[ED25519], self.public().as_slice()].concat();
        let (id, key) = (self.id_text(), STANDARD.encode(typed));
        write!(f, "{}+{id}+{key}", self.name)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Note {
    /// The text, which ends with a line end, signed by each of them.
    pub fn sign<'s>(
        text: String,
        signers: impl IntoIterator<Item = &'s dyn Signer>,
    ) -> Result<Self, SignError> {
        let mut signatures = Vec::new();
        for signer in signers {
            let key = signer.verifier();
            signatures.push(NoteSignature {
                name: key.name().to_owned(),
                key_id: key.id(),
                bytes: signer.sign(text.as_bytes())?.to_vec(),
            });
        }
        Ok(Note { text, signatures })
    }

    /// Reads exactly one form: whatever was changed is an error or another note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let no = |why| NoteError::Note(why);
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(no("it is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_byte| no("it is no UTF-8 text"))?;
        if text.chars().any(|letter| letter < ' ' && letter != '\n') {
            return Err(no("it has control characters"));
        }
        let (above, below) = text
            .rsplit_once("\n\n")
            .ok_or(no("no empty line stands before its signatures"))?;
        let lines = below
            .strip_suffix('\n')
            .ok_or(no("it does not end with a line end"))?;
        let signatures: Vec<NoteSignature> = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(|line| signature(line).ok_or(no("a line below its text is no signature")))
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(no("it has too many signatures"));
        }
        Ok(Note {
            text: format!("{above}\n"),
            signatures,
        })
    }

    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.text);
        for signature in &self.signatures {
            let bytes = [&signature.key_id, signature.bytes.as_slice()].concat();
            text += &format!("{DASH}{} {}\n", signature.name, STANDARD.encode(bytes));
        }
        text
    }
}

impl NoteSignature {
    /// The key that it names, as `name+id`.
    pub fn key(&self) -> String {
        format!("{}+{}", self.name, hexadecimal(&self.key_id))
    }
}

impl Checkpoint {
    pub fn to_text(&self) -> String {
        let root = STANDARD.encode(self.root.0);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// Lines below the first three are extensions, which mean nothing to us.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let no = |why| NoteError::Checkpoint(why);
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(no("it does not end with a line end"))?
            .split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty());
        let origin = line().ok_or(no("it has no origin"))?;
        let digits = line().ok_or(no("it has no size"))?;
        let size: u64 = digits
            .parse()
            .map_err(|_digits| no("its size is no number"))?;
        if size.to_string() != digits {
            return Err(no("its size is written with a sign or zeros before it"));
        }
        let root = line().and_then(decode).ok_or(no("its root is no base64"))?;
        let root = root
            .try_into()
            .map_err(|_length| no("its root has not 32 bytes"))?;
        if lines.any(str::is_empty) {
            return Err(no("it has an empty line"));
        }
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size,
            root: Sha256Hash(root),
        })
    }
}

/// Whether a key, and a log, may be called so.
pub fn is_name(name: &str) -> bool {
    let bad = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    !name.is_empty() && name.len() <= 200 && !name.contains(bad)
}

/// `— name base64(id, signature)`
fn signature(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let decoded = decode(encoded)?;
    let (key_id, bytes) = decoded.split_first_chunk::<4>()?;
    (is_name(name) && !bytes.is_empty()).then(|| NoteSignature {
        name: name.to_owned(),
        key_id: *key_id,
        bytes: bytes.to_vec(),
    })
}

/// Strict: of the texts that could stand for the same bytes only one is read.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text += &format!("{byte:02x}");
    }
    text
}

#[cfg(test)]
pub mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    /// A key made of one repeated byte.
    pub struct TestSigner {
        key: SigningKey,
        verifier: VerifierKey,
    }

    impl TestSigner {
        pub fn new(name: &str, seed: u8) -> Self {
            let key = SigningKey::from_bytes(&[seed; 32]);
            let verifier = VerifierKey::new(name, key.verifying_key().to_bytes()).expect("key");
            TestSigner { key, verifier }
        }
    }

    impl Signer for TestSigner {
        fn verifier(&self) -> &VerifierKey {
            &self.verifier
        }

        fn sign(&self, text: &[u8]) -> Result<[u8; 64], SignError> {
            Ok(self.key.sign(text).to_bytes())
        }
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "corp.example/tenure".to_owned(),
            size: 20_852_163,
            root: Sha256Hash::of(b"root"),
        }
    }

    fn signed() -> (Note, [TestSigner; 2]) {
        let signers = [1, 2].map(|seed| TestSigner::new("corp.example/tenure", seed));
        let each = signers.iter().map(|signer| signer as &dyn Signer);
        let note = Note::sign(checkpoint().to_text(), each).expect("signed");
        (note, signers)
    }

    /// `signed_note` and `tlog_tiles` are another's implementations of the same specifications.
    #[test]
    fn another_reader_takes_our_notes_checkpoints_and_keys() {
        let (note, signers) = signed();
        let read = signed_note::Note::from_bytes(note.to_text().as_bytes()).expect("a note");
        for signer in &signers {
            let key = signer.verifier().to_string();
            let verifier = signed_note::StandardVerifier::new(&key).expect("a key");
            let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
            let (verified, others) = read.verify(&known).expect("verified");
            assert_eq!((verified.len(), others.len()), (1, 1));
        }
        let text = tlog_tiles::Checkpoint::from_bytes(read.text()).expect("a checkpoint");
        let ours = checkpoint();
        assert_eq!(
            (text.origin(), text.size(), text.hash().0),
            (ours.origin.as_str(), ours.size, ours.root.0)
        );
    }

    /// The example of the Go implementation, `golang.org/x/mod/sumdb/note`.
    #[test]
    fn we_take_anothers_notes_and_keys() {
        let skey = "PRIVATE+KEY+PeterNeumann+c74f20a3+\
                    AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let signer = signed_note::StandardSigner::new(skey).expect("a signer");
        let text = checkpoint().to_text();
        let mut note = signed_note::Note::new(text.as_bytes(), &[]).expect("a note");
        note.add_sigs(&[&signer]).expect("signed");
        let read = Note::parse(&note.to_bytes()).expect("a note");
        let key = VerifierKey::parse(vkey).expect("a key");
        assert_eq!(key.to_string(), vkey);
        assert!(key.has_signed(&read.text, &read.signatures[0]));
        assert_eq!(Checkpoint::parse(&read.text), Ok(checkpoint()));
    }

    #[test]
    fn no_byte_of_a_note_can_change_unnoticed() {
        let (note, signers) = signed();
        let bytes = note.to_text().into_bytes();
        assert_eq!(Note::parse(&bytes), Ok(note.clone()));
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                let unnoticed = Note::parse(&changed).is_ok_and(|note| {
                    note.signatures.len() == signers.len()
                        && note
                            .signatures
                            .iter()
                            .zip(&signers)
                            .all(|(one, signer)| signer.verifier().has_signed(&note.text, one))
                });
                assert!(!unnoticed, "bit {bit} of byte {place}");
            }
            let cut = bytes.get(..place).unwrap_or_default();
            assert!(Note::parse(cut).is_ok_and(|cut| cut == note) == (cut == bytes));
        }
    }

    #[test]
    fn a_key_is_read_in_its_two_forms_and_in_no_others() {
        let (_, [signer, other]) = signed();
        let key = signer.verifier();
        let vkey = key.to_string();
        assert_eq!(VerifierKey::parse(&format!("{vkey}\n")).as_ref(), Ok(key));
        let pem = VerifierKey::from_pem(key.name(), &key.to_pem());
        assert_eq!(pem.as_ref(), Ok(key));
        assert_ne!(key.named("another").expect("named").id(), key.id());
        let mixed = vkey.replace(&key.id_text(), &other.verifier().id_text());
        for text in [
            "",
            "a+b",
            "a b+00000000+AQ==",
            &mixed,
            &vkey[..vkey.len() - 4],
        ] {
            assert!(VerifierKey::parse(text).is_err(), "{text}");
        }
        assert!(VerifierKey::from_pem("a", "-----BEGIN PUBLIC KEY-----").is_err());
    }

    #[test]
    fn a_checkpoint_is_written_in_one_way() {
        let text = checkpoint().to_text();
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
        assert_eq!(
            Checkpoint::parse(&format!("{text}more\n")),
            Ok(checkpoint())
        );
        for wrong in [
            "",
            "\n",
            "a\n1\n",
            &text.replace("20852163", "+20852163"),
            &text.replace("20852163", "020852163"),
            &text.replace("20852163", "-1"),
            &text.replace('=', ""),
            &format!("{text}\nmore\n"),
        ] {
            assert!(Checkpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}

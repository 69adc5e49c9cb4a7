//! What is signed and may leave the box: a DSSE envelope (Ed25519) around the
//! payload's bytes as they were stored, so that no second, canonical form of
//! anything exists. Whoever has the public key verifies it offline.
//!
//! Promised: a file verifies only when it is, byte for byte, an envelope that
//! the holder of the key wrote; a changed key id, a second signature, another
//! spelling of the same JSON or base64 are refused like a changed payload.
//!
//! Absent on purpose: any other algorithm, any field that chooses one, and any
//! way to read a payload without verifying it.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::policy::text::{Text, bounded, escape_hostile, hex};

/// The credential that holds the signing key.
pub const CREDENTIAL: &str = "attestation-key";
/// The public key in the configuration folder, for auditors to copy.
pub const PUBLIC_FILE: &str = "attestation.pub";
/// Payload type of a probe's report.
pub const PROBE: &str = "application/vnd.sekimori.probe+json";
/// Largest envelope that is read.
const LARGEST: u64 = 64 << 20;

/// Why there is no key, or why an envelope is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttestationError {
    /// The key cannot be used.
    Key(String),
    /// The file cannot be read.
    File(String),
    /// It is no envelope of ours.
    Shape(&'static str),
    /// It names another key.
    OtherKey {
        /// The key id in the envelope.
        untrusted_signed_by: String,
        /// The one that was expected.
        expected: String,
    },
    /// The signature is not this payload's.
    Signature,
}

impl AttestationError {
    /// What, and what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Key(why) => {
                let why = escape_hostile(&bounded(why, 400));
                Text::new(
                    format!("証明の鍵を使えません: {why}。sekimori key make で作れます"),
                    format!(
                        "the attestation key cannot be used: {why}. sekimori key make makes one"
                    ),
                )
            }
            Self::File(why) => {
                let why = escape_hostile(&bounded(why, 400));
                Text::new(
                    format!("証明書ファイルを読めません: {why}"),
                    format!("the attestation cannot be read: {why}"),
                )
            }
            Self::Shape(what) => Text::new(
                format!("この機器が書いた証明ではありません ({what})。信用しないでください"),
                format!("this is no attestation as we write it ({what}); do not trust it"),
            ),
            Self::OtherKey {
                untrusted_signed_by,
                expected,
            } => {
                let said = escape_hostile(&bounded(untrusted_signed_by, 80));
                Text::new(
                    format!(
                        "別の鍵 {said} で署名されています (期待した鍵 {expected})。信用しないでください"
                    ),
                    format!(
                        "it is signed by another key {said} (expected {expected}); do not trust it"
                    ),
                )
            }
            Self::Signature => Text::new(
                "署名が内容と一致しません。書き換えられています。信用しないでください",
                "the signature does not fit: it was changed. Do not trust it",
            ),
        }
    }
}

/// Pre-authentication encoding, as in the DSSE specification, version 1.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The envelope as it is stored, fields in the specification's words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    keyid: String,
    sig: String,
}

/// A verified payload: made by [`PublicKey::open`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    payload_type: String,
    payload: Vec<u8>,
}

impl Attested {
    /// What it is.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Its bytes, as stored.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// The box's signing key.
pub struct AttestationKey(SigningKey);

impl fmt::Debug for AttestationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttestationKey")
    }
}

impl AttestationKey {
    /// From the credential's content: 32 bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads the credential: from `given` (`$CREDENTIALS_DIRECTORY`) where it
    /// has one, else from `kept` (the configuration's `credentials/`).
    ///
    /// # Errors
    /// Not there, readable by others, or no key.
    pub fn from_credential(given: Option<&Path>, kept: &Path) -> Result<Self, AttestationError> {
        let given = given
            .map(|folder| folder.join(CREDENTIAL))
            .filter(|path| path.exists());
        // systemd's own may show 0440, the mask of its access list.
        let forbidden = if given.is_some() { 0o337 } else { 0o377 };
        let path = given.unwrap_or_else(|| kept.join(CREDENTIAL));
        let say = |why: String| AttestationError::Key(format!("{}: {why}", path.display()));
        let file = File::open(&path).map_err(|error| say(error.to_string()))?;
        let mode = file.metadata().map_err(|error| say(error.to_string()))?;
        let mode = mode.permissions().mode() & 0o777;
        if mode & forbidden != 0 {
            return Err(say(format!("mode {mode:04o} instead of 0400")));
        }
        let mut seed = Vec::new();
        file.take(100)
            .read_to_end(&mut seed)
            .map_err(|error| say(error.to_string()))?;
        match <[u8; 32]>::try_from(seed.as_slice()) {
            Ok(seed) => Ok(Self::from_seed(&seed)),
            Err(_) => Err(say("not 32 bytes".to_owned())),
        }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The envelope around `payload`, one line of JSON.
    #[must_use]
    pub fn sign(&self, payload_type: &str, payload: &[u8]) -> String {
        let signature = self.0.sign(&pae(payload_type, payload));
        written(&Envelope {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![Signed {
                keyid: self.public().id(),
                sig: STANDARD.encode(signature.to_bytes()),
            }],
        })
    }
}

/// The one spelling in which an envelope is written.
fn written(envelope: &Envelope) -> String {
    // A struct of strings always has a JSON form.
    let mut line = serde_json::to_string(envelope).unwrap_or_default();
    line.push('\n');
    line
}

/// What auditors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// How a public key's line begins.
const PREFIX: &str = "sekimori-attestation-ed25519 ";

impl PublicKey {
    /// SHA-256 of the key, hex: printed beside every report.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// Reads the line that [`fmt::Display`] writes.
    ///
    /// # Errors
    /// It is no such line.
    pub fn parse(line: &str) -> Result<Self, AttestationError> {
        let no_key = || AttestationError::Key("not a public key of ours".to_owned());
        let digits = line.trim().strip_prefix(PREFIX).ok_or_else(no_key)?;
        let bytes = STANDARD.decode(digits).map_err(|_| no_key())?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| no_key())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| no_key())?;
        if key.is_weak() {
            return Err(no_key());
        }
        Ok(Self(key))
    }

    /// Reads a public key's file.
    ///
    /// # Errors
    /// It cannot be read or holds no such line.
    pub fn read(path: &Path) -> Result<Self, AttestationError> {
        let line = std::fs::read_to_string(path)
            .map_err(|error| AttestationError::Key(format!("{}: {error}", path.display())))?;
        Self::parse(&line)
    }

    /// Verifies an envelope; the only way to its payload.
    ///
    /// # Errors
    /// It is not, byte for byte, what the holder of this key wrote.
    pub fn open(&self, untrusted_envelope: &[u8]) -> Result<Attested, AttestationError> {
        let shape = AttestationError::Shape;
        let envelope: Envelope =
            serde_json::from_slice(untrusted_envelope).map_err(|_| shape("JSON"))?;
        if written(&envelope).as_bytes() != untrusted_envelope {
            return Err(shape("spelling"));
        }
        let [signed] = envelope.signatures.as_slice() else {
            return Err(shape("signatures"));
        };
        if signed.keyid != self.id() {
            return Err(AttestationError::OtherKey {
                untrusted_signed_by: signed.keyid.clone(),
                expected: self.id(),
            });
        }
        let payload = STANDARD
            .decode(&envelope.payload)
            .map_err(|_| shape("payload"))?;
        let signature = STANDARD.decode(&signed.sig).map_err(|_| shape("sig"))?;
        let signature = Signature::from_slice(&signature).map_err(|_| shape("sig"))?;
        self.0
            .verify_strict(&pae(&envelope.payload_type, &payload), &signature)
            .map_err(|_| AttestationError::Signature)?;
        Ok(Attested {
            payload_type: envelope.payload_type,
            payload,
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

/// Reads a stored envelope, bounded.
///
/// # Errors
/// It cannot be read, or is larger than any of ours.
pub fn read(path: &Path) -> Result<Vec<u8>, AttestationError> {
    let say = |why: String| AttestationError::File(format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|error| say(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| say(error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= LARGEST) {
        Ok(bytes)
    } else {
        Err(say("too large".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key() -> AttestationKey {
        AttestationKey::from_seed(&[7; 32])
    }

    #[test]
    fn the_encoding_is_the_specifications_own_example() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
        assert_eq!(
            pae("型", "値 ".as_bytes()),
            "DSSEv1 3 型 4 値 ".as_bytes(),
            "lengths are bytes"
        );
    }

    #[test]
    fn the_signature_is_rfc_8032s_first_example() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&seed[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let key = AttestationKey::from_seed(&seed.try_into().unwrap());
        assert!(hex(key.public().0.as_bytes()).starts_with("d75a980182b10ab7d54bfed3c964073a"));
        assert!(hex(&key.0.sign(b"").to_bytes()).starts_with("e5564300c360ac729086e2cc806e828a"));
    }

    #[test]
    fn what_was_signed_opens_as_it_was_stored() {
        let payload = "{\"結果\": 1}\n".as_bytes();
        let envelope = key().sign(PROBE, payload);
        insta::assert_snapshot!(envelope, @r#"{"payload":"eyLntZDmnpwiOiAxfQo=","payloadType":"application/vnd.sekimori.probe+json","signatures":[{"keyid":"fe812c12f3ab4ce6ac5db69ac352f906cb1b11ef43fb33e252ef7ff552263889","sig":"hFprvZD6qwLx38PgZjXPHRn4OZSHPtEH0VEMIf9moB/aUJSpiqURffecw5IEHytJXUGVO+semS+GTOFK668VAQ=="}]}"#);
        let opened = key().public().open(envelope.as_bytes()).unwrap();
        assert_eq!((opened.payload_type(), opened.payload()), (PROBE, payload));
        let line = key().public().to_string();
        assert_eq!(PublicKey::parse(&line).unwrap(), key().public());
    }

    #[test]
    fn any_one_changed_bit_is_refused() {
        let envelope = key().sign(PROBE, b"{\"leaks\":0}");
        for at in 0..envelope.len() {
            for bit in 0..8 {
                let mut changed = envelope.clone().into_bytes();
                changed[at] ^= 1 << bit;
                assert!(
                    key().public().open(&changed).is_err(),
                    "byte {at} bit {bit}"
                );
            }
        }
        let longer = format!("{envelope}\n");
        assert!(key().public().open(longer.as_bytes()).is_err());
        assert!(key().public().open(envelope.trim_end().as_bytes()).is_err());
    }

    #[test]
    fn another_key_another_type_and_a_second_signature_are_refused() {
        let other = AttestationKey::from_seed(&[8; 32]);
        let envelope = other.sign(PROBE, b"{}");
        assert!(matches!(
            key().public().open(envelope.as_bytes()),
            Err(AttestationError::OtherKey { .. })
        ));
        let renamed = envelope.replace(&other.public().id(), &key().public().id());
        assert_eq!(
            key().public().open(renamed.as_bytes()),
            Err(AttestationError::Signature)
        );
        let ours = key().sign(PROBE, b"{}");
        let retyped = ours.replace("probe+json", "other+json");
        assert_eq!(
            key().public().open(retyped.as_bytes()),
            Err(AttestationError::Signature)
        );
        let mut twice: Envelope = serde_json::from_str(&ours).unwrap();
        let more: Envelope = serde_json::from_str(&envelope).unwrap();
        twice.signatures.extend(more.signatures);
        assert_eq!(
            key().public().open(written(&twice).as_bytes()),
            Err(AttestationError::Shape("signatures"))
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CREDENTIAL);
        assert!(AttestationKey::from_credential(None, folder.path()).is_err());
        fs::write(&path, [7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(AttestationKey::from_credential(None, folder.path()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        let read = AttestationKey::from_credential(None, folder.path()).unwrap();
        assert_eq!(read.public(), key().public());
    }
}

//! STAND-IN until branch `text` is merged.

use super::envelope::Envelope;

/// A mail that may leave.
#[derive(Clone, Debug)]
pub struct Outgoing {
    envelope: Envelope,
    variant: u32,
    bytes: Vec<u8>,
}

impl Outgoing {
    /// Only for `spool::resume`.
    pub(super) fn resumed(envelope: Envelope, variant: u32, bytes: Vec<u8>) -> Self {
        Self { envelope, variant, bytes }
    }
    /// Envelope; recipients are the variant's.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }
    /// Reverse path.
    #[must_use]
    pub fn sender(&self) -> &str {
        &self.envelope.untrusted_sender
    }
    /// Forward paths.
    #[must_use]
    pub fn recipients(&self) -> &[String] {
        &self.envelope.recipients
    }
    /// When the original came.
    #[must_use]
    pub fn received_at(&self) -> jiff::Timestamp {
        self.envelope.received_at
    }
    /// Variant.
    #[must_use]
    pub fn variant(&self) -> u32 {
        self.variant
    }
    /// The message.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

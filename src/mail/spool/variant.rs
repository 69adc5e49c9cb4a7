//! `<id>.<variant>`: how a variant's file is called and how it is digested
//! while it is written.

use std::fs::File;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::quarantine::MailId;

pub(super) fn variant_name(id: &MailId, variant: u32) -> String {
    format!("{id}.{variant}")
}

/// Reads `<id>.<variant>`; the form is exact, so that `01` is no second `1`.
pub(super) fn parse_variant(name: &str) -> Option<(MailId, u32)> {
    let (id, variant) = name.split_once('.')?;
    let parsed = (MailId::parse(id)?, variant.parse().ok()?);
    (variant_name(&parsed.0, parsed.1) == name).then_some(parsed)
}

/// A file whose bytes are digested on their way.
pub(super) struct Digesting {
    pub(super) file: File,
    pub(super) digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

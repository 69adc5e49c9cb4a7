//! `META-INF/manifest.xml` (ODF 1.3 part 2, 3.2 and chapter 4): looked at only
//! for what says that the package is locked.

use crate::sanitise::Refusal;
use crate::sanitise::office::zip_view::View;
use crate::sanitise::office::{rows, source};

/// Most rows of it.
const MOST_ROWS: usize = 40_000;

/// Refuses a package that needs a password or a key.
pub(super) fn open(view: &mut View<'_>) -> Result<(), Refusal> {
    // The whole document, encrypted as one entry (LibreOffice 24).
    if view.find("encrypted-package").is_some() {
        return Err(Refusal::Encrypted);
    }
    let Some(at) = view.find("META-INF/manifest.xml") else {
        return Ok(());
    };
    let text = source::decode(view.content(at)?)?;
    if !text.contains("encryption-data") && !text.contains("keyinfo") {
        return Ok(());
    }
    let locked = rows::rows(&text, MOST_ROWS)?.iter().any(|row| {
        matches!(
            row.local.as_str(),
            "encryption-data" | "keyinfo" | "encrypted-key"
        )
    });
    if locked {
        return Err(Refusal::Encrypted);
    }
    Ok(())
}

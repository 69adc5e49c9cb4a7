//! JSON (RFC 8259): a text that is JSON after it was cleaned stays JSON. The
//! words are not put in another order and numbers keep all their digits.

use crate::sanitise::Refusal;

/// Accepts what every reader takes for the same JSON; nesting is bounded.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map(drop)
        .map_err(|_| Refusal::Malformed)
}

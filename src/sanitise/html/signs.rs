//! Looks that carry meaning, as signs of text: raised and lowered words, boxes
//! that are ticked.

use super::attributes::Attributes;

/// Signs that have a raised and a lowered form of their own.
const PLAIN: &str = "0123456789+-=()";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎";

/// `m²`, `CO₂`; what has no such signs is named: `x^(n+1)`, `a_(max)`.
pub(super) fn raised(words: &str, up: bool) -> String {
    let signs = if up { RAISED } else { LOWERED };
    let own = |c: char| {
        let at = PLAIN.chars().position(|plain| plain == c)?;
        signs.chars().nth(at)
    };
    let written: Option<String> = words.chars().map(own).collect();
    written.unwrap_or_else(|| format!("{}({words})", if up { '^' } else { '_' }))
}

/// A box to tick or a choice, as it was sent.
pub(super) fn of_box(attributes: &Attributes) -> Option<&'static str> {
    let kind = attributes.get("type")?.trim().to_ascii_lowercase();
    match (kind.as_str(), attributes.get("checked").is_some()) {
        ("checkbox", true) => Some("☑"),
        ("checkbox", false) => Some("☐"),
        ("radio", true) => Some("◉"),
        ("radio", false) => Some("○"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_indices_keep_their_meaning() {
        assert_eq!(raised("-3", true), "⁻³");
        assert_eq!(raised("2", false), "₂");
        assert_eq!(raised("注1", true), "^(注1)");
        assert_eq!(raised("max", false), "_(max)");
    }
}

//! The numbers of list items (HTML 4.4.5, 4.4.8): where they start, which way
//! they run and in which signs they are written.

use markup5ever_rcdom::Handle;

use super::attributes::Attributes;
use super::tree::tag;

/// An open numbered list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    next: i32,
    step: i32,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Decimal,
    Letters { capital: bool },
    Roman { capital: bool },
}

impl Style {
    fn of(attributes: &Attributes) -> Option<Self> {
        // The one attribute of HTML whose case counts.
        match attributes.get("type")?.trim() {
            "1" => Some(Self::Decimal),
            "a" => Some(Self::Letters { capital: false }),
            "A" => Some(Self::Letters { capital: true }),
            "i" => Some(Self::Roman { capital: false }),
            "I" => Some(Self::Roman { capital: true }),
            _ => None,
        }
    }

    fn written(self, number: i32) -> String {
        let (signs, capital) = match self {
            Self::Decimal => (None, false),
            Self::Letters { capital } => (letters(number), capital),
            Self::Roman { capital } => (roman(number), capital),
        };
        match signs {
            Some(signs) if capital => signs.to_ascii_uppercase(),
            Some(signs) => signs,
            None => number.to_string(),
        }
    }
}

impl Numbering {
    /// As the list `node` says.
    pub(super) fn of(attributes: &Attributes, node: &Handle) -> Self {
        let reversed = attributes.get("reversed").is_some();
        let items = || {
            let children = node.children.borrow();
            let count = children.iter().filter(|child| tag(child) == "li").count();
            i32::try_from(count).unwrap_or(i32::MAX)
        };
        let usual = if reversed { items() } else { 1 };
        Self {
            next: attributes.integer("start").unwrap_or(usual),
            step: if reversed { -1 } else { 1 },
            style: Style::of(attributes).unwrap_or(Style::Decimal),
        }
    }

    /// In front of the next item.
    pub(super) fn mark(&mut self, item: &Attributes) -> String {
        let number = item.integer("value").unwrap_or(self.next);
        self.next = number.saturating_add(self.step);
        let style = Style::of(item).unwrap_or(self.style);
        format!("{}. ", style.written(number))
    }
}

/// `a` to `z`, then `aa`: there is no nought.
fn letters(number: i32) -> Option<String> {
    let mut rest = u32::try_from(number).ok().filter(|number| *number > 0)?;
    let mut signs = Vec::new();
    while rest > 0 {
        rest -= 1;
        signs.push(char::from_u32(u32::from(b'a') + rest % 26)?);
        rest /= 26;
    }
    Some(signs.iter().rev().collect())
}

fn roman(number: i32) -> Option<String> {
    const SIGNS: [(i32, &str); 13] = [
        (1_000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    if !(1..4_000).contains(&number) {
        return None;
    }
    let mut rest = number;
    let mut signs = String::new();
    for (value, sign) in SIGNS {
        while rest >= value {
            signs.push_str(sign);
            rest -= value;
        }
    }
    Some(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_their_signs() {
        let letters = Style::Letters { capital: false };
        for (number, wanted) in [(1, "a"), (26, "z"), (27, "aa"), (703, "aaa"), (0, "0")] {
            assert_eq!(letters.written(number), wanted);
        }
        let roman = Style::Roman { capital: true };
        for (number, wanted) in [(4, "IV"), (1_994, "MCMXCIV"), (4_000, "4000"), (-1, "-1")] {
            assert_eq!(roman.written(number), wanted);
        }
    }
}

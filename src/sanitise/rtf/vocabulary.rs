//! The control words that are read (RTF 1.9.1, appendix B), by the room they
//! may stand in and the number they may carry. Any other word is absent from
//! the model, and so from everything written.

mod drawing;
mod list;
mod table;
mod text;

use std::collections::HashMap;
use std::sync::LazyLock;

/// What kind of content a group holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Paragraphs, tables, sections, and the document itself.
    Text,
    /// The font table.
    Fonts,
    /// The colour table.
    Colours,
    /// The style sheet and the document's defaults.
    Styles,
    /// Tables of lists and of what overrides them.
    Lists,
    /// Numbering of Word 6 and 95.
    Numbering,
    /// A field, which holds only its code and its result.
    Field,
    /// A field's code: words that are judged together.
    Instruction,
    /// What a form field asks for.
    Form,
    /// A drawing: where it stands and what it is.
    Shape,
    /// One property of a drawing.
    Property,
    /// A picture.
    Picture,
    /// Words only: a name, a date.
    Name,
    /// The text of a level's number, where signs below blank count.
    Level,
}

/// Which number a word may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// None; one that is there is left out.
    Bare,
    /// None, 0 or 1.
    Toggle,
    /// A length or amount: none, or up to a million either way.
    Amount,
    /// Place in one of the document's tables.
    Index,
    /// A name made of 32 bits.
    Id,
    /// 0, 1 or 9: other counts of list overrides overran readers
    /// (CVE-2014-1761).
    Overrides,
    /// One byte.
    Byte,
}

impl Number {
    /// The number as it may be written; `None`: the word goes.
    pub(super) fn judge(self, number: Option<i32>) -> Option<Option<i32>> {
        let within = match self {
            Self::Bare => return Some(None),
            Self::Toggle => 0..=1,
            Self::Amount => -1_000_000..=1_000_000,
            Self::Index => 0..=32_767,
            Self::Id => i32::MIN..=i32::MAX,
            Self::Overrides => {
                return matches!(number, Some(0 | 1 | 9)).then_some(number);
            }
            Self::Byte => 0..=255,
        };
        number.is_none_or(|n| within.contains(&n)).then_some(number)
    }
}

/// Words that share room and number, separated by white space.
pub(super) struct Words {
    pub(super) room: Room,
    pub(super) number: Number,
    pub(super) names: &'static str,
}

const TABLES: [&[Words]; 4] = [text::WORDS, table::WORDS, list::WORDS, drawing::WORDS];

/// A word that may be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) room: Room,
    pub(super) number: Number,
}

/// A name means something else in another room (`\f` names a font in the font
/// table and chooses one in the text), so there can be several.
static WORDS: LazyLock<HashMap<&'static str, Vec<Word>>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Vec<Word>> = HashMap::new();
    for table in TABLES.into_iter().flatten() {
        for name in table.names.split_ascii_whitespace() {
            words.entry(name).or_default().push(Word {
                name,
                room: table.room,
                number: table.number,
            });
        }
    }
    words
});

/// Whether words of `owner` may stand in `room`: styles and list levels carry
/// the properties of text.
pub(super) fn may_stand(owner: Room, room: Room) -> bool {
    owner == room || (owner == Room::Text && matches!(room, Room::Styles | Room::Lists))
}

/// The word of this name that may stand in `room`.
pub(super) fn word(untrusted_name: &str, room: Room) -> Option<Word> {
    let words = WORDS.get(untrusted_name)?;
    words
        .iter()
        .copied()
        .find(|word| word.room == room)
        .or_else(|| {
            let fits = |word: &&Word| may_stand(word.room, room);
            words.iter().find(fits).copied()
        })
}

/// Every word, for tests.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Word> {
    WORDS.values().flatten().copied()
}

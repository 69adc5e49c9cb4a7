//! What a part calls optional (markup compatibility, ISO/IEC 29500-3, 7.2 and
//! 7.4): prefixes that may be ignored, and names whose content stays even then.

use quick_xml::events::BytesStart;

use crate::sanitise::Refusal;

/// Most marks of a part that are looked at.
const MOST_MARKS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Ignorable,
    ProcessContent,
}

/// The marks that hold now, with the depth of the element that says so.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<(Mark, String, usize)>);

impl Marks {
    /// Those of an element. Another namespace's attribute of the same name means
    /// something else: `is_ours` knows its prefix.
    pub(super) fn add(
        &mut self,
        tag: &BytesStart<'_>,
        depth: usize,
        is_ours: impl Fn(&str) -> bool,
    ) -> Result<(), Refusal> {
        let raw = tag.attributes_raw();
        if !(raw.contains(":Ignorable") || raw.contains(":ProcessContent")) {
            return Ok(());
        }
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| Refusal::Malformed)?;
            let (prefix, local) = attribute.key.0.split_once(':').unwrap_or_default();
            let mark = match local {
                "Ignorable" => Mark::Ignorable,
                "ProcessContent" => Mark::ProcessContent,
                _ => continue,
            };
            if is_ours(prefix) {
                let left = MOST_MARKS.saturating_sub(self.0.len());
                let words = attribute.value.split_ascii_whitespace().take(left);
                self.0
                    .extend(words.map(|word| (mark, word.to_owned(), depth)));
            }
        }
        Ok(())
    }

    /// Elements with this prefix may be left out.
    pub(super) fn may_ignore(&self, prefix: &str) -> bool {
        let mut marks = self.0.iter();
        marks.any(|(mark, word, _)| *mark == Mark::Ignorable && word == prefix)
    }

    /// What stands in such an element is not.
    pub(super) fn keeps_content(&self, prefix: &str, local: &str) -> bool {
        self.0.iter().any(|(mark, word, _)| {
            let named = word.split_once(':').unwrap_or_default();
            *mark == Mark::ProcessContent && (named == (prefix, local) || named == (prefix, "*"))
        })
    }

    /// Those of elements as deep as this end.
    pub(super) fn forget(&mut self, depth: usize) {
        while self.0.last().is_some_and(|(.., of)| *of >= depth) {
            self.0.pop();
        }
    }
}

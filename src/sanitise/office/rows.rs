//! Flat lists such as `[Content_Types].xml` or a `.rels`.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::reading::split;
use super::source::resolved;
use crate::sanitise::Refusal;

/// One element of such a list.
pub(in crate::sanitise) struct Row {
    pub(in crate::sanitise) local: String,
    attributes: Vec<(String, String)>,
}

impl Row {
    pub(in crate::sanitise) fn get(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

/// Reads a flat list; at most `most` rows.
pub(in crate::sanitise) fn rows(source: &str, most: usize) -> Result<Vec<Row>, Refusal> {
    let mut reader = Reader::from_str(source);
    let mut rows = Vec::new();
    loop {
        match reader.read_event().map_err(|_| Refusal::Malformed)? {
            Event::Start(tag) | Event::Empty(tag) => {
                if rows.len() > most {
                    return Err(Refusal::OverBudget);
                }
                let mut attributes = Vec::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|_| Refusal::Malformed)?;
                    let value = resolved(&attribute.value)?;
                    attributes.push((attribute.key.0.to_owned(), value));
                }
                rows.push(Row {
                    local: split(tag.name().0).1.to_owned(),
                    attributes,
                });
            }
            Event::DocType(_) => return Err(Refusal::Malformed),
            Event::Eof => return Ok(rows),
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::GeneralRef(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_) => {}
        }
    }
}

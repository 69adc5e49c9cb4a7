//! An element's attributes, and what of them acts.

use markup5ever_rcdom::{Handle, NodeData};

use crate::sanitise::{Report, What};

/// Names lower case, in order.
pub(super) struct Attributes(Vec<(String, String)>);

impl Attributes {
    pub(super) fn of(node: &Handle) -> Self {
        match &node.data {
            NodeData::Element { attrs, .. } => Self(
                attrs
                    .borrow()
                    .iter()
                    .map(|a| {
                        let name = a.name.local.to_ascii_lowercase().to_string();
                        (name, a.value.to_string())
                    })
                    .collect(),
            ),
            NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::Text { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => Self(Vec::new()),
        }
    }

    #[cfg(test)]
    pub(super) fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(pairs.iter().map(owned).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A whole number, such as `colspan`.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.trim().parse().ok()
    }

    /// A whole number that may be below nought, such as `start`.
    pub(super) fn integer(&self, name: &str) -> Option<i32> {
        self.get(name)?.trim().parse().ok()
    }

    /// Counts handlers, styles and pictures that call out.
    pub(super) fn report(&self, report: &mut Report) {
        for (name, value) in &self.0 {
            if name.starts_with("on") {
                report.removed(What::EventHandler, name);
            } else if name == "style" && calls_out(value) {
                report.removed(What::StyleUrl, "style");
            } else if name == "background" || name == "srcset" {
                report.removed(What::ExternalImage, name);
            }
        }
    }
}

/// A style that loads or runs something.
pub(super) fn calls_out(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    ["url(", "@import", "expression", "behavior", "-moz-binding"]
        .iter()
        .any(|word| style.contains(word))
}

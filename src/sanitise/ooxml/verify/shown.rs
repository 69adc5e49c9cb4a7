//! Slides, sheets, heads and feet that some list names: one that none names is
//! seen by nobody and must not cross.

use std::collections::HashSet;

use super::scan::Piece;
use super::{Checked, NotOurs, Relations};

/// What the lists name, over all parts.
#[derive(Default)]
pub(super) struct Shown(HashSet<String>);

impl Shown {
    pub(super) fn see(&mut self, piece: &Piece<'_, '_>, relations: &Relations<'_>) {
        let Piece::Open {
            name, attributes, ..
        } = piece
        else {
            return;
        };
        if !matches!(
            *name,
            "p:sldId" | "sheet" | "w:headerReference" | "w:footerReference"
        ) {
            return;
        }
        let id = attributes.iter().find(|(key, _)| *key == "r:id");
        let target = id.and_then(|(_, id)| relations.get(id));
        self.0.extend(target.and_then(|target| target.part.clone()));
    }

    /// Whether a part with this root is one that a list names, or needs none.
    pub(super) fn check(&self, name: &str, root: &str) -> Checked {
        let needs = matches!(
            root,
            "p:sld" | "worksheet" | "chartsheet" | "w:hdr" | "w:ftr"
        );
        if needs && !self.0.contains(name) {
            return Err(NotOurs("part that no list names"));
        }
        Ok(())
    }
}

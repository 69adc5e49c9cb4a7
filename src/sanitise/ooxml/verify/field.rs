//! Word fields, their codes joined over runs. A code of ours stands in one
//! piece: nothing but code between its marks, side by side in one element, and
//! no change through it, so that it says the same whatever is accepted or
//! rejected.

use super::scan::{self, Piece};
use super::{Checked, NotOurs};
use crate::sanitise::office::verify::field::is_left;

/// Elements that may stand between the marks of a code.
const IN_CODE: &[&str] = &[
    "w:r",
    "w:rPr",
    "w:fldChar",
    "w:instrText",
    "w:proofErr",
    "w:bookmarkStart",
    "w:bookmarkEnd",
    "w:commentRangeStart",
    "w:commentRangeEnd",
    "w:permStart",
    "w:permEnd",
    "w:lastRenderedPageBreak",
];

/// An element that is open.
#[derive(Clone, Copy)]
struct Element<'a> {
    name: &'a str,
    /// Number of the innermost element that is no run.
    around_runs: u32,
    /// Number of the innermost change or simple field.
    around_fields: u32,
    /// A change that is no insertion is open.
    taken_out: bool,
    /// Within the looks of a run, or within a mark.
    aside: bool,
}

/// A field that is open.
struct Field {
    told: String,
    telling: bool,
    around_runs: u32,
    around_fields: u32,
}

/// Checks every field of a part, piece by piece.
#[derive(Default)]
pub(super) struct Fields<'a> {
    elements: Vec<Element<'a>>,
    fields: Vec<Field>,
    /// Elements so far.
    count: u32,
}

impl<'a> Fields<'a> {
    pub(super) fn see(&mut self, piece: &Piece<'a, '_>) -> Checked {
        match piece {
            Piece::Open {
                name, attributes, ..
            } => {
                let get = |key: &str| attributes.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
                let above = self.above();
                self.element(name, above)?;
                match *name {
                    "w:fldSimple" => code(&scan::plain(get("w:instr").unwrap_or_default()))?,
                    "w:fldChar" => self.mark(get("w:fldCharType").unwrap_or_default(), above)?,
                    _ => {}
                }
                self.enter(name, above);
            }
            Piece::Text(words) => {
                let inside = self.above().name;
                if let Some(field) = self.fields.last_mut().filter(|field| field.telling) {
                    if inside == "w:instrText" {
                        field.told.push_str(&scan::plain(words));
                    } else if !words.trim().is_empty() {
                        return Err(NotOurs("words inside a code"));
                    }
                }
            }
            Piece::Close { .. } => drop(self.elements.pop()),
        }
        Ok(())
    }

    /// At the end of a part no field is open.
    pub(super) fn end(&self) -> Checked {
        if self.fields.is_empty() {
            Ok(())
        } else {
            Err(NotOurs("unfinished field"))
        }
    }

    fn above(&self) -> Element<'a> {
        self.elements.last().copied().unwrap_or(Element {
            name: "",
            around_runs: 0,
            around_fields: 0,
            taken_out: false,
            aside: false,
        })
    }

    fn enter(&mut self, name: &'a str, above: Element<'a>) {
        self.count = self.count.saturating_add(1);
        let is_change = matches!(name, "w:ins" | "w:del" | "w:moveFrom" | "w:moveTo");
        let mut element = Element { name, ..above };
        if name != "w:r" {
            element.around_runs = self.count;
        }
        if is_change || name == "w:fldSimple" {
            element.around_fields = self.count;
        }
        element.taken_out |= is_change && name != "w:ins";
        element.aside |= name == "w:fldChar" || (name == "w:rPr" && above.name == "w:r");
        self.elements.push(element);
    }

    /// Whether an element may stand where it does.
    fn element(&self, name: &str, above: Element<'_>) -> Checked {
        if above.name == "w:instrText" {
            return Err(NotOurs("element inside a code"));
        }
        let telling = self.fields.last().filter(|field| field.telling);
        if telling.is_some() && !above.aside && !IN_CODE.contains(&name) {
            return Err(NotOurs("element inside a code"));
        }
        match name {
            "w:ins" | "w:del" | "w:moveFrom" | "w:moveTo" if above.aside => {
                Err(NotOurs("change among looks"))
            }
            "w:delInstrText" => Err(NotOurs("deleted code")),
            "w:fldSimple" | "w:fldChar" | "w:instrText" if above.aside => {
                Err(NotOurs("field among looks"))
            }
            "w:fldSimple" if above.taken_out => Err(NotOurs("field in a change")),
            "w:instrText" => match telling {
                Some(field) if field.around_runs == above.around_runs => Ok(()),
                Some(_) => Err(NotOurs("code in two places")),
                None => Err(NotOurs("code outside a field")),
            },
            _ => Ok(()),
        }
    }

    fn mark(&mut self, kind: &str, above: Element<'_>) -> Checked {
        match (kind, self.fields.last_mut()) {
            ("begin", Some(Field { telling: true, .. })) => Err(NotOurs("field inside a code")),
            ("begin", _) if above.taken_out => Err(NotOurs("field in a change")),
            ("begin", _) => {
                self.fields.push(Field {
                    told: String::new(),
                    telling: true,
                    around_runs: above.around_runs,
                    around_fields: above.around_fields,
                });
                Ok(())
            }
            ("separate", Some(field)) if field.telling => {
                field.telling = false;
                if field.around_runs == above.around_runs {
                    Ok(())
                } else {
                    Err(NotOurs("code in two places"))
                }
            }
            ("end", Some(field)) => {
                let one_place = !field.telling || field.around_runs == above.around_runs;
                if !one_place || field.around_fields != above.around_fields {
                    return Err(NotOurs("change through a field"));
                }
                code(&field.told)?;
                self.fields.pop();
                Ok(())
            }
            _ => Err(NotOurs("field mark")),
        }
    }
}

fn code(told: &str) -> Checked {
    if is_left(told) {
        Ok(())
    } else {
        Err(NotOurs("field"))
    }
}

//! Word fields, their codes joined over runs.

use super::scan::{self, Piece};
use super::{Checked, NotOurs};
use crate::sanitise::office::verify::field::is_left;

/// Checks every field of a part, piece by piece.
#[derive(Default)]
pub(super) struct Fields<'a> {
    /// Code, and whether it is still being told.
    open: Vec<(String, bool)>,
    /// Innermost element.
    inside: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn see(&mut self, piece: &Piece<'a, '_>) -> Checked {
        match piece {
            Piece::Open {
                name, attributes, ..
            } => {
                self.inside = name;
                let get = |key: &str| attributes.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
                match *name {
                    "w:fldSimple" => {
                        self.not_in_code()?;
                        code(&scan::plain(get("w:instr").unwrap_or_default()))
                    }
                    "w:fldChar" => self.mark(get("w:fldCharType").unwrap_or_default()),
                    "w:instrText" | "w:delInstrText" if !self.in_code() => {
                        Err(NotOurs("code outside a field"))
                    }
                    _ => Ok(()),
                }
            }
            Piece::Text(words) => {
                let Some((told, true)) = self.open.last_mut() else {
                    return Ok(());
                };
                match self.inside {
                    "w:instrText" | "w:delInstrText" => told.push_str(&scan::plain(words)),
                    "w:t" if !words.trim().is_empty() => {
                        return Err(NotOurs("words inside a code"));
                    }
                    _ => {}
                }
                Ok(())
            }
            Piece::Close { .. } => {
                self.inside = "";
                Ok(())
            }
        }
    }

    /// At the end of a part no field is open.
    pub(super) fn end(&self) -> Checked {
        if self.open.is_empty() {
            Ok(())
        } else {
            Err(NotOurs("unfinished field"))
        }
    }

    fn in_code(&self) -> bool {
        self.open.last().is_some_and(|(_, telling)| *telling)
    }

    fn not_in_code(&self) -> Checked {
        if self.in_code() {
            Err(NotOurs("field inside a code"))
        } else {
            Ok(())
        }
    }

    fn mark(&mut self, kind: &str) -> Checked {
        match kind {
            "begin" => {
                self.not_in_code()?;
                self.open.push((String::new(), true));
                Ok(())
            }
            "separate" => match self.open.last_mut() {
                Some((_, telling)) if *telling => {
                    *telling = false;
                    Ok(())
                }
                _ => Err(NotOurs("field separator")),
            },
            "end" => {
                let (told, _) = self.open.pop().ok_or(NotOurs("field end"))?;
                code(&told)
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

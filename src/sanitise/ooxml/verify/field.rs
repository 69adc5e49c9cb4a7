//! Word fields, their codes joined over runs.

use super::scan::{self, Piece};
use super::{Checked, NotOurs};
use crate::sanitise::office::verify::link::leads_to_the_web;

/// The only fields we leave.
const LEFT: &str = " PAGE NUMPAGES SECTIONPAGES SECTION DATE TIME CREATEDATE SAVEDATE PRINTDATE \
    EDITTIME TOC TC TOA TA INDEX XE REF PAGEREF NOTEREF SEQ STYLEREF LISTNUM AUTONUM AUTONUMLGL \
    AUTONUMOUT FORMTEXT FORMCHECKBOX FORMDROPDOWN EQ SYMBOL ADVANCE HYPERLINK ";

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
    let told = told.trim();
    let name: String = told
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if name.is_empty() || !LEFT.contains(&format!(" {name} ")) {
        return Err(NotOurs("field"));
    }
    if name != "HYPERLINK" {
        return Ok(());
    }
    // Every word that is no switch's is a target and must lead to the web.
    let mut rest = told.get(name.len()..).unwrap_or_default().trim_start();
    let mut switch = None;
    while let Some(first) = rest.chars().next() {
        let (word, after) = if first == '"' {
            let inner = rest.get(1..).unwrap_or_default();
            inner.split_once('"').unwrap_or((inner, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        rest = after.trim_start();
        if first == '\\' {
            switch = word
                .chars()
                .nth(1)
                .filter(|c| !matches!(c, 'n' | 'h' | 'm' | 'N' | 'H' | 'M'));
        } else if switch.take().is_none() && !leads_to_the_web(word) {
            return Err(NotOurs("link field"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_field_is_known_by_its_code() {
        assert!(code(" PAGE ").is_ok());
        assert!(code("HYPERLINK \\l \"_Toc1\" \\h").is_ok());
        for bad in [
            "DDEAUTO cmd",
            "PAGES",
            "",
            "HYPERLINK \"file://x\"",
            "HYPERLINK \\h \"\\\\x\\y\"",
        ] {
            assert!(code(bad).is_err(), "{bad}");
        }
    }
}

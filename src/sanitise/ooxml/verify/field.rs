//! Word fields, their codes joined over runs.

use super::part::leads_to_the_web;
use super::scan::{self, Piece};
use super::{Checked, NotOurs};

/// The only fields we leave.
const LEFT: &str = " PAGE NUMPAGES SECTIONPAGES SECTION DATE TIME CREATEDATE SAVEDATE PRINTDATE \
    EDITTIME TOC TC TOA TA INDEX XE REF PAGEREF NOTEREF SEQ STYLEREF LISTNUM AUTONUM AUTONUMLGL \
    AUTONUMOUT FORMTEXT FORMCHECKBOX FORMDROPDOWN EQ SYMBOL ADVANCE HYPERLINK ";

/// Checks every field of a part.
pub(super) fn check(text: &str) -> Checked {
    if !text.contains("<w:fld") && !text.contains("nstrText") {
        return Ok(());
    }
    // Code, and whether it is still being told.
    let mut fields: Vec<(String, bool)> = Vec::new();
    let mut inside: Vec<&str> = Vec::new();
    for piece in scan::pieces(text)? {
        match piece {
            Piece::Open {
                name, attributes, ..
            } => {
                inside.push(name);
                let get = |key: &str| attributes.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
                match (name, get("w:fldCharType")) {
                    ("w:fldSimple", _) => {
                        if fields.last().is_some_and(|(_, telling)| *telling) {
                            return Err(NotOurs("field inside a code"));
                        }
                        code(&scan::plain(get("w:instr").unwrap_or_default()))?;
                    }
                    ("w:fldChar", Some("begin")) => {
                        if fields.last().is_some_and(|(_, telling)| *telling) {
                            return Err(NotOurs("field inside a code"));
                        }
                        fields.push((String::new(), true));
                    }
                    ("w:fldChar", Some("separate")) => match fields.last_mut() {
                        Some((_, telling)) if *telling => *telling = false,
                        _ => return Err(NotOurs("field separator")),
                    },
                    ("w:fldChar", Some("end")) => {
                        let (told, _) = fields.pop().ok_or(NotOurs("field end"))?;
                        code(&told)?;
                    }
                    ("w:fldChar", _) => return Err(NotOurs("field mark")),
                    ("w:instrText" | "w:delInstrText", _)
                        if !fields.last().is_some_and(|(_, telling)| *telling) =>
                    {
                        return Err(NotOurs("code outside a field"));
                    }
                    _ => {}
                }
            }
            Piece::Text(words) => {
                let Some((told, true)) = fields.last_mut() else {
                    continue;
                };
                match inside.last() {
                    Some(&"w:instrText" | &"w:delInstrText") => told.push_str(&scan::plain(words)),
                    Some(&"w:t") if !words.trim().is_empty() => {
                        return Err(NotOurs("words inside a code"));
                    }
                    _ => {}
                }
            }
            Piece::Close { .. } => {
                inside.pop();
            }
        }
    }
    if fields.is_empty() {
        Ok(())
    } else {
        Err(NotOurs("unfinished field"))
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

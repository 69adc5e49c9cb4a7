//! Settings: truths, numbers, and a few words; nothing of printers, data,
//! passwords, links or programs.

use std::str::FromStr as _;

use crate::sanitise::office::verify::scan::{self, Piece};
use crate::sanitise::office::verify::{Checked, NotOurs};

/// The only ones that are words.
const WORDS: &[&str] = &[
    "ActiveTable",
    "BeginLine",
    "Country",
    "EndLine",
    "Language",
    "Variant",
];

/// What no name of a setting has in it.
const NEVER: &[&str] = &[
    "Auto",
    "Data",
    "Database",
    "Embed",
    "Key",
    "Link",
    "Load",
    "Macro",
    "Password",
    "Printer",
    "Script",
    "Save",
    "Signature",
    "Update",
    "URL",
];

/// Names that only look so.
const BUT: &[&str] = &[
    "AutoFirstLineIndentDisregardLineSpace",
    "FrameAutowidthWithMorePara",
    "HyphenateURLs",
    "PrinterIndependentLayout",
    "UseOldPrinterMetrics",
];

/// Checks the settings.
pub(super) fn check(text: &str) -> Checked {
    let mut item: Option<(&str, &str)> = None;
    let mut words = String::new();
    for piece in scan::pieces(text)? {
        match piece? {
            Piece::Open {
                name,
                attributes,
                root,
            } => {
                let get = |key: &str| {
                    let found = attributes.iter().find(|(k, _)| *k == key);
                    found.map_or("", |(_, value)| *value)
                };
                if root != (name == "office:document-settings") {
                    return Err(NotOurs("settings' root"));
                }
                match name {
                    "office:document-settings" | "office:settings" => continue,
                    "config:config-item" => {
                        words.clear();
                        item = Some((get("config:name"), get("config:type")));
                        setting(get("config:name"))?;
                    }
                    "config:config-item-set" => {
                        let known = ["ooo:view-settings", "ooo:configuration-settings"];
                        if !known.contains(&get("config:name")) {
                            return Err(NotOurs("set of settings"));
                        }
                    }
                    "config:config-item-map-indexed" | "config:config-item-map-named" => {
                        let known = ["ForbiddenCharacters", "Tables", "Views"];
                        if !known.contains(&get("config:name")) {
                            return Err(NotOurs("list of settings"));
                        }
                    }
                    "config:config-item-map-entry" => {}
                    _ => return Err(NotOurs("settings' element")),
                }
                if attributes
                    .iter()
                    .any(|(key, _)| !matches!(*key, "config:name" | "config:type"))
                {
                    return Err(NotOurs("settings' attribute"));
                }
            }
            Piece::Text(piece) => words.push_str(piece),
            Piece::Close { name } => {
                if name == "config:config-item"
                    && let Some((name, kind)) = item.take()
                {
                    value(name, kind, &words)?;
                }
            }
        }
    }
    Ok(())
}

fn setting(name: &str) -> Checked {
    if BUT.contains(&name) || !NEVER.iter().any(|word| name.contains(word)) {
        Ok(())
    } else {
        Err(NotOurs("setting"))
    }
}

fn value(name: &str, kind: &str, words: &str) -> Checked {
    let plain = match kind {
        "boolean" => matches!(words, "true" | "false"),
        "short" | "int" | "long" => i64::from_str(words).is_ok(),
        "string" => WORDS.contains(&name),
        _ => false,
    };
    if plain {
        scan::in_order(words)
    } else {
        Err(NotOurs("value of a setting"))
    }
}

//! E23: a secret must never stand in the configuration, since revisions,
//! reports and exports copy it. Looked for in every table, known or not.

use toml::de::{DeTable, DeValue};

use crate::policy::diagnostic::{Notes, names_secret};
use crate::policy::source::Span;
use crate::policy::text::Text;

/// Tables whose keys are names that the body chose.
const NAMED: [&str; 2] = ["clauses", "services"];

/// Notes every literal under a key that names a secret, and every private
/// key block under any key.
pub fn find(file: usize, table: &DeTable<'_>, notes: &mut Notes<'_>) {
    for (key, value) in table {
        let name = key.get_ref();
        if NAMED.contains(&name.as_ref()) {
            continue;
        }
        match value.get_ref() {
            DeValue::Table(inner) => find(file, inner, notes),
            DeValue::Array(array) => {
                for element in array.iter() {
                    if let DeValue::Table(inner) = element.get_ref() {
                        find(file, inner, notes);
                    }
                }
            }
            DeValue::String(text) if text.contains("PRIVATE KEY-----") => {
                inline(
                    &Span {
                        file,
                        range: value.span(),
                    },
                    notes,
                );
            }
            DeValue::String(_) | DeValue::Integer(_) if names_secret(name) => {
                inline(
                    &Span {
                        file,
                        range: value.span(),
                    },
                    notes,
                );
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
}

fn inline(span: &Span, notes: &mut Notes<'_>) {
    let message = Text::new(
        "秘密の値を設定ファイルに書いてはいけません",
        "a secret must not be written in the configuration",
    );
    let hint = Text::new(
        "credential = \"名前\" で資格情報を名前で指し、この値は無効にしてください",
        "refer to it by name (credential = \"name\") and revoke this value",
    );
    notes.error("E23", span, message, Some(hint));
}

//! The register for a spreadsheet: UTF-8 with a byte order mark, so that
//! Excel reads it; no cell is ever calculated. Pure.

use super::ledger::{Ledger, Row};
use crate::policy::text::{Lang, Text};

/// A heading and what stands below it.
type Column = (&'static str, &'static str, fn(&Row, Lang) -> String);

const COLUMNS: [Column; 23] = [
    ("識別子", "id", |row, _| row.id.clone()),
    ("状態", "state", |row, lang| word(&row.state(), lang)),
    ("送信元", "from", |row, _| row.ends[0].name.clone()),
    ("送信元アドレス", "from addresses", |row, _| {
        row.ends[0].addresses.join(" ")
    }),
    ("宛先", "to", |row, _| row.ends[1].name.clone()),
    ("宛先アドレス", "to addresses", |row, _| {
        row.ends[1].addresses.join(" ")
    }),
    ("サービス", "service", |row, _| row.service.clone()),
    ("経由", "via", |row, lang| {
        row.via
            .as_ref()
            .map_or(String::new(), |via| word(via, lang))
    }),
    ("名前", "names", |row, _| row.names.join(" ")),
    ("目的", "purpose", |row, _| row.purpose.clone()),
    ("所管", "owner", |row, _| row.owner.clone()),
    ("承認者", "approver", |row, _| row.approver.clone()),
    ("承認日", "approved on", |row, _| {
        row.approved_on.to_string()
    }),
    ("決裁番号", "ticket", |row, _| row.ticket.clone()),
    ("期限", "last day", |row, _| row.last_day.to_string()),
    ("残日数", "days left", |row, _| {
        if row.ended() {
            String::new()
        } else {
            row.remaining.to_string()
        }
    }),
    ("条項", "clause", |row, _| {
        row.clause
            .as_ref()
            .map_or(String::new(), |(id, _)| id.clone())
    }),
    ("条項の内容", "clause title", |row, _| {
        row.clause
            .as_ref()
            .map_or(String::new(), |(_, title)| title.clone())
    }),
    ("分類", "class", |row, _| {
        row.class.clone().unwrap_or_default()
    }),
    ("条件", "bounds", |row, lang| {
        row.bounds
            .iter()
            .map(|bound| bound.get(lang))
            .collect::<Vec<_>>()
            .join(" / ")
    }),
    ("試行", "trial", |row, lang| {
        if row.trial {
            word(&Text::new("はい", "yes"), lang)
        } else {
            String::new()
        }
    }),
    ("記録", "log", |row, lang| word(&row.log, lang)),
    ("記載場所", "place", |row, _| row.place.clone()),
];

fn word(text: &Text, lang: Lang) -> String {
    text.get(lang).to_owned()
}

/// The whole file.
///
/// # Errors
/// Only what the writer of a vector could fail with.
pub fn sheet(ledger: &Ledger, lang: Lang) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS.iter().map(|(ja, en, _)| match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }))?;
    for row in &ledger.rows {
        writer.write_record(COLUMNS.iter().map(|(_, _, cell)| disarmed(cell(row, lang))))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A cell that a spreadsheet would calculate becomes text. Full-width signs
/// count: Japanese Excel takes them for the narrow ones. Every sign is
/// disarmed, a telephone number's too: no cell of ours begins with one.
fn disarmed(cell: String) -> String {
    let seen = cell.trim_start_matches([' ', '\u{3000}', '"', '\t', '\r', '\n']);
    if seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for cell in [
            "=1+1",
            "+8",
            "-1",
            "@SUM(A1)",
            "＝1",
            " \t=1",
            "\"=cmd|' /C calc'!A0",
        ] {
            assert!(disarmed(cell.to_owned()).starts_with('\''), "{cell}");
        }
        for cell in ["情セ-R8-012", "2027-03-31", "", "10.1.0.0/16"] {
            assert_eq!(disarmed(cell.to_owned()), cell);
        }
    }
}

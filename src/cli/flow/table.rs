//! The register on a terminal: as wide as the terminal, East Asian widths
//! counted; unfolded when piped.

use std::io::IsTerminal as _;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

use super::ledger::{Ledger, Row, Side};
use crate::policy::text::{Lang, Text};

/// Columns that an id may have before it is broken over lines.
const LONGEST_ID: usize = 24;

/// The whole answer, ending in a newline.
#[must_use]
pub fn table(ledger: &Ledger, lang: Lang) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(if std::io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    });
    let heading = [
        Text::new("識別子", "id"),
        Text::new("送信元 → 宛先", "from → to"),
        Text::new("サービス・条件", "service, bounds"),
        Text::new("目的", "purpose"),
        Text::new("所管", "owner"),
        Text::new("期限", "until"),
    ];
    table.set_header(heading.iter().map(|text| text.get(lang)));
    for row in &ledger.rows {
        table.add_row(cells(row, lang));
    }
    // An id is copied and searched for: it is not broken while there is room.
    let longest = ledger.rows.iter().map(|row| row.id.chars().count()).max();
    let ids = u16::try_from(longest.unwrap_or(0).min(LONGEST_ID)).unwrap_or(0);
    if let Some(column) = table.column_mut(0) {
        let padding = 2;
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(ids + padding)));
    }
    let shown: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    format!("{}\n{}\n", shown.join("\n"), below(ledger).get(lang))
}

fn cells(row: &Row, lang: Lang) -> [String; 6] {
    let [from, to] = &row.ends;
    let narrowed = row
        .via
        .iter()
        .chain(&row.bounds)
        .map(|text| text.get(lang).to_owned());
    let service: Vec<String> = std::iter::once(row.service.clone())
        .chain(narrowed)
        .chain(row.names.iter().cloned())
        .collect();
    [
        row.id.clone(),
        format!("{}\n→ {}", side(from), side(to)),
        service.join("\n"),
        row.purpose.clone(),
        row.owner.clone(),
        format!("{}\n{}", row.last_day, row.left().get(lang)),
    ]
}

fn side(side: &Side) -> String {
    match side.addresses.as_slice() {
        [] => side.name.clone(),
        [one] => format!("{} ({one})", side.name),
        [one, rest @ ..] => format!("{} ({one} +{})", side.name, rest.len()),
    }
}

fn below(ledger: &Ledger) -> Text {
    let (all, ended) = (ledger.rows.len(), ledger.count(Row::ended));
    let (soon, trials) = (ledger.count(Row::ends_soon), ledger.count(|row| row.trial));
    let Ledger {
        standing, as_of, ..
    } = ledger;
    let selection = |lang| {
        ledger
            .selection
            .as_ref()
            .map_or(String::new(), |text| format!(" [{}]", text.get(lang)))
    };
    Text::new(
        format!(
            "許可 {all} 件{}: 30 日以内に期限 {soon} 件、期限切れ {ended} 件、試行 {trials} 件 ({as_of} 現在)。版: {}",
            selection(Lang::Ja),
            standing.ja
        ),
        format!(
            "{all} flows{}: {soon} end within 30 days, {ended} expired, {trials} on trial (as of {as_of}). Version: {}",
            selection(Lang::En),
            standing.en
        ),
    )
}

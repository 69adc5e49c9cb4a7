//! 許可通信台帳 as one page for 決裁 and for the auditor: nothing is loaded
//! from anywhere, it prints on A4 landscape and reads on a telephone. In
//! Japanese, whatever the terminal speaks: the register is the body's. Pure.
//!
//! Escaping is maud's: every value stands in the text or in a quoted
//! attribute, none in a script, a style or an address, of which there are none.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::ledger::{Ledger, Row, Side};
use crate::policy::text::Text;

/// Who signs; the names are the body's own and stand on paper.
const SEALS: [&str; 4] = ["決裁", "審査", "確認", "作成"];

/// The page.
#[must_use]
pub fn page(ledger: &Ledger) -> String {
    let title = format!("許可通信台帳 {} ({} 現在)", ledger.site, ledger.as_of);
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                (heading(ledger))
                (summary(ledger))
                (flows(&ledger.rows))
                (zones(ledger))
                p.notes {
                    "ここに書かれていない通信は、IPv4・IPv6 とも、どの方向にもすべて拒否されます。"
                    "許可は一方向です。応答は自動で通り、逆向きの接続は通りません。"
                    "分類 (機密性) は台帳上の約束であり、通信の中身を機械が判定するものではありません。"
                }
            }
        }
    };
    page.into_string()
}

fn heading(ledger: &Ledger) -> Markup {
    html! {
        header {
            div {
                h1 { "許可通信台帳" }
                div.body { (ledger.site) }
                dl.facts {
                    @if !ledger.policy_title.is_empty() { dt { "根拠" } dd { (ledger.policy_title) } }
                    dt { "基準日" } dd { (ledger.as_of) }
                    @if let Some(selection) = &ledger.selection { dt { "抜粋" } dd { (selection.ja) } }
                    dt { "版" } dd { (ledger.standing.ja) }
                    dt { "設定の SHA-256" } dd.mono { (ledger.sha256) }
                }
            }
            div.seals aria-label="決裁欄" { @for seal in SEALS { div { (seal) } } }
        }
    }
}

fn summary(ledger: &Ledger) -> Markup {
    let counts = [
        ("30 日以内に期限", ledger.count(Row::ends_soon)),
        ("期限切れ", ledger.count(Row::ended)),
        ("試行", ledger.count(|row| row.trial)),
    ];
    html! {
        ul.summary aria-label="集計" {
            li { "許可 " b { (ledger.rows.len()) } " 件" }
            @for (name, count) in counts { li { (name) " " b { (count) } " 件" } }
            @for ((from, to), count) in ledger.pairs() { li { (from) " → " (to) " " b { (count) } } }
        }
    }
}

fn flows(rows: &[Row]) -> Markup {
    html! {
        table.flows {
            thead { tr {
                th scope="col" { "識別子" }
                th scope="col" { "送信元 → 宛先" }
                th scope="col" { "サービス・経由" }
                th scope="col" { "目的" }
                th scope="col" { "所管" }
                th scope="col" { "承認" }
                th scope="col" { "期限" }
                th scope="col" { "根拠・分類" }
                th scope="col" { "条件・記録" }
            } }
            tbody { @for row in rows { (flow(row)) } }
        }
        @if rows.is_empty() { p { "許可は一つもありません。" } }
    }
}

fn flow(row: &Row) -> Markup {
    let [from, to] = &row.ends;
    html! {
        tr {
            td data-label="識別子" { b { (row.id) } small { (row.place) } }
            td data-label="通信" {
                (end(from))
                div { span.arrow { "→ " } (end(to)) }
            }
            td data-label="サービス" {
                (row.service)
                @if let Some(via) = &row.via { small { (via.ja) } }
                @for name in &row.names { small.mono { (name) } }
            }
            td data-label="目的" { (row.purpose) }
            td data-label="所管" { (row.owner) }
            td data-label="承認" {
                (row.approver)
                small.nowrap { (row.approved_on) }
                small { (row.ticket) }
            }
            td data-label="期限" {
                span.date { (row.last_day) }
                @if !row.ended() { small { (row.left().ja) } }
                span class={ "state " (mark(row)) } { (row.state().ja) }
            }
            td data-label="根拠・分類" {
                @if let Some((id, title)) = &row.clause { b { (id) } small { (title) } }
                @if let Some(class) = &row.class { div { (class) } }
            }
            td data-label="条件・記録" {
                @for bound in &row.bounds { div { (bound.ja) } }
                small { "記録: " (row.log.ja) }
            }
        }
    }
}

fn end(side: &Side) -> Markup {
    html! {
        span { (side.name) }
        @for address in &side.addresses { span.soft.mono { (address) } }
    }
}

/// The state's look; its word stands beside it.
fn mark(row: &Row) -> &'static str {
    match (row.ended(), row.trial, row.ends_soon()) {
        (true, ..) => "ended",
        (false, true, _) => "trial",
        (false, false, true) => "soon",
        (false, false, false) => "valid",
    }
}

fn zones(ledger: &Ledger) -> Markup {
    let row = |(name, kind, networks): &(String, Text, String)| {
        html! {
            tr { td { (name) } td { (kind.ja) } td.mono { (networks) } }
        }
    };
    html! {
        h2 { "区域" }
        table {
            thead { tr { th scope="col" { "区域" } th scope="col" { "種類" } th scope="col" { "ネットワーク" } } }
            tbody { @for zone in &ledger.zones { (row(zone)) } }
        }
    }
}

//! The report as one page that needs nothing else: no script, no picture, no
//! font from elsewhere; it prints, and reads on a telephone. Japanese first,
//! English beside it. Pure.
//!
//! Escaping is maud's: every value stands in the text, none in an attribute, a
//! script, a style or an address.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::policy::moment::second;

use super::judge::Proof;
use super::report::{ClassLine, Line, Report, Words, proof_code, proof_word};

/// Writes the page, times in the body's `zone`. `key` is the id of the key
/// that signed the JSON.
#[must_use]
pub fn page(report: &Report, key: Option<&str>, zone: &TimeZone) -> String {
    let at = &report.circumstances;
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "分離の検査 " (at.site) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                h1 { "分離の検査 — " (at.body) (en("Probe of the separation")) }
                (verdict(report))
                (circumstances(report, key, zone))
                (figures(report))
                (list("確認が必要なもの", "Findings", &report.findings))
                (list("注", "Notes", &at.notes))
                @if !at.interfaces.is_empty() { (from_outside(report)) }
                (heading("漏れ方の種別 40", "The forty classes"))
                (table(&["番号", "種別", "検査", "指摘"], report.classes.iter().map(class)))
                (heading("すべての検査", "Every test"))
                @for class in &report.classes { (tests(report, class)) }
                p { "検証 / verify: " code { "sekimori verify --attestation probe.dsse.json --key attestation.pub" } }
            }
        }
    };
    page.into_string()
}

fn verdict(report: &Report) -> Markup {
    let (mark, ja, english) = if report.is_clean() {
        (
            "good",
            "許可されたものだけが通り、ほかは通りませんでした。",
            "What is allowed passed, and nothing else did.",
        )
    } else {
        ("bad", "確認が必要な結果があります。", "There are findings.")
    };
    html! { p.verdict.(mark) { (ja) (en(english)) } }
}

fn circumstances(report: &Report, key: Option<&str>, zone: &TimeZone) -> Markup {
    let at = &report.circumstances;
    let revision = at.revision.map(|number| number.to_string());
    let rows = [
        ("機器", "machine", at.machine.clone()),
        (
            "改訂",
            "revision",
            revision.unwrap_or_else(|| "未適用 / not applied".to_owned()),
        ),
        ("日時", "time", second(zone, at.started)),
        ("所要", "duration", format!("{} ms", at.milliseconds)),
        ("場所", "ground", at.ground.clone()),
        ("版", "engine", at.engine.clone()),
        ("設定 SHA-256", "policy", at.policy.clone()),
        ("規則 SHA-256", "rule set", at.ruleset.clone()),
        ("送出パケット", "packets offered", at.packets.to_string()),
        (
            "署名鍵",
            "key",
            key.unwrap_or("署名なし / not signed").to_owned(),
        ),
    ];
    html! {
        table.facts {
            @for (ja, english, value) in rows { tr { th { (ja) (en(english)) } td { code { (value) } } } }
        }
    }
}

fn figures(report: &Report) -> Markup {
    let counts = report.counts;
    let figures = [
        ("検査", "tests", counts.probes, false),
        ("許可どおり通過", "passed", counts.passed, false),
        ("遮断", "stopped", counts.held, false),
        (
            "カーネルが遮断",
            "by the kernel",
            counts.held_by_kernel,
            false,
        ),
        ("漏れ", "leaks", counts.leaks, true),
        ("止めすぎ", "over-blocks", counts.over_blocks, true),
        ("確かめられず", "unproven", counts.unproven, true),
    ];
    html! {
        (heading("結果", "Result"))
        ul.figures {
            @for (ja, english, count, bad) in figures {
                li.bad[bad && count > 0] { b { (count) } " " (ja) (en(english)) }
            }
        }
    }
}

fn list(ja: &str, english: &str, all: &[Words]) -> Markup {
    html! {
        @if !all.is_empty() {
            (heading(ja, english))
            ul { @for words in all { li { (both(words)) } } }
        }
    }
}

/// What only a run on real interfaces has: the cables, what was left out, and
/// what the silences prove.
fn from_outside(report: &Report) -> Markup {
    let at = &report.circumstances;
    let cables = at.interfaces.iter().map(|one| {
        let others = one.others.to_string();
        let cells = [
            &one.zone,
            &one.interface,
            &one.hardware,
            &one.gateway,
            &one.gateway_hardware,
            &others,
        ];
        html! { @for cell in cells { td { code { (cell) } } } }
    });
    let left_out = at
        .left_out
        .iter()
        .map(|left| html! { td { (left.tests) } td { (both(&left.why)) } });
    let proofs = Proof::OUTSIDE.into_iter().map(|proof| {
        let (code, word) = (proof_code(proof), Words::from(proof_word(proof)));
        let all = report.probes.iter();
        let many = all.filter(|line| line.proof == Some(code)).count();
        html! { td { code { (code) } } td { (many) } td { (both(&word)) } }
    });
    let heads = [
        "区域",
        "この機械",
        "MAC",
        "機器のアドレス",
        "機器の MAC",
        "ほかの機械",
    ];
    html! {
        (heading("インターフェース", "Interfaces"))
        (table(&heads, cables))
        (heading("検査しなかったもの", "Not tested"))
        (table(&["件数", "理由"], left_out))
        (heading("遮断の証明", "What the silences prove"))
        (table(&["証明", "件数", "意味"], proofs))
    }
}

fn class(class: &ClassLine) -> Markup {
    html! {
        td { (class.number) }
        td { (both(&class.title)) }
        @if let Some(why) = &class.not_tested {
            td { "対象外: " (why.ja) (en(&format!("not tested: {}", why.en))) }
            td { (class.findings) }
        } @else {
            td { (class.probes) }
            td.bad[class.findings > 0].good[class.findings == 0] { (class.findings) }
        }
    }
}

fn tests(report: &Report, class: &ClassLine) -> Markup {
    let lines = report
        .probes
        .iter()
        .filter(|line| line.class == class.number);
    let heads = ["送ったもの", "期待", "実際", "理由", "結果"];
    html! {
        @if class.probes > 0 {
            details {
                summary { (class.number) " " (class.title.ja) " (" (class.probes) ") " (en(&class.title.en)) }
                (table(&heads, lines.map(line)))
            }
        }
    }
}

fn line(line: &Line) -> Markup {
    let bad = matches!(line.outcome, "leak" | "over-block" | "unproven");
    html! {
        td { code { (line.offered) } }
        td { (line.expected) }
        td { (line.seen) }
        td { (line.because) @if let Some(layer) = &line.layer { br; (both(layer)) } }
        td.bad[bad] { (line.outcome) @if let Some(proof) = line.proof { " (" (proof) ")" } }
    }
}

/// Each row is its cells. A table that is wider than the screen scrolls by itself.
fn table(heads: &[&str], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        div.wide {
            table {
                tr { @for head in heads { th { (head) } } }
                @for row in rows { tr { (row) } }
            }
        }
    }
}

fn heading(ja: &str, english: &str) -> Markup {
    html! { h2 { (ja) (en(english)) } }
}

fn both(words: &Words) -> Markup {
    html! { (words.ja) (en(&words.en)) }
}

fn en(words: &str) -> Markup {
    html! { span.en lang="en" { (words) } }
}

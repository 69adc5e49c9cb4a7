//! The report as one page that needs nothing else: no script, no picture, no
//! font from elsewhere. Japanese first, English beside it. Pure.

use std::fmt::Write as _;

use super::judge::Proof;
use super::report::{Line, Report, Words, proof_code, proof_word};

const STYLE: &str = "body{font-family:sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}\
h1{font-size:1.5rem}table{border-collapse:collapse;width:100%;font-size:.85rem}\
th,td{border:1px solid #bbb;padding:.2rem .4rem;text-align:left;vertical-align:top}th{background:#eee}\
.en{color:#555;display:block}.bad{background:#fdd;font-weight:bold}.good{background:#dfd}\
details{margin:.5rem 0}code{word-break:break-all}";

/// Writes the page. `key` is the id of the key that signed the JSON.
#[must_use]
pub fn page(report: &Report, key: Option<&str>) -> String {
    let at = &report.circumstances;
    let mut html = format!(
        "<!doctype html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>分離の検査 {}</title><style>{STYLE}</style></head><body>\n",
        escaped(&at.site)
    );
    let _ = writeln!(
        html,
        "<h1>分離の検査 — {} <span class=\"en\">Probe of the separation</span></h1>",
        escaped(&at.body)
    );
    let verdict = if report.is_clean() {
        (
            "good",
            "許可されたものだけが通り、ほかは通りませんでした。",
            "What is allowed passed, and nothing else did.",
        )
    } else {
        ("bad", "確認が必要な結果があります。", "There are findings.")
    };
    let _ = writeln!(
        html,
        "<p class=\"{}\">{}<span class=\"en\">{}</span></p>",
        verdict.0, verdict.1, verdict.2
    );
    let revision = at.revision.map_or_else(
        || "未適用 / not applied".to_owned(),
        |number| number.to_string(),
    );
    let unsigned = "署名なし / not signed".to_owned();
    let rows = [
        ("機器", "machine", at.machine.clone()),
        ("改訂", "revision", revision),
        ("日時", "time", at.started.to_string()),
        ("所要", "duration", format!("{} ms", at.milliseconds)),
        ("場所", "ground", at.ground.clone()),
        ("版", "engine", at.engine.clone()),
        ("設定 SHA-256", "policy", at.policy.clone()),
        ("規則 SHA-256", "rule set", at.ruleset.clone()),
        ("送出パケット", "packets offered", at.packets.to_string()),
        ("署名鍵", "key", key.map_or(unsigned, str::to_owned)),
    ];
    html.push_str("<table>\n");
    for (ja, en, value) in rows {
        let _ = writeln!(
            html,
            "<tr><th>{ja}<span class=\"en\">{en}</span></th><td><code>{}</code></td></tr>",
            escaped(&value)
        );
    }
    html.push_str("</table>\n<h2>結果<span class=\"en\">Result</span></h2><table><tr>");
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
    for (ja, en, _, _) in figures {
        let _ = write!(html, "<th>{ja}<span class=\"en\">{en}</span></th>");
    }
    html.push_str("</tr><tr>");
    for (_, _, count, bad) in figures {
        let class = if bad && count > 0 { "bad" } else { "" };
        let _ = write!(html, "<td class=\"{class}\">{count}</td>");
    }
    html.push_str("</tr></table>\n");
    list(&mut html, "確認が必要なもの", "Findings", &report.findings);
    list(&mut html, "注", "Notes", &at.notes);
    from_outside(&mut html, report);
    classes(&mut html, report);
    html.push_str("<h2>すべての検査<span class=\"en\">Every test</span></h2>\n");
    for class in &report.classes {
        let lines: Vec<&Line> = report
            .probes
            .iter()
            .filter(|line| line.class == class.number)
            .collect();
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(
            html,
            "<details><summary>{} {} ({}) <span class=\"en\">{}</span></summary><table><tr><th>送ったもの</th><th>期待</th><th>実際</th><th>理由</th><th>結果</th></tr>",
            class.number,
            escaped(&class.title.ja),
            lines.len(),
            escaped(&class.title.en)
        );
        for line in lines {
            row(&mut html, line);
        }
        html.push_str("</table></details>\n");
    }
    html.push_str("<p>検証 / verify: <code>sekimori verify --attestation probe.dsse.json --key attestation.pub</code></p></body></html>\n");
    html
}

fn list(html: &mut String, ja: &str, en: &str, all: &[Words]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(html, "<h2>{ja}<span class=\"en\">{en}</span></h2><ul>");
    for words in all {
        let _ = writeln!(
            html,
            "<li>{}<span class=\"en\">{}</span></li>",
            escaped(&words.ja),
            escaped(&words.en)
        );
    }
    html.push_str("</ul>\n");
}

/// What only a run on real interfaces has: the cables, what was left out, and
/// what the silences prove.
fn from_outside(html: &mut String, report: &Report) {
    let at = &report.circumstances;
    if at.interfaces.is_empty() {
        return;
    }
    html.push_str("<h2>インターフェース<span class=\"en\">Interfaces</span></h2><table><tr><th>区域</th><th>この機械</th><th>MAC</th><th>機器のアドレス</th><th>機器の MAC</th><th>ほかの機械</th></tr>\n");
    for one in &at.interfaces {
        let cells = [
            &one.zone,
            &one.interface,
            &one.hardware,
            &one.gateway,
            &one.gateway_hardware,
            &one.others.to_string(),
        ];
        let cells = cells.map(|cell| format!("<td><code>{}</code></td>", escaped(cell)));
        let _ = writeln!(html, "<tr>{}</tr>", cells.concat());
    }
    html.push_str("</table>\n<h2>検査しなかったもの<span class=\"en\">Not tested</span></h2><table><tr><th>件数</th><th>理由</th></tr>\n");
    for left in &at.left_out {
        let (ja, en) = (escaped(&left.why.ja), escaped(&left.why.en));
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{ja}<span class=\"en\">{en}</span></td></tr>",
            left.tests
        );
    }
    html.push_str("</table>\n<h2>遮断の証明<span class=\"en\">What the silences prove</span></h2><table><tr><th>証明</th><th>件数</th><th>意味</th></tr>\n");
    for proof in Proof::OUTSIDE {
        let (code, word) = (proof_code(proof), proof_word(proof));
        let all = report.probes.iter();
        let many = all.filter(|line| line.proof == Some(code)).count();
        let _ = writeln!(
            html,
            "<tr><td><code>{code}</code></td><td>{many}</td><td>{}<span class=\"en\">{}</span></td></tr>",
            escaped(&word.ja),
            escaped(&word.en)
        );
    }
    html.push_str("</table>\n");
}

fn classes(html: &mut String, report: &Report) {
    html.push_str("<h2>漏れ方の種別 40<span class=\"en\">The forty classes</span></h2><table><tr><th>番号</th><th>種別</th><th>検査</th><th>指摘</th></tr>\n");
    for class in &report.classes {
        let title = format!(
            "{}<span class=\"en\">{}</span>",
            escaped(&class.title.ja),
            escaped(&class.title.en)
        );
        let (tested, mark) = match &class.not_tested {
            Some(why) => (
                format!(
                    "対象外: {}<span class=\"en\">not tested: {}</span>",
                    escaped(&why.ja),
                    escaped(&why.en)
                ),
                "",
            ),
            None => (
                class.probes.to_string(),
                if class.findings > 0 { "bad" } else { "good" },
            ),
        };
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{title}</td><td>{tested}</td><td class=\"{mark}\">{}</td></tr>",
            class.number, class.findings
        );
    }
    html.push_str("</table>\n");
}

fn row(html: &mut String, line: &Line) {
    let bad = if matches!(line.outcome, "leak" | "over-block" | "unproven") {
        "bad"
    } else {
        ""
    };
    let layer = line.layer.as_ref().map(|layer| {
        format!(
            "<br>{}<span class=\"en\">{}</span>",
            escaped(&layer.ja),
            escaped(&layer.en)
        )
    });
    let _ = writeln!(
        html,
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}{}</td><td class=\"{bad}\">{}{}</td></tr>",
        escaped(&line.offered),
        escaped(&line.expected),
        escaped(&line.seen),
        escaped(&line.because),
        layer.unwrap_or_default(),
        line.outcome,
        line.proof
            .map(|proof| format!(" ({proof})"))
            .unwrap_or_default()
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

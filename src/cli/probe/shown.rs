//! A probe's result on the terminal. Acts.

use std::path::Path;

use crate::audit::attestation::AttestationError;
use crate::policy::text::{Text, escape_hostile};
use crate::segment::probe::judge::Proof;
use crate::segment::probe::report::{ClassLine, Report, Words, proof_code, proof_word};

use super::super::Globals;

/// Shows it in the language of the reader, or as JSON.
pub(super) fn show(
    globals: &Globals,
    report: &Report,
    output: Option<&Path>,
    unsigned: Option<&AttestationError>,
) {
    if globals.json {
        println!("{}", serde_json::to_value(report).unwrap_or_default());
        return;
    }
    let say = |ja: String, en: String| println!("{}", Text::new(ja, en).get(globals.lang));
    let (at, counts) = (&report.circumstances, report.counts);
    let revision = at
        .revision
        .map_or_else(|| "-".to_owned(), |number| number.to_string());
    say(
        format!(
            "分離の検査: 改訂 {revision}、{} 件、パケット {} 個、{} ミリ秒",
            counts.probes, at.packets, at.milliseconds
        ),
        format!(
            "probe: revision {revision}, {} tests, {} packets, {} ms",
            counts.probes, at.packets, at.milliseconds
        ),
    );
    say(
        format!(
            "  許可どおり通過 {}、遮断 {}、カーネルが遮断 {}",
            counts.passed, counts.held, counts.held_by_kernel
        ),
        format!(
            "  passed as allowed {}, stopped {}, by the kernel itself {}",
            counts.passed, counts.held, counts.held_by_kernel
        ),
    );
    say(
        format!(
            "  漏れ {}、止めすぎ {}、確かめられず {}",
            counts.leaks, counts.over_blocks, counts.unproven
        ),
        format!(
            "  leaks {}, over-blocks {}, unproven {}",
            counts.leaks, counts.over_blocks, counts.unproven
        ),
    );
    for words in report.findings.iter().take(20) {
        say(format!("  ! {}", words.ja), format!("  ! {}", words.en));
    }
    if let Some(more) = report
        .findings
        .len()
        .checked_sub(20)
        .filter(|more| *more > 0)
    {
        say(
            format!("  ! ほか {more} 件 (-o で報告を書き出してください)"),
            format!("  ! and {more} more (write the report with -o)"),
        );
    }
    if !at.interfaces.is_empty() {
        for proof in Proof::OUTSIDE {
            let (code, word) = (proof_code(proof), proof_word(proof));
            let lines = report.probes.iter();
            let many = lines.filter(|line| line.proof == Some(code)).count();
            say(
                format!("  遮断の証明 {code} {many} 件: {}", word.ja),
                format!("  proven by {code}, {many}: {}", word.en),
            );
        }
    }
    // Classes with the same reason on one line.
    let mut reasons: Vec<(&Words, Vec<&ClassLine>)> = Vec::new();
    for class in &report.classes {
        let Some(why) = &class.not_tested else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, classes)) => classes.push(class),
            None => reasons.push((why, vec![class])),
        }
    }
    for (why, classes) in reasons {
        let names = |of: fn(&Words) -> &str| {
            let names = classes.iter();
            let names = names.map(|class| format!("{} {}", class.number, of(&class.title)));
            names.collect::<Vec<_>>()
        };
        say(
            format!(
                "  対象外 {}: {}",
                names(|words| &words.ja).join("、"),
                why.ja
            ),
            format!(
                "  not tested {}: {}",
                names(|words| &words.en).join("; "),
                why.en
            ),
        );
    }
    for one in &at.interfaces {
        say(
            format!(
                "  {} {} ({}) → 機器 {} ({})",
                one.zone, one.interface, one.hardware, one.gateway, one.gateway_hardware
            ),
            format!(
                "  {} {} ({}) -> gateway {} ({})",
                one.zone, one.interface, one.hardware, one.gateway, one.gateway_hardware
            ),
        );
    }
    for left in &at.left_out {
        say(
            format!("  検査せず {} 件: {}", left.tests, left.why.ja),
            format!("  not tested, {}: {}", left.tests, left.why.en),
        );
    }
    for note in &at.notes {
        say(format!("  注 {}", note.ja), format!("  note {}", note.en));
    }
    if let Some(error) = unsigned {
        let error = error.text();
        say(
            format!("  署名なし: {}", error.ja),
            format!("  not signed: {}", error.en),
        );
    }
    if let Some(folder) = output {
        let folder = escape_hostile(&folder.to_string_lossy());
        say(
            format!("報告 {folder}/probe.html"),
            format!("report {folder}/probe.html"),
        );
    }
}

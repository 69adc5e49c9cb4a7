//! Does `pdftotext` read from our pages what it reads from the original?

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Bench, name, poppler};

pub fn run(bench: &Bench) {
    let (mut readable, mut drawn) = (0, 0);
    // With text, and of these equal; apart the folder of damaged files.
    let mut texts = [[0_usize; 2]; 2];
    let mut refused = BTreeMap::<&str, Vec<String>>::new();
    for path in bench.pdfs() {
        let input = std::fs::read(&path).unwrap();
        let opens = poppler::pages(&path).is_some_and(|pages| pages > 0);
        let (output, took) = bench.flatten(&input);
        let output = match output {
            Ok(output) => output,
            Err(refusal) => {
                readable += usize::from(opens);
                let note = format!("{} ({:.1} s)", name(&path), took.as_secs_f64());
                if opens {
                    refused.entry(refusal.code()).or_default().push(note);
                }
                continue;
            }
        };
        if !opens {
            continue;
        }
        readable += 1;
        drawn += 1;
        let ours = bench.work.path().join("words.pdf");
        std::fs::write(&ours, &output).unwrap();
        let Some(theirs) = poppler::text(&path) else {
            continue;
        };
        let (theirs, ours) = (bare(&theirs), bare(&poppler::text(&ours).unwrap()));
        if theirs.is_empty() {
            continue;
        }
        let damaged = usize::from(path.parent().unwrap().ends_with("malformed"));
        texts[damaged][0] += 1;
        if theirs == ours {
            texts[damaged][1] += 1;
        } else {
            println!("  {}: {}", name(&path), difference(&theirs, &ours));
        }
    }
    println!(
        "readable by poppler {readable}, of these flattened {drawn} ({:.1} %)",
        share(drawn, readable)
    );
    for (code, files) in refused {
        println!("  withheld, {code}: {}", files.join(", "));
    }
    for (kind, [with_text, equal]) in ["whole", "damaged"].into_iter().zip(texts) {
        println!(
            "{kind} files with text {with_text}, pdftotext reads the same from ours: {equal} ({:.1} %)",
            share(equal, with_text)
        );
    }
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// White space aside; a soft hyphen is a hyphen, and signs that Unicode calls
/// the same (NFKC: ligatures, signs of vertical lines) are.
fn bare(text: &str) -> Vec<char> {
    text.nfkc()
        .map(|c| if c == '\u{AD}' { '-' } else { c })
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// The first place where they part, and whether the same signs are there in
/// another order.
fn difference(theirs: &[char], ours: &[char]) -> String {
    let at = theirs.iter().zip(ours).take_while(|(a, b)| a == b).count();
    let shown = |text: &[char]| -> String {
        text[at.min(text.len())..]
            .iter()
            .take(24)
            .map(|c| c.escape_debug().to_string())
            .collect()
    };
    let sorted = |text: &[char]| {
        let mut sorted = text.to_vec();
        sorted.sort_unstable();
        sorted
    };
    let kind = if sorted(theirs) == sorted(ours) {
        "another order"
    } else {
        "other signs"
    };
    format!(
        "{kind}, {} to {}, at {at} «{}» is «{}»",
        theirs.len(),
        ours.len(),
        shown(theirs),
        shown(ours)
    )
}

//! Does `pdftotext` read from our pages what it reads from the original?

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Bench, name, poppler};

/// Why a file says nothing about our reading. The rules look at the original
/// alone, never at what we read, and both figures are printed.
const ASIDE: [&str; 4] = [
    "none",
    "poppler reports syntax errors in it, and two programs mend it differently",
    "a font gives glyph numbers and no characters, so there is no Unicode text",
    "a font's map to Unicode is empty, so there is none either",
];

pub fn run(bench: &Bench) {
    let (mut readable, mut drawn) = (0, 0);
    // By reason: with text, and of these equal.
    let mut texts = [[0_usize; 2]; 4];
    let mut refused = BTreeMap::<&str, Vec<String>>::new();
    for path in bench.pdfs() {
        let input = std::fs::read(&path).unwrap();
        let opens = poppler::pages(&path).is_some_and(|pages| pages > 0);
        let (output, took) = bench.flatten(&input);
        if !opens {
            continue;
        }
        readable += 1;
        let output = match output {
            Ok(output) => output,
            Err(refusal) => {
                let note = format!("{} ({:.1} s)", name(&path), took.as_secs_f64());
                refused.entry(refusal.code()).or_default().push(note);
                continue;
            }
        };
        drawn += 1;
        let ours = bench.work.path().join("words.pdf");
        std::fs::write(&ours, &output).unwrap();
        let cropped = poppler::is_cropped(&path);
        let Some(theirs) = poppler::text(&path, cropped) else {
            continue;
        };
        let aside = match () {
            () if theirs.mended => 1,
            () if poppler::has_signs_without_characters(&path) => 2,
            () if poppler::has_an_empty_map(&path) => 3,
            () => 0,
        };
        let ours = bare(&poppler::text(&ours, cropped).unwrap().text);
        let theirs = bare(&theirs.text);
        if theirs.is_empty() {
            continue;
        }
        texts[aside][0] += 1;
        if theirs == ours {
            texts[aside][1] += 1;
        } else {
            let mark = ["", "(mended) ", "(no Unicode) ", "(empty map) "][aside];
            println!("  {mark}{}: {}", name(&path), difference(&theirs, &ours));
        }
    }
    println!(
        "readable by poppler {readable}, of these flattened {drawn} ({:.1} %)",
        share(drawn, readable)
    );
    for (code, files) in refused {
        println!("  withheld, {code}: {}", files.join(", "));
    }
    let all = texts
        .iter()
        .fold([0, 0], |[a, b], [files, equal]| [a + files, b + equal]);
    let figure = |label: &str, [files, equal]: [usize; 2]| {
        println!(
            "{label}: {files}, pdftotext reads the same from ours: {equal} ({:.1} %)",
            share(equal, files)
        );
    };
    figure("all files with text", all);
    for (why, texts) in ASIDE.iter().zip(texts).skip(1) {
        figure(&format!("  set aside, {why}"), texts);
    }
    figure("files with Unicode text", texts[0]);
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// White space aside; a soft hyphen is a hyphen, signs that Unicode calls the
/// same (NFKC: ligatures, signs of vertical lines) are, and marks of direction,
/// which are taken out on purpose, do not count.
fn bare(text: &str) -> Vec<char> {
    text.nfkc()
        .map(|c| match c {
            '\u{AD}' | '\u{2010}' => '-',
            _ => c,
        })
        .filter(|c| !c.is_whitespace())
        .filter(|c| !matches!(u32::from(*c), 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069))
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

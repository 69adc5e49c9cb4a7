//! How alike our pages and the originals look, both drawn by poppler: the mean
//! structural similarity (SSIM) of 8 by 8 windows of the red, green and blue
//! pictures of the first page, at half its 150 dots an inch, so that the edges
//! of letters may be smoothed differently. 1 is the same picture.

use std::path::PathBuf;

use super::{Bench, fixtures, name, poppler};

pub fn run(bench: &Bench) {
    let mut found = Vec::new();
    for (title, path) in chosen(bench) {
        let input = std::fs::read(&path).unwrap();
        let (Ok(output), _) = bench.flatten(&input) else {
            println!("  {title}: withheld");
            continue;
        };
        let ours = bench.work.path().join("ours.pdf");
        std::fs::write(&ours, output).unwrap();
        let ours = poppler::picture(&ours, 1, &bench.work.path().join("ours")).unwrap();
        let Some(theirs) = poppler::picture(&path, 1, &bench.work.path().join("theirs")) else {
            println!("  {title}: poppler draws nothing");
            continue;
        };
        let alike = similarity(&ours, &theirs);
        keep(bench, &title, alike);
        found.push((
            alike,
            title,
            (ours.columns, ours.rows),
            (theirs.columns, theirs.rows),
        ));
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = found.iter().map(|(alike, ..)| alike).sum::<f64>() / found.len() as f64;
    println!(
        "{} pages, mean similarity {mean:.3}; the worst ten:",
        found.len()
    );
    for (alike, title, ours, theirs) in found.iter().take(10) {
        println!("  {alike:.3} {title} (ours {ours:?}, poppler's {theirs:?})");
    }
}

/// Ten of our own making, ten Japanese ones of the corpus, twenty others.
fn chosen(bench: &Bench) -> Vec<(String, PathBuf)> {
    let mut chosen = Vec::new();
    for (title, bytes) in fixtures::japanese() {
        let path = bench.work.path().join(format!("{title}.pdf"));
        std::fs::write(&path, bytes).unwrap();
        chosen.push((title, path));
    }
    let manifest = std::fs::read_to_string(bench.corpus.join("MANIFEST.tsv")).unwrap();
    let (mut japanese, mut others) = (Vec::new(), Vec::new());
    for line in manifest.lines().filter(|line| line.starts_with("pdf/")) {
        let path = bench.corpus.join(line.split('\t').next().unwrap());
        let tags = line.rsplit('\t').next().unwrap();
        let tagged = |tag: &str| tags.split([',', ' ', ';']).any(|t| t == tag);
        if tagged("password-required") || tagged("malformed") || tagged("malformed-by-name") {
            continue;
        }
        if tagged("ja") {
            japanese.push(path);
        } else {
            others.push(path);
        }
    }
    let step = others.len() / 20;
    let others = others.into_iter().step_by(step.max(1)).take(20);
    chosen.extend(
        japanese
            .into_iter()
            .take(10)
            .chain(others)
            .map(|path| (name(&path), path)),
    );
    chosen
}

/// Both pictures, for a look by eye.
fn keep(bench: &Bench, title: &str, alike: f64) {
    let Some(folder) = std::env::var_os("SEKIMORI_KEEP") else {
        return;
    };
    for side in ["ours", "theirs"] {
        let from = bench.work.path().join(format!("{side}.ppm"));
        let to = PathBuf::from(&folder).join(format!("{alike:.3} {title} {side}.ppm"));
        std::fs::copy(from, to).unwrap();
    }
}

fn similarity(a: &poppler::Picture, b: &poppler::Picture) -> f64 {
    let (columns, rows) = (a.columns.min(b.columns) / 2, a.rows.min(b.rows) / 2);
    let mut sum = 0.0;
    for channel in 0..3 {
        let (a, b) = (
            halved(a, channel, columns, rows),
            halved(b, channel, columns, rows),
        );
        let mut windows = Vec::new();
        for row in (0..rows.saturating_sub(7)).step_by(8) {
            for column in (0..columns.saturating_sub(7)).step_by(8) {
                windows.push(window(&a, &b, columns, row, column));
            }
        }
        sum += windows.iter().sum::<f64>() / windows.len().max(1) as f64;
    }
    sum / 3.0
}

/// One channel, each value the mean of two by two pixels.
fn halved(picture: &poppler::Picture, channel: usize, columns: usize, rows: usize) -> Vec<f64> {
    let at = |column: usize, row: usize| {
        f64::from(picture.samples[(row * picture.columns + column) * 3 + channel])
    };
    (0..rows * columns)
        .map(|n| {
            let (row, column) = (n / columns * 2, n % columns * 2);
            (at(column, row) + at(column + 1, row) + at(column, row + 1) + at(column + 1, row + 1))
                / 4.0
        })
        .collect()
}

/// SSIM of one window (Wang et al. 2004), with its usual constants.
fn window(a: &[f64], b: &[f64], columns: usize, row: usize, column: usize) -> f64 {
    let values = |of: &[f64]| -> Vec<f64> {
        (0..64)
            .map(|n| of[(row + n / 8) * columns + column + n % 8])
            .collect()
    };
    let (a, b) = (values(a), values(b));
    let mean = |of: &[f64]| of.iter().sum::<f64>() / 64.0;
    let (ma, mb) = (mean(&a), mean(&b));
    let spread = |x: &[f64], mx: f64, y: &[f64], my: f64| {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x - mx) * (y - my))
            .sum::<f64>()
            / 63.0
    };
    let (c1, c2) = ((0.01 * 255.0_f64).powi(2), (0.03 * 255.0_f64).powi(2));
    ((2.0 * ma * mb + c1) * (2.0 * spread(&a, ma, &b, mb) + c2))
        / ((ma * ma + mb * mb + c1) * (spread(&a, ma, &a, ma) + spread(&b, mb, &b, mb) + c2))
}

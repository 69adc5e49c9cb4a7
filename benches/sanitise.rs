//! Speed of harmless conversion, sandbox included: `cargo bench --bench
//! sanitise`. Prints what `docs/benchmarks.md` keeps. With a corpus at hand
//! (SEKIMORI_CORPUS, else ../shared/corpus) it also runs that one's perf.txt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};
use sekimori::policy::Limits;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::protocol::{Beside, Job, Reply, Task};
use sekimori::sanitise::{Fonts, Kind, Refusal, Treatment, serve};
use zip::write::SimpleFileOptions;

fn main() {
    sekimori::sys::keep_freed_memory(); // as a worker's parent does
    let sandbox = Sandbox::private(Path::new(env!("CARGO_BIN_EXE_sekimori-worker"))).unwrap();
    println!("confinement: {}", sandbox.confinement());
    text(&sandbox);
    docx(&sandbox);
    pdf(&sandbox);
    corpus(&sandbox);
}

/// What one job costs before it does anything: fork, confine, two workers.
fn text(sandbox: &Sandbox) {
    let bytes = "会議のお知らせ\r\n".repeat(500).into_bytes();
    let times = measure(sandbox, &bytes, Kind::Text, 300);
    println!("text 10 kB, rebuild and verify: {}", summary(&times));
}

fn docx(sandbox: &Sandbox) {
    let bytes = a_docx(100);
    let times = measure(sandbox, &bytes, Kind::Word, 200);
    println!(
        "docx {} kB, rebuild and verify: {}",
        bytes.len() / 1_000,
        summary(&times)
    );
    peer(
        &bytes,
        "docx",
        3,
        "soffice",
        &[
            "--headless",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            "out",
        ],
    );
    for times_as_large in [1, 10, 100] {
        let bytes = a_docx(20 * times_as_large);
        let times = measure(sandbox, &bytes, Kind::Word, 10);
        println!(
            "  {times_as_large:>3} x 20 paragraphs: p50 {:.1} ms",
            p(&times, 50)
        );
    }
}

fn pdf(sandbox: &Sandbox) {
    let bytes = a_pdf(14);
    let times = measure(sandbox, &bytes, Kind::Pdf, 10);
    println!(
        "pdf 14 pages, flatten at 150 dpi and verify: {}, {:.1} pages/s on one core",
        summary(&times),
        14_000.0 / p(&times, 50)
    );
    peer(&bytes, "pdf", 5, "pdftoppm", &["-r", "150", "-jpeg"]);
}

fn corpus(sandbox: &Sandbox) {
    let folder = std::env::var_os("SEKIMORI_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let Ok(list) = std::fs::read_to_string(folder.join("perf.txt")) else {
        println!("corpus: not here, skipped");
        return;
    };
    let (mut office, mut pages) = (Vec::new(), Vec::new());
    let (mut rebuilt, mut verified) = (Vec::new(), Vec::new());
    for line in list.lines().filter(|line| !line.trim().is_empty()) {
        let bytes = std::fs::read(folder.join(line.trim())).unwrap();
        let kind = match line.rsplit('.').next() {
            Some("docx") => Kind::Word,
            Some("xlsx") => Kind::Sheet,
            Some("pptx") => Kind::Slides,
            _ => Kind::Pdf,
        };
        let once = || {
            let began = Instant::now();
            if let Err(refusal) = job(sandbox, &bytes, kind) {
                println!("  {line}: {}", refusal.code());
            }
            began.elapsed()
        };
        if kind == Kind::Pdf {
            pages.push(once());
            continue;
        }
        office.push((median((0..5).map(|_| once())), line));
        let (rebuild, verify): (Vec<_>, Vec<_>) = (0..5).map(|_| in_process(&bytes, kind)).unzip();
        rebuilt.push(median(rebuild.iter().copied()));
        verified.push(median(
            rebuild
                .iter()
                .zip(&verify)
                .map(|(one, other)| *one + *other),
        ));
    }
    office.sort();
    let times: Vec<_> = office.iter().map(|(took, _)| *took).collect();
    println!(
        "corpus perf.txt, {} office files, the median of five each: {}",
        office.len(),
        summary(&times)
    );
    for (took, line) in office.iter().rev().take(3) {
        println!("  {:.1} ms: {line}", took.as_secs_f64() * 1_000.0);
    }
    println!(
        "  the same in this process, rebuilt and verified: {}",
        summary(&verified)
    );
    println!("  of which rebuilt: {}", summary(&rebuilt));
    println!(
        "corpus perf.txt, {} pdf files: {}",
        pages.len(),
        summary(&pages)
    );
}

fn job(sandbox: &Sandbox, bytes: &[u8], kind: Kind) -> Result<usize, Refusal> {
    let input = Untrusted::copy_from(&mut &*bytes, u64::MAX).unwrap();
    let treatment = Treatment::default_for(kind);
    let clean = sandbox.treat(
        &input,
        (kind, treatment),
        Beside::default(),
        &Limits::default(),
    )?;
    Ok(clean.bytes().len())
}

/// The work of each worker, without either.
fn in_process(bytes: &[u8], kind: Kind) -> (Duration, Duration) {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let done = |task, input: &[u8]| {
        let limits = limits.clone();
        serve(&Job { task, limits }, input, &fonts)
    };
    let began = Instant::now();
    let treat = Task::Treat {
        kind,
        treatment: Treatment::Rebuild,
        beside: Beside::default(),
    };
    let (_, output) = done(treat, bytes);
    let rebuilt = began.elapsed();
    let verify = Task::Verify {
        kind,
        ordered: Some(Treatment::Rebuild),
    };
    assert_eq!(done(verify, &output).0, Reply::Verified);
    (rebuilt, began.elapsed() - rebuilt)
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut sorted: Vec<_> = times.collect();
    sorted.sort();
    sorted[sorted.len() / 2]
}

fn measure(sandbox: &Sandbox, bytes: &[u8], kind: Kind, runs: usize) -> Vec<Duration> {
    (0..runs)
        .map(|_| {
            let began = Instant::now();
            job(sandbox, bytes, kind).unwrap();
            began.elapsed()
        })
        .collect()
}

/// The same input through a well-known program, unconfined, in the same run.
/// It reads and writes the format; it takes nothing out and verifies nothing.
fn peer(bytes: &[u8], extension: &str, runs: usize, program: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("input.{extension}");
    std::fs::write(folder.path().join(&input), bytes).unwrap();
    let mut times = Vec::new();
    for _ in 0..runs {
        let began = Instant::now();
        let mut command = std::process::Command::new(program);
        command.args(words).arg(&input).current_dir(&folder);
        if program == "pdftoppm" {
            command.arg("page");
        }
        match command.env("HOME", folder.path()).output() {
            Ok(done) if done.status.success() => times.push(began.elapsed()),
            Ok(done) => return println!("  {program}: {}", done.status),
            Err(_) => return println!("  {program}: not here, skipped"),
        }
    }
    println!("  peer {program} {}: {}", words.join(" "), summary(&times));
}

/// The `percent`th percentile in milliseconds.
fn p(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    // The nearest rank: so many per cent are at most as slow.
    sorted[(sorted.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1_000.0
}

fn summary(times: &[Duration]) -> String {
    format!(
        "n={} p50 {:.1} ms, p99 {:.1} ms",
        times.len(),
        p(times, 50),
        p(times, 99)
    )
}

fn a_docx(paragraphs: usize) -> Vec<u8> {
    let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let text: String = (0..paragraphs)
        .map(|n| format!("<w:p><w:r><w:t>{n} 令和八年度の予算について、別紙のとおり報告します。</w:t></w:r></w:p>"))
        .collect();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "{head}<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{head}<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
            ),
        ),
        (
            "word/document.xml",
            format!("{head}<w:document xmlns:w=\"{word}\"><w:body>{text}</w:body></w:document>"),
        ),
    ];
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        package
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        package.write_all(part.as_bytes()).unwrap();
    }
    package.finish().unwrap().into_inner()
}

fn a_pdf(pages: i32) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let page = |n: i32| Ref::new(10 + 2 * n);
    let content = |n: i32| Ref::new(11 + 2 * n);
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..pages).map(page)).count(pages);
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    for n in 0..pages {
        let mut writer = pdf.page(page(n));
        writer
            .media_box(Rect::new(0.0, 0.0, 595.0, 842.0))
            .parent(tree)
            .contents(content(n));
        writer.resources().fonts().pair(Name(b"F1"), font);
        writer.finish();
        let mut lines = Content::new();
        for line in 0..45_u8 {
            lines.begin_text().set_font(Name(b"F1"), 11.0);
            lines.next_line(60.0, 780.0 - 16.0 * f32::from(line));
            let words =
                format!("Page {n}, line {line}: the quick brown fox jumps over the lazy dog.");
            lines.show(Str(words.as_bytes())).end_text();
        }
        pdf.stream(content(n), &lines.finish());
    }
    pdf.finish()
}

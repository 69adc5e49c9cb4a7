//! What flattened pages look like, say and weigh, beside poppler:
//! `cargo bench --bench look` or `-- weight`, `-- words`, `-- pictures`.
//! Prints what `docs/benchmarks.md` keeps. Needs a corpus (SEKIMORI_CORPUS,
//! else ../shared/corpus), poppler's `pdfinfo`, `pdffonts`, `pdftotext`, `pdftoppm`,
//! and `qpdf`.
//! With `SEKIMORI_KEEP=<folder>` the pictures of the worst pages stay there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

mod fixtures;
mod pictures;
mod poppler;
mod weight;
mod words;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sekimori::policy::Limits;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::protocol::Beside;
use sekimori::sanitise::{Kind, Refusal, Treatment};

fn main() {
    let part = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with('-'))
        .unwrap_or_default();
    let bench = Bench {
        sandbox: Sandbox::private(Path::new(env!("CARGO_BIN_EXE_sekimori-worker"))).unwrap(),
        corpus: std::env::var_os("SEKIMORI_CORPUS").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
            PathBuf::from,
        ),
        work: tempfile::tempdir().unwrap(),
    };
    if ["", "weight"].contains(&part.as_str()) {
        weight::run(&bench);
    }
    if ["", "words"].contains(&part.as_str()) {
        words::run(&bench);
    }
    if ["", "pictures"].contains(&part.as_str()) {
        pictures::run(&bench);
    }
}

struct Bench {
    sandbox: Sandbox,
    corpus: PathBuf,
    work: tempfile::TempDir,
}

impl Bench {
    /// Flattened and verified, sandbox included.
    fn flatten(&self, bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Duration) {
        let input = Untrusted::copy_from(&mut &*bytes, u64::MAX).unwrap();
        let began = Instant::now();
        let clean = self.sandbox.treat(
            &input,
            (Kind::Pdf, Treatment::Flatten),
            Beside::default(),
            &Limits::default(),
        );
        (clean.map(|clean| clean.bytes().to_vec()), began.elapsed())
    }

    /// The PDFs of the corpus, by name.
    fn pdfs(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = ["pdf", "japanese", "malformed"]
            .iter()
            .flat_map(|folder| std::fs::read_dir(self.corpus.join(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "pdf"))
            .collect();
        found.sort();
        found
    }

    /// The PDFs of `perf.txt`.
    fn timed(&self) -> Vec<PathBuf> {
        let list = std::fs::read_to_string(self.corpus.join("perf.txt")).unwrap();
        list.lines()
            .filter(|line| line.ends_with(".pdf"))
            .map(|line| self.corpus.join(line))
            .collect()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

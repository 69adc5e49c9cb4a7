//! Changed files by chance, a bounded number: each ends as a verified output
//! or a named refusal. `benches/mutation` does hundreds of thousands.

use std::io::{Read as _, Write as _};

use mutation::{Campaign, Family, seeds};
use sekimori::policy::Limits;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::protocol::Beside;
use sekimori::sanitise::{Context, Fonts, Kind, Refusal, Report, Treatment, pdf};

/// Runs of each family beside its seeds themselves.
const RUNS: u64 = 120;

fn holds(family: Family) {
    let own = seeds::own(family);
    let runs = own.len() as u64 + RUNS;
    let tally = Campaign::new(family, own, Vec::new(), 5).runs(0..runs);
    assert_eq!(tally.panics, [], "{}", family.name());
    assert!(
        tally.disowned.is_empty(),
        "{}: {:?}",
        family.name(),
        tally.disowned
    );
    let verified = tally.outcomes.get(&mutation::Outcome::Verified);
    assert!(
        verified.is_some_and(|count| *count > runs / 20),
        "the changes leave something to treat: {:?}",
        tally.outcomes
    );
    assert!(tally.outcomes.len() > 1, "and something to refuse");
}

#[test]
fn changed_pdfs_hold() {
    holds(Family::Pdf);
}

#[test]
fn changed_pictures_hold() {
    holds(Family::Picture);
    holds(Family::Drawing);
}

#[test]
fn changed_pages_and_texts_hold() {
    holds(Family::Page);
    holds(Family::Text);
    holds(Family::Mail);
}

#[test]
fn changed_packages_hold() {
    holds(Family::Office);
    holds(Family::OpenDocument);
    holds(Family::Zip);
}

#[test]
fn changed_compound_files_hold() {
    holds(Family::Ole);
}

#[test]
fn changed_rich_texts_hold() {
    holds(Family::Rtf);
}

/// A bomb costs a worker its life, or is refused before; the name is the same
/// for a panic (`sandbox::whatever_a_worker_does_costs_only_itself`).
#[test]
fn a_bomb_ends_in_a_named_refusal() {
    let mut worker = std::env::current_exe().unwrap();
    worker.pop();
    worker.pop();
    let sandbox = Sandbox::private(&worker.join("sekimori-worker")).unwrap();
    let limits = Limits {
        file_seconds: 2,
        ..Limits::default()
    };
    for bomb in seeds::pdf_vectors::bombs() {
        let input = Untrusted::copy_from(&mut bomb.bytes.as_slice(), u64::MAX).unwrap();
        let ended = sandbox.treat(
            &input,
            (Kind::Pdf, Treatment::Flatten),
            Beside::default(),
            &limits,
        );
        let refused = ended.map(|clean| clean.bytes().len());
        assert!(
            matches!(refused, Err(Refusal::WorkerLost | Refusal::OverBudget)),
            "{}: {refused:?}",
            bomb.name
        );
    }
}

/// The bytes of a file, and behind them those of each stream that inflates.
fn inflated(pdf: &[u8]) -> Vec<u8> {
    let mut readable = pdf.to_vec();
    let mut rest = pdf;
    while let Some(at) = rest.windows(6).position(|window| window == b"stream") {
        rest = &rest[at + 6..];
        let data = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n"));
        if let Some(data) = data {
            // What it gives before an error counts, too.
            let _ = flate2::read::ZlibDecoder::new(data).read_to_end(&mut readable);
        }
    }
    readable
}

/// As ASCII, as UTF-16 and as the hexadecimal digits of both.
fn says(readable: &[u8], words: &str) -> bool {
    let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hex = |bytes: &[u8]| -> Vec<u8> {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.into_bytes()
    };
    let spelled = [hex(words.as_bytes()), hex(&wide)];
    let lower = readable.to_ascii_lowercase();
    let holds = |all: &[u8], some: &[u8]| all.windows(some.len()).any(|window| window == some);
    holds(readable, words.as_bytes())
        || holds(readable, &wide)
        || spelled.iter().any(|digits| holds(&lower, digits))
}

/// The search itself finds what it must: in the untreated files, and in our
/// own form with the words put back into a stream.
#[test]
fn words_that_must_be_gone_are_found_where_they_are() {
    let mut found = 0;
    for vector in seeds::pdf_vectors::all() {
        let readable = inflated(&vector.bytes);
        found += vector
            .gone
            .iter()
            .filter(|gone| says(&readable, gone))
            .count();
    }
    let all: usize = seeds::pdf_vectors::all().iter().map(|v| v.gone.len()).sum();
    // The others are told in escapes that only a reader of PDF undoes.
    assert!(found * 10 >= all * 8, "{found} of {all}");
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    stream
        .write_all(b"BT (/JavaScript) Tj <0048> Tj ET")
        .unwrap();
    let file = [
        b"<<>>stream\n",
        stream.finish().unwrap().as_slice(),
        b"\nendstream",
    ]
    .concat();
    assert!(!file.windows(11).any(|window| window == b"/JavaScript"));
    assert!(says(&inflated(&file), "/JavaScript") && says(&inflated(&file), "H"));
    assert!(!says(&inflated(&file), "/Launch"));
}

/// Each vector of the PDF row of docs/treatments.md: refused untreated; what
/// is active named; and the output has the page's words and nothing else.
#[test]
fn every_vector_of_a_pdf_is_named_and_gone() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut rebuilt = 0;
    for vector in seeds::pdf_vectors::all() {
        let name = vector.name;
        assert!(pdf::identify(&vector.bytes), "{name}");
        let verify = |bytes: &[u8]| pdf::verify(Kind::Pdf, bytes, &context);
        assert_eq!(verify(&vector.bytes), Err(Refusal::Residue), "{name}");
        for tier in [Treatment::Flatten, Treatment::Rebuild] {
            let mut report = Report::default();
            let treated = pdf::treat(Kind::Pdf, tier, &vector.bytes, &context, &mut report);
            let output = match treated {
                Ok(output) => output,
                Err(Refusal::Unsupported) if tier == Treatment::Rebuild => continue,
                Err(refusal) => panic!("{name} {tier:?}: {refusal:?}"),
            };
            rebuilt += usize::from(tier == Treatment::Rebuild);
            assert_eq!(verify(&output), Ok(()), "{name} {tier:?}");
            if let Some(what) = vector.what {
                let named = report.removed.iter().any(|line| line.what == what);
                assert!(named, "{name}: {:?}", report.removed);
            }
            let readable = inflated(&output);
            for gone in vector.gone {
                assert!(!says(&readable, gone), "{name} {tier:?}: {gone} is left");
            }
        }
        let mut report = Report::default();
        let text = pdf::treat(
            Kind::Pdf,
            Treatment::Text,
            &vector.bytes,
            &context,
            &mut report,
        );
        let text = String::from_utf8(text.unwrap()).unwrap();
        assert!(text.starts_with("Hello"), "{name}: {text}");
    }
    assert!(rebuilt > 30, "only forms and blending cannot be drawn");
}

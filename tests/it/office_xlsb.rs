//! Excel's binary workbook through the office stage: a modern one, or pages; of
//! a macro sheet nothing comes out, in no way.

use mutation::seeds::ole;
use mutation::seeds::xlsb::{self, WORDS};
use sekimori::mail::record::Outcome;
use sekimori::policy::Limits;
use sekimori::sanitise::protocol::Beside;
use sekimori::sanitise::stage::Conversion;
use sekimori::sanitise::{Kind, Refusal, Treatment, What};

use super::office::{stage, treat, untrusted, words};

#[test]
fn a_binary_book_becomes_a_modern_one_or_pages() {
    let Some(sandbox) = stage() else { return };
    let (limits, bytes) = (Limits::default(), xlsb::book());
    for (order, outcome, kind, name) in [
        (Treatment::Rebuild, Outcome::Rebuilt, Kind::Sheet, "表.xlsx"),
        (Treatment::Flatten, Outcome::Flattened, Kind::Pdf, "表.pdf"),
        (Treatment::Text, Outcome::Text, Kind::Csv, "表.csv"),
    ] {
        let file = ("表.xlsb", Kind::Xlsb, bytes.as_slice());
        let made = treat(&sandbox, &limits, order, file);
        assert_eq!(made.record.outcome, outcome, "{:?}", made.record);
        assert_eq!(made.name, name);
        let clean = made.clean.unwrap();
        assert_eq!(clean.kind(), kind);
        let verified = |bytes: &[u8]| sandbox.verify(&untrusted(bytes), kind, &limits);
        assert_eq!(verified(clean.bytes()), Ok(()), "{order:?}");
        assert_eq!(verified(&bytes), Err(Refusal::Residue), "{order:?}");
        if kind != Kind::Csv {
            let said = words(&sandbox, &clean);
            assert!(said.contains("見積①㈱髙﨑"), "{order:?}: {said}");
            assert!(said.contains("12.34") && said.contains("=1+2"), "{said}");
        }
    }
}

/// Everything inside a package, or the bytes of what is none.
fn all_of(bytes: &[u8]) -> Vec<u8> {
    let Ok(mut package) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else {
        return bytes.to_vec();
    };
    let mut all = Vec::new();
    for at in 0..package.len() {
        let mut part = package.by_index(at).unwrap();
        all.extend(part.name().unwrap().as_bytes());
        std::io::copy(&mut part, &mut all).unwrap();
    }
    all
}

fn holds(bytes: &[u8], word: &str) -> bool {
    let all = all_of(bytes);
    all.windows(word.len()).any(|at| at == word.as_bytes())
}

#[test]
fn every_vector_is_named_and_gone_from_the_modern_book() {
    let Some(sandbox) = stage() else { return };
    for vector in xlsb::vectors() {
        let (name, bytes) = (&vector.seed.name, &vector.seed.bytes);
        let file = (name.as_str(), Kind::Xlsb, bytes.as_slice());
        let made = treat(&sandbox, &Limits::default(), Treatment::Rebuild, file);
        let removed = &made.record.removed;
        // A link to the web may stay, where a cell has one.
        let named = removed.iter().any(|line| line.what == vector.what);
        assert!(named || vector.what == What::Link, "{name}: {removed:?}");
        let expected = match vector.what {
            What::XlmMacro => (Outcome::Text, Some(Refusal::Unsupported)),
            _ => (Outcome::Rebuilt, None),
        };
        assert_eq!(
            (made.record.outcome, made.record.reason),
            expected,
            "{name}"
        );
        let clean = made.clean.unwrap();
        assert!(holds(clean.bytes(), WORDS), "{name}");
        assert!(!holds(clean.bytes(), "evil"), "{name}");
    }
}

/// What holds for its macro sheets holds for those of Excel 97.
#[test]
fn an_old_book_with_a_macro_sheet_does_not_go_in_either() {
    let Some(sandbox) = stage() else { return };
    let vectors = ole::vectors::all();
    let macros = vectors.iter().find(|vector| vector.seed.name == "xlm.xls");
    let bytes = &macros.unwrap().seed.bytes;
    for order in [Treatment::Rebuild, Treatment::Flatten] {
        let file = ("xlm.xls", Kind::Xls, bytes.as_slice());
        let made = treat(&sandbox, &Limits::default(), order, file);
        let expected = (Outcome::Text, Some(Refusal::Unsupported));
        assert_eq!((made.record.outcome, made.record.reason), expected);
        let removed = &made.record.removed;
        assert!(removed.iter().any(|line| line.what == What::XlmMacro));
    }
}

/// Why a book with a macro sheet does not go in: LibreOffice makes a plain sheet of it.
#[test]
fn libreoffice_alone_would_show_a_macro_sheet() {
    let Some(sandbox) = stage() else { return };
    let vectors = xlsb::vectors();
    let listed = vectors
        .iter()
        .find(|vector| vector.seed.name == "listed.xlsb");
    let bytes = untrusted(&listed.unwrap().seed.bytes);
    let modern = Conversion::of(Kind::Xlsb, Treatment::Rebuild).unwrap();
    let converted = sandbox.convert(&bytes, modern, &Limits::default()).unwrap();
    let tier = (Kind::Sheet, Treatment::Text);
    let said = sandbox.treat(&converted.file, tier, Beside::default(), &Limits::default());
    assert!(holds(said.unwrap().bytes(), "evil"));
}

//! Hostile and odd PDFs built here, byte by byte; each with its result, and
//! the untreated file refused by the verifier.

use std::io::Read as _;

use proptest::prelude::*;

mod density;
mod encrypted;
mod lines;
mod seen;
mod sole;
mod unseen;

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, What};

/// Joins object bodies (number 1 first) to a file with table and trailer.
pub(super) fn file(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let start = bytes.len();
    let size = objects.len() + 1;
    bytes.extend(table.bytes());
    bytes.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n")
            .bytes(),
    );
    bytes
}

pub(super) fn stream(dictionary: &str, content: &str) -> String {
    format!(
        "<<{dictionary}/Length {}>>\nstream\n{content}\nendstream",
        content.len()
    )
}

pub(super) const HELVETICA: &str =
    "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>";

/// One small page that says "Hello".
pub(super) fn hello(page: &str, catalogue: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalogue}>>"),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{HELVETICA}{page}>>"),
        stream("", "BT /F 12 Tf 10 15 Td (Hello) Tj ET"),
    ];
    objects.extend_from_slice(more);
    file(&objects, "")
}

fn active() -> Vec<u8> {
    hello(
        "/AA<</O 7 0 R>>/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(c.exe)>>>>]",
        "/OpenAction 5 0 R/Names<</EmbeddedFiles<</Names[(x.exe) 6 0 R]>>>>/AcroForm<</XFA 8 0 R/Fields[]>>",
        &[
            "<</S/JavaScript/JS(app.alert\\(1\\))>>".to_owned(),
            "<</Type/Filespec/F(x.exe)/EF<</F 8 0 R>>>>".to_owned(),
            "<</S/SubmitForm/F(http://example.invalid/)>>".to_owned(),
            stream("/Type/EmbeddedFile", "MZ payload"),
        ],
    )
}

fn flatten(bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Report) {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let output = treat(Kind::Pdf, Treatment::Flatten, bytes, &context, &mut report);
    (output, report)
}

/// An outline of two levels, one entry by name, one that starts a program.
#[test]
fn titles_of_the_outline_become_bookmarks_and_nothing_else() {
    let untreated = hello(
        "",
        "/Outlines 5 0 R/Dests<</there[3 0 R/Fit]>>",
        &[
            "<</First 6 0 R/Last 8 0 R/Count 2>>".to_owned(),
            "<</Title<FEFF7AE04E00>/Parent 5 0 R/Next 8 0 R/First 7 0 R/Last 7 0 R/Dest[3 0 R/XYZ 0 0 0]>>".to_owned(),
            "<</Title(Part \\(a\\))/Parent 6 0 R/Dest/there>>".to_owned(),
            "<</Title(Run\u{7})/Parent 5 0 R/Prev 6 0 R/Next 6 0 R/A<</S/Launch/F(c.exe)>>>>".to_owned(),
        ],
    );
    assert_eq!(check(&untreated), Err(Refusal::Residue));
    let output = flatten(&untreated).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    let source = hayro::hayro_syntax::Pdf::new(output.clone()).unwrap();
    let found = outline::collect(&source);
    let titles: Vec<_> = found
        .iter()
        .map(|entry| (entry.title.as_str(), entry.page, entry.depth))
        .collect();
    assert_eq!(titles, [("章一", 0, 0), ("Part (a)", 0, 1), ("Run", 0, 0)]);
    let text = String::from_utf8_lossy(&output);
    assert!(!text.contains("Launch") && !text.contains("c.exe"));
    // A bookmark that leads back, to another object or with an action is none of ours.
    for (ours, theirs) in [
        ("/Prev 15 0 R", "/Next 15 0 R"),
        ("[3 0 R/Fit]", "[2 0 R/Fit]"),
        ("[3 0 R/Fit]", "[3 0 R/XYZ]"),
        ("/Dest[3", "/Desu[3"),
    ] {
        let changed = replaced(&output, ours.as_bytes(), theirs.as_bytes());
        assert_eq!(check(&changed), Err(Refusal::Residue), "{ours}");
    }
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[test]
fn as_text_only_the_words_are_left() {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let untreated = active();
    let output = treat(
        Kind::Pdf,
        Treatment::Text,
        &untreated,
        &context,
        &mut report,
    )
    .unwrap();
    assert_eq!(output, b"Hello\n");
    let verify = crate::sanitise::text::verify_text;
    assert_eq!(
        (verify(&output), verify(&untreated)),
        (Ok(()), Err(Refusal::Residue))
    );
    assert!(
        report
            .removed
            .iter()
            .any(|line| line.what == What::Javascript)
    );
}

pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    verify(
        Kind::Pdf,
        bytes,
        &Context {
            limits: &limits,
            fonts: &fonts,
        },
    )
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn counted(report: &Report, what: What) -> u32 {
    report
        .removed
        .iter()
        .filter(|line| line.what == what)
        .map(|line| line.count)
        .sum()
}

/// The characters of the ToUnicode map of an output, in order of number.
fn alphabet(output: &[u8]) -> String {
    let starts = (0..output.len()).filter(|at| output[*at..].starts_with(b"stream\n"));
    for start in starts {
        let mut map = String::new();
        let mut decoder = flate2::read::ZlibDecoder::new(&output[start + 7..]);
        if decoder.read_to_string(&mut map).is_ok() && map.starts_with("/CIDInit") {
            let lines = map.lines().filter_map(|line| line.split_once("> <"));
            let units = lines
                .filter(|(number, _)| number.len() == 5 && *number != "<0000")
                .flat_map(|(_, text)| {
                    let text = text.trim_end_matches('>').to_owned();
                    (0..text.len() / 4)
                        .map(move |at| u16::from_str_radix(&text[at * 4..at * 4 + 4], 16).unwrap())
                });
            return String::from_utf16(&units.collect::<Vec<_>>()).unwrap();
        }
    }
    String::new()
}

#[test]
fn everything_active_is_gone_and_counted() {
    let input = active();
    assert!(identify(&input));
    let (output, report) = flatten(&input);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    for needle in [
        "JavaScript",
        "JS",
        "Launch",
        "EmbeddedFile",
        "XFA",
        "OpenAction",
        "/AA",
        "MZ",
    ] {
        let named = output
            .windows(needle.len() + 1)
            .filter(|window| window[0] == b'/');
        assert!(
            !named.into_iter().any(|w| &w[1..] == needle.as_bytes()),
            "{needle}"
        );
    }
    assert_eq!(alphabet(&output), "Helo");
    for what in [
        What::Javascript,
        What::Action,
        What::EmbeddedFile,
        What::FormSubmit,
        What::Xfa,
        What::Form,
    ] {
        assert!(counted(&report, what) > 0, "{what:?} in {report:?}");
    }
}

#[test]
fn no_untreated_file_is_accepted() {
    for input in [
        active(),
        hello("", "", &[]),
        b"%PDF-1.7\n".to_vec(),
        Vec::new(),
    ] {
        assert_eq!(check(&input), Err(Refusal::Residue));
    }
}

#[test]
fn an_output_with_anything_added_is_refused() {
    let output = flatten(&active()).0.unwrap();
    let text = |from: &str, to: &str| {
        let at = output
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .unwrap();
        [&output[..at], to.as_bytes(), &output[at + from.len()..]].concat()
    };
    let changed = [
        [b" ", output.as_slice()].concat(),
        [output.as_slice(), b"\n"].concat(),
        [output.as_slice(), b"PK\x03\x04"].concat(),
        output[..output.len() - 1].to_vec(),
        text("/Type/Catalog", "/OpenAction 9 0 R"),
        text("/Type/Catalog", "/Type/Catalo#67"),
        text("/Parent 2 0 R", "/Parent 3 0 R"),
        text("/Filter/FlateDecode", "/Filter/FlateDecodE"),
        text("[0 0 90 40]", "[0 0 91 40]"),
        text("/I 5 0 R", "/I 4 0 R"),
        text("/Root 1 0 R", "/Root 2 0 R"),
    ];
    for (at, bytes) in changed.iter().enumerate() {
        assert_eq!(check(bytes), Err(Refusal::Residue), "change {at}");
    }
}

#[test]
fn a_password_needs_a_person() {
    let keys = format!(
        "<</Filter/Standard/V 1/R 2/P -4/O<{0}>/U<{0}>>>",
        "41".repeat(32)
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_owned(),
        keys,
    ];
    let id = "4".repeat(32);
    let input = file(&objects, &format!("/Encrypt 4 0 R/ID[<{id}><{id}>]"));
    assert_eq!(flatten(&input).0, Err(Refusal::Encrypted));
}

/// Its pages are plain: every reader shows them without asking.
#[test]
fn encrypted_attachments_alone_keep_no_page_back() {
    let encrypted = |filter: &str| {
        let keys = format!(
            "<</Filter/Standard/V 4/R 4/Length 128/P -4/O<{0}>/U<{0}>/StmF /{filter}/StrF/Identity/EFF/StdCF\
             /CF<</StdCF<</CFM/AESV2/AuthEvent/EFOpen/Length 16>>>>>>",
            "41".repeat(32)
        );
        let id = "4".repeat(32);
        file(
            &[
                "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
                "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
                format!(
                    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{HELVETICA}>>"
                ),
                stream("", "BT /F 12 Tf 10 15 Td (Hello) Tj ET"),
                keys,
            ],
            &format!("/Encrypt 5 0 R/ID[<{id}><{id}>]"),
        )
    };
    let output = flatten(&encrypted("Identity")).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert_eq!(alphabet(&output), "Helo");
    assert_eq!(flatten(&encrypted("StdCF")).0, Err(Refusal::Encrypted));
}

#[test]
fn a_giant_page_is_drawn_within_bounds() {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000000 10000]>>".to_owned(),
    ];
    let output = flatten(&file(&objects, "")).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/MediaBox[0 0 14400 144]"));
    assert!(contains(&output, b"/Width 5000/Height 50"));
}

#[test]
fn one_page_too_many_is_over_budget() {
    let pages = |count: usize| {
        let kids: String = (0..count).map(|n| format!("{} 0 R ", n + 3)).collect();
        let mut objects = vec![
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            format!("<</Type/Pages/Count {count}/MediaBox[0 0 8 8]/Kids[{kids}]>>"),
        ];
        objects.extend((0..count).map(|_| "<</Type/Page/Parent 2 0 R>>".to_owned()));
        file(&objects, "")
    };
    assert_eq!(flatten(&pages(301)).0, Err(Refusal::OverBudget));
    let output = flatten(&pages(300)).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/Count 300"));
}

#[test]
fn a_page_tree_in_a_circle_ends() {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 2/Kids[2 0 R 3 0 R 2 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 8 8]>>".to_owned(),
    ];
    let (output, _) = flatten(&file(&objects, ""));
    match output {
        Ok(output) => assert_eq!(check(&output), Ok(())),
        Err(refusal) => assert_eq!(refusal, Refusal::Malformed),
    }
}

#[test]
fn a_cut_file_is_repaired_or_refused_never_passed() {
    let input = active();
    for end in (0..input.len()).step_by(41) {
        match flatten(&input[..end]).0 {
            Ok(output) => assert_eq!(check(&output), Ok(()), "cut at {end}"),
            Err(refusal) => assert_eq!(refusal, Refusal::Malformed, "cut at {end}"),
        }
    }
}

#[test]
fn what_follows_or_precedes_the_file_is_gone_and_counted() {
    let mut input = b"MZ\x90\0".to_vec();
    input.extend(hello("", "", &[]));
    input.extend(b"PK\x03\x04 a zip");
    let (output, report) = flatten(&input);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(!contains(&output, b"a zip"));
    assert_eq!(counted(&report, What::TrailingData), 2);
}

#[test]
fn japanese_text_stays_text_without_its_font() {
    let font = "/Resources<</Font<</F<</Type/Font/Subtype/Type0/BaseFont/MS-Mincho/Encoding/90ms-RKSJ-H\
        /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/MS-Mincho/DW 1000\
        /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>\
        /FontDescriptor<</Type/FontDescriptor/FontName/MS-Mincho/Flags 4>>>>]>>>>>>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{font}>>"),
        stream("", "BT /F 12 Tf 10 15 Td <8ca98e9a8140824f> Tj ET"), // 見字　０
    ];
    let output = flatten(&file(&objects, "")).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert_eq!(alphabet(&output), "見字\u{3000}０");
}

#[test]
fn a_turned_page_keeps_its_size_as_seen() {
    let output = flatten(&hello("/Rotate 90", "", &[])).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/MediaBox[0 0 40 90]"));
}

#[test]
fn the_font_program_is_the_one_the_verifier_knows() {
    // The digest itself stands in `verify` and is checked with every text layer.
    assert_eq!(super::glyphless::font().len(), 244);
}

/// A page of soft colours is a photo; of few colours, a palette.
#[test]
fn pixels_choose_their_coding() {
    let soft: Vec<u8> = (0..64 * 64_u32)
        .flat_map(|n| [(n % 64 * 2) as u8, (n / 64 * 3) as u8, (n % 61) as u8, 255])
        .collect();
    assert_eq!(
        picture::Survey::of(&soft, 64).compact().unwrap().coding,
        picture::Coding::ColourJpeg
    );
    let flat: Vec<u8> = (0..64 * 64_u32)
        .flat_map(|n| {
            if n % 7 == 0 {
                [0, 0, 0, 255]
            } else {
                [255, 255, 255, 255]
            }
        })
        .collect();
    let picture = picture::Survey::of(&flat, 64).compact().unwrap();
    let expected = picture::Coding::Palette {
        bits: 1,
        colours: vec![[255; 3], [0; 3]],
    };
    assert_eq!(picture.coding, expected);
}

/// Boxes that leave nothing of a page.
#[test]
fn a_page_without_area_is_said_to_be_empty() {
    for (boxes, lost) in [
        ("/CropBox[0 0 50 40]", 0),
        ("/CropBox[0 0 0 0]", 1),
        ("/CropBox[200 200 300 300]", 1),
    ] {
        let (output, report) = flatten(&hello(boxes, "", &[]));
        assert_eq!(check(&output.unwrap()), Ok(()));
        assert_eq!(counted(&report, What::UnknownPart), lost, "{boxes}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changed_files_never_panic_and_never_pass_untreated(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut input = active();
        for (at, byte) in &changes {
            let at = at.index(input.len());
            input[at] = *byte;
        }
        prop_assert!(check(&input).is_err());
        if let Ok(output) = flatten(&input).0 {
            prop_assert_eq!(check(&output), Ok(()));
        }
    }

    #[test]
    fn the_verifier_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let mut output = flatten(&hello("", "", &[])).0.unwrap();
        for (at, byte) in &changes {
            let at = at.index(output.len());
            output[at] = *byte;
        }
        let _ = check(&output);
    }
}

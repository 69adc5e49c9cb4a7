//! PDF and pictures against other people's programs: poppler and qpdf read
//! what we write, and every file of the shared corpus ends in a defined way.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sekimori::policy::Limits;
use sekimori::sanitise::{Context, Fonts, Kind, Refusal, Report, Treatment, image, pdf};

/// A page of Japanese, one line across and one line down, in a font that is
/// not in the file.
fn japanese() -> Vec<u8> {
    let font = |encoding: &str| {
        format!(
            "<</Type/Font/Subtype/Type0/BaseFont/MS-Mincho/Encoding/{encoding}/DescendantFonts[\
             <</Type/Font/Subtype/CIDFontType2/BaseFont/MS-Mincho/DW 1000\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>\
             /FontDescriptor<</Type/FontDescriptor/FontName/MS-Mincho/Flags 4>>>>]>>"
        )
    };
    // 関守の見積書 across, 縦書き down (UTF-16 codes).
    let content = "BT /A 20 Tf 40 150 Td <95a25b88306e898b7a4d66f8> Tj ET \
                   BT /D 20 Tf 30 130 Td <7e2666f8304d> Tj ET";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R\
             /Resources<</Font<</A {} /D {}>>>>>>",
            font("UniJIS-UTF16-H"),
            font("UniJIS-UTF16-V")
        ),
        format!(
            "<</Length {}>>\nstream\n{content}\nendstream",
            content.len()
        ),
    ];
    let mut bytes = b"%PDF-1.7\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    bytes.extend(b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
    bytes
}

/// Runs `program` on `input`; `None` where it is not installed.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

#[test]
fn poppler_reads_the_japanese_text_we_wrote() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let input = japanese();
    let mut report = Report::default();
    let output = pdf::treat(Kind::Pdf, Treatment::Flatten, &input, &context, &mut report).unwrap();
    assert_eq!(pdf::verify(Kind::Pdf, &output, &context), Ok(()));
    let Some((_, text)) = piped("pdftotext", &["-", "-"], &output) else {
        eprintln!("skipped: pdftotext is not installed");
        return;
    };
    assert!(text.contains("関守の見積書"), "{text}");
    assert!(text.contains("縦書き"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.pdf");
    std::fs::write(&path, &output).unwrap();
    match Command::new("qpdf").arg("--check").arg(&path).output() {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(_) => eprintln!("skipped: qpdf is not installed"),
    }
}

fn corpus(folder: &str) -> Vec<PathBuf> {
    let root = std::env::var_os("SEKIMORI_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
        eprintln!("skipped: no corpus at {}", root.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Every file of the corpus is rebuilt and verified, or refused by name. The
/// untreated ones are refused by the verifier.
#[test]
fn every_corpus_pdf_ends_in_a_defined_way() {
    // Small ones: an unoptimised build draws some ten pages a second.
    let limits = Limits {
        pages: 4,
        ..Limits::default()
    };
    let fonts = Fonts::default();
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut flattened = 0;
    for path in corpus("pdf") {
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            pdf::verify(Kind::Pdf, &bytes, &context),
            Err(Refusal::Residue),
            "{path:?}"
        );
        if bytes.len() > 50_000 || !pdf::identify(&bytes) {
            continue;
        }
        let mut report = Report::default();
        match pdf::treat(Kind::Pdf, Treatment::Flatten, &bytes, &context, &mut report) {
            Ok(output) => {
                flattened += 1;
                assert_eq!(
                    pdf::verify(Kind::Pdf, &output, &context),
                    Ok(()),
                    "{path:?}"
                );
            }
            Err(Refusal::Encrypted | Refusal::Malformed | Refusal::OverBudget) => {}
            Err(refusal) => panic!("{path:?}: {refusal:?}"),
        }
    }
    eprintln!("{flattened} flattened");
}

#[test]
fn every_corpus_picture_ends_in_a_defined_way() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut rebuilt = 0;
    for path in corpus("image") {
        let bytes = std::fs::read(&path).unwrap();
        if image::identify(&bytes).is_none() {
            continue;
        }
        match image::reencode(&bytes, &context, &mut Report::default()) {
            Ok((output, kind)) => {
                rebuilt += 1;
                assert_eq!(image::verify(kind, &output, &context), Ok(()), "{path:?}");
            }
            Err(Refusal::Malformed | Refusal::OverBudget | Refusal::Unsupported) => {}
            Err(refusal) => panic!("{path:?}: {refusal:?}"),
        }
    }
    eprintln!("{rebuilt} rebuilt");
}

/// Drawings and pages of TIFFs, too: an output that verifies, or a refusal.
#[test]
fn every_corpus_drawing_and_fax_ends_in_a_defined_way() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut flattened = 0;
    for path in corpus("image") {
        let bytes = std::fs::read(&path).unwrap();
        let (kind, output) = match image::identify(&bytes) {
            Some(Kind::Tiff) => (Kind::Tiff, Kind::Pdf),
            None if image::is_drawing(&bytes) => (Kind::Svg, Kind::Png),
            _ => continue,
        };
        let mut report = Report::default();
        match image::treat(kind, Treatment::Flatten, &bytes, &context, &mut report) {
            Ok(clean) => {
                flattened += 1;
                let verified = match output {
                    Kind::Pdf => pdf::verify(output, &clean, &context),
                    _ => image::verify(output, &clean, &context),
                };
                assert_eq!(verified, Ok(()), "{path:?}");
            }
            Err(Refusal::Malformed | Refusal::OverBudget | Refusal::Unsupported) => {}
            Err(refusal) => panic!("{path:?}: {refusal:?}"),
        }
    }
    eprintln!("{flattened} flattened");
}

/// A drawing in a font that nobody has is drawn in the machine's fonts.
#[test]
fn japanese_words_of_a_drawing_are_drawn() {
    let font = |path: &str| {
        let bytes = std::fs::read(path).ok()?;
        Some((
            std::sync::Arc::new(bytes) as sekimori::sanitise::FontBytes,
            0,
        ))
    };
    let fonts = Fonts {
        mincho: font("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
        gothic: font("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    };
    if fonts.mincho.is_none() && fonts.gothic.is_none() {
        eprintln!("skipped: no Noto CJK on this machine");
        return;
    }
    let dark = |words: &str, family: &str, fonts: &Fonts| {
        let drawing = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='200' height='40'>\
             <text y='30' font-size='24' font-family='{family}'>{words}</text></svg>"
        );
        let limits = Limits::default();
        let context = Context {
            limits: &limits,
            fonts,
        };
        let mut report = Report::default();
        let output = image::treat(
            Kind::Svg,
            Treatment::Flatten,
            drawing.as_bytes(),
            &context,
            &mut report,
        )
        .unwrap();
        assert_eq!(image::verify(Kind::Png, &output, &context), Ok(()));
        let seen = ::image::load_from_memory(&output).unwrap().to_rgba8();
        seen.pixels().filter(|pixel| pixel.0[3] > 128).count()
    };
    for family in ["MS PGothic", "serif", "Times New Roman, sans-serif"] {
        assert!(dark("見積書①㈱髙﨑", family, &fonts) > 500, "{family}");
    }
    assert_eq!(dark("見積書", "serif", &Fonts::default()), 0);
}

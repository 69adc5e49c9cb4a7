//! Pages that stay drawings: what they look like inside, what they refuse to
//! be, and that nothing else passes for one.

use std::io::Read as _;

use super::super::tests::{check, file, hello, stream};
use super::super::{Kind, Refusal, Report, Treatment, rebuild, treat, verify_flattened};
use crate::policy::Limits;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Context, Fonts, What};

fn attempt(bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Report) {
    wished(bytes, Wish::default())
}

fn wished(bytes: &[u8], wish: Wish) -> (Result<Vec<u8>, Refusal>, Report) {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    (rebuild(bytes, wish, &context, &mut report), report)
}

fn rebuilt(bytes: &[u8]) -> (Vec<u8>, Report) {
    let (output, report) = attempt(bytes);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    (output, report)
}

/// One page of `content` with these resources and further objects from 5 on.
fn page(resources: &str, content: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R/Resources<<{resources}>>>>"
        ),
        stream("", content),
    ];
    objects.extend_from_slice(more);
    file(&objects, "")
}

/// Every inflated stream, one after the other.
fn inside(output: &[u8]) -> String {
    let mut all = String::new();
    for at in 0..output.len() {
        if output[at..].starts_with(b"stream\n") {
            let mut text = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(&output[at + 7..]);
            if decoder.read_to_end(&mut text).is_ok() {
                all += &String::from_utf8_lossy(&text);
            }
        }
    }
    all
}

#[test]
fn lines_and_letters_stay_lines_and_letters() {
    let input = hello("", "", &[]);
    assert_eq!(check(&input), Err(Refusal::Residue));
    let (output, _) = rebuilt(&input);
    let inside = inside(&output);
    // H, e, l, o as outlines of their own; five places; the words beneath.
    assert_eq!(output.windows(5).filter(|w| w == b"/Form").count(), 4);
    assert_eq!(inside.matches(" Do\n").count(), 5);
    assert!(inside.contains("BT\n3 Tr\n") && inside.contains(" c\n"));
    for gone in ["Helvetica", "Type1", "Tj"] {
        assert!(!String::from_utf8_lossy(&output).contains(gone), "{gone}");
    }
}

#[test]
fn paths_keep_colour_pen_clip_and_opacity() {
    let input = page(
        "/ExtGState<</G<</ca .4>>>>",
        "q 5 5 50 20 re W n 1 0 0 rg 0 0 30 30 re f* Q /G gs 0 0 1 rg 40 5 9 9 re f \
         0 1 0 RG 3 w 1 J 2 j [4 2] 1 d 2 0 0 1 0 0 cm 1 1 m 9 9 l S",
        &[],
    );
    let inside = inside(&rebuilt(&input).0);
    for line in [
        "q\n5 5 m\n55 5 l\n55 25 l\n5 25 l\nh\nW n\n",
        "1 0 0 rg\n0 0 m\n30 0 l\n30 30 l\n0 30 l\nh\nf*\n",
        "/A102 gs\n0 0 1 rg\n",
        "0 1 0 RG\n",
        "2 0 0 1 0 0 cm\n3 w\n1 J\n2 j\n10 M\n[4 2] 1 d\n1 1 m\n9 9 l\nS\nQ\n",
    ] {
        assert!(inside.contains(line), "{line} in {inside}");
    }
}

#[test]
fn pictures_are_coded_anew_with_their_opacity() {
    let picture = |entries: &str, data: &str| {
        stream(
            &format!("/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8{entries}"),
            data,
        )
    };
    let input = page(
        "/XObject<</X 5 0 R/Y 7 0 R>>",
        "q 9 0 0 9 1 1 cm /X Do Q q 9 0 0 9 20 1 cm /X Do Q 1 0 0 rg q 9 0 0 9 40 1 cm /Y Do Q",
        &[
            picture("/ColorSpace/DeviceRGB/SMask 6 0 R", "abcdefghijkl"),
            picture("/ColorSpace/DeviceGray", "wxyz"),
            stream(
                "/Type/XObject/Subtype/Image/Width 8/Height 1/ImageMask true/BitsPerComponent 1",
                "A",
            ),
        ],
    );
    let (output, _) = rebuilt(&input);
    let count = |word: &[u8]| output.windows(word.len()).filter(|w| *w == word).count();
    // The picture once, the stencil's colour once, and an opacity for each.
    assert_eq!((count(b"/Subtype/Image"), count(b"/SMask")), (4, 2));
    assert!(inside(&output).contains("q\n9 0 0 9 20 1 cm\n/P0 Do\nQ\n"));
    assert_eq!(count(b"ImageMask"), 0);
}

/// Shadings, blending, forms to fill in: the parent then asks for pictures.
#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let shading = "/Shading<</S<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 9 9]\
                   /Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>>>";
    let field = "/Annots[<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[1 1 9 9]/V(b)>>]";
    let blending = "/ExtGState<</G<</BM/Multiply>>>>";
    for input in [
        page(shading, "/S sh", &[]),
        page(blending, "/G gs 1 0 0 rg 1 1 9 9 re f", &[]),
        hello(field, "/AcroForm<</Fields[]>>", &[]),
    ] {
        assert_eq!(attempt(&input).0, Err(Refusal::Unsupported));
    }
}

#[test]
fn what_was_active_is_named_and_gone() {
    let input = hello("", "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", &[]);
    let (output, report) = rebuilt(&input);
    assert!(
        report
            .removed
            .iter()
            .any(|line| line.what == What::Javascript)
    );
    assert!(!output.windows(3).any(|window| window == b"/JS"));
}

/// Our own drawing with one thing of a stranger's in it, of the same length
/// where the table would tell otherwise.
#[test]
fn a_drawing_with_anything_added_is_refused() {
    let input = page(
        "/ExtGState<</G<</ca .4>>>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>",
        "/G gs 1 0 0 rg 1 1 9 9 re f BT /F 9 Tf (a) Tj ET",
        &[],
    );
    let (output, _) = rebuilt(&input);
    let text = |from: &str, to: &str| {
        let at = output
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .unwrap_or_else(|| panic!("no {from}"));
        [&output[..at], to.as_bytes(), &output[at + from.len()..]].concat()
    };
    for (from, to) in [
        ("/G0 14 0 R", "/G0 15 0 R"),
        ("/G0 14 0 R", "/P0 14 0 R"),
        ("/A102<<", "/A103<<"),
        ("/ca 0.4", "/ca 1.4"),
        ("/Resources 5 0 R", "/Resources 4 0 R"),
        ("/Subtype/Form", "/Subtype/Fork"),
        ("-100000", "-100001"),
        ("/Type/Page/", "/AA[]/Page/"),
    ] {
        assert_eq!(check(&text(from, to)), Err(Refusal::Residue), "{from} {to}");
    }
}

/// JPEG 2000 of 64 by 64 pixels, white and black, that can be read at half,
/// a quarter and an eighth of its size.
const SCALABLE: &str = "ff4fff510029000000000040000000400000000000000000000000400000004000000000000000000001\
     070101ff52000c00000001000304040001ff5c000d4040484850484850484850ff90000a000000000079\
     0001ff93df81e82217808525966acb2df7b2f86018e2feff4a743707ea447a47f0c4eee8789583c8bcba\
     1c703b1254d5082a26cf84151367c20a89b3e104bc667cc6adbbcfc034221a0e6457099ff40000c06145\
     cfc03c369e41e37dcbc644941efe248eff7fcfc0185fa6c73fff0affd9>";

/// Small on one page, large on the next: sharp on both, and not kept twice
/// where it is large first.
#[test]
fn a_picture_has_the_pixels_of_its_largest_place() {
    let book = |sides: [u32; 3]| {
        let mut objects = vec![
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 3/Kids[4 0 R 6 0 R 8 0 R]>>".to_owned(),
            stream(
                "/Type/XObject/Subtype/Image/Width 64/Height 64/ColorSpace/DeviceGray\
                 /BitsPerComponent 8/Filter[/ASCIIHexDecode/JPXDecode]",
                SCALABLE,
            ),
        ];
        for (at, side) in (0..).step_by(2).zip(sides) {
            objects.push(format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents {} 0 R\
                 /Resources<</XObject<</X 3 0 R>>>>>>",
                5 + at
            ));
            objects.push(stream("", &format!("{side} 0 0 {side} 1 1 cm /X Do")));
        }
        rebuilt(&file(&objects, "")).0
    };
    let widths = |output: &[u8]| {
        let text = String::from_utf8_lossy(output).into_owned();
        text.split("/Width ")
            .skip(1)
            .filter_map(|rest| rest.split('/').next()?.parse::<u32>().ok())
            .collect::<Vec<_>>()
    };
    let growing = widths(&book([2, 2, 80]));
    assert_eq!(growing.len(), 2);
    assert!(growing[0] < 64 && growing[1] == 64, "{growing:?}");
    assert_eq!(widths(&book([80, 2, 80])), [64]);
}

#[test]
fn what_lies_wholly_off_the_page_is_not_in_the_file() {
    let input = page(
        "/XObject<</X 5 0 R>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>",
        "1 0 0 rg 200 5 9 9 re f 0 1 0 RG 5 300 m 50 300 l S \
         q 9 0 0 9 -50 1 cm /X Do Q BT /F 9 Tf 5 -80 Td (secret) Tj ET \
         q 400 400 9 9 re W n 0 0 1 rg 1 1 80 30 re f Q \
         0.5 g 85 5 20 9 re f 0 G 4 w -1 20 m -1 30 l S",
        &[stream(
            "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray",
            "x",
        )],
    );
    let (output, _) = rebuilt(&input);
    let inside = inside(&output);
    for gone in ["200 5 m", "300 l", " Do", "400", "1 0 0 rg", "0 1 0 RG"] {
        assert!(!inside.contains(gone), "{gone} in {inside}");
    }
    for word in [&b"/Form"[..], b"/Image"] {
        assert!(!output.windows(word.len()).any(|w| w == word));
    }
    // At the edge: half a rectangle, half a pen.
    assert!(inside.contains("85 5 m") && inside.contains("-1 20 m"));
}

/// Operators of pages count like glyphs and pictures do.
#[test]
fn pages_of_many_operators_are_over_budget() {
    let input = page("", &"1 0 0 rg 1 1 9 9 re f ".repeat(200), &[]);
    let fonts = Fonts::default();
    let drawn = |expanded_bytes| {
        let limits = Limits {
            expanded_bytes,
            ..Limits::default()
        };
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        super::draw(&input, Wish::default(), &context, &mut Report::default()).map(drop)
    };
    assert_eq!(drawn(1_000), Err(Refusal::OverBudget));
    assert_eq!(drawn(100_000), Ok(()));
}

#[test]
fn a_drawing_is_not_accepted_where_pictures_were_ordered() {
    use crate::sanitise::protocol::{Job, Reply, Task};
    use crate::sanitise::serve::serve;
    let limits = Limits::default();
    let answer = |bytes: &[u8], ordered| {
        let task = Task::Verify {
            kind: Kind::Pdf,
            ordered,
        };
        let limits = limits.clone();
        serve(&Job { task, limits }, bytes, &Fonts::default()).0
    };
    let (drawing, _) = rebuilt(&hello("", "", &[]));
    let fonts = Fonts::default();
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut report = Report::default();
    let hello = hello("", "", &[]);
    let flat = treat(Kind::Pdf, Treatment::Flatten, &hello, &context, &mut report).unwrap();
    assert_eq!(verify_flattened(&flat, &context), Ok(()));
    let ordered = Some(Treatment::Flatten);
    assert_eq!(answer(&drawing, ordered), Reply::Refused(Refusal::Residue));
    assert_eq!(answer(&flat, ordered), Reply::Verified);
    for either in [None, Some(Treatment::Rebuild)] {
        assert_eq!(answer(&drawing, either), Reply::Verified);
    }
}

#[test]
fn what_no_page_names_is_refused() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut drawn = super::draw(
        &hello("", "", &[]),
        Wish::default(),
        &context,
        &mut Report::default(),
    )
    .unwrap();
    assert_eq!(check(&super::write(&drawn).unwrap()), Ok(()));
    drawn.store.glyph(b"0 0 m\n1 1 l\n".to_vec());
    assert_eq!(check(&super::write(&drawn).unwrap()), Err(Refusal::Residue));
}

/// A page, turned, with a link annotation per action.
fn linked(actions: &[&str]) -> Vec<u8> {
    let annotations: String = actions
        .iter()
        .map(|action| format!("<</Type/Annot/Subtype/Link/Rect[10 20 30 25]/A<<{action}>>>>"))
        .collect();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Rotate 90/Contents 4 0 R/Resources<<>>/Annots[{annotations}]>>"
        ),
        stream("", "0 0 9 9 re f"),
    ];
    file(&objects, "")
}

const WEB: Wish = Wish {
    web_links: true,
    without_comments: false,
    changes_accepted: false,
    structure: false,
};

#[test]
fn web_links_stay_where_the_policy_keeps_them() {
    let input = linked(&[
        "/S/URI/URI(https://example.lg.jp/a?b=c)",
        "/S/URI/URI(mailto:soumu@example.lg.jp)",
        "/S/URI/URI(javascript:alert)",
        "/S/URI/URI(file://host/share)",
        "/S/URI/URI(https://bank.example@evil.example/)",
        "/S/URI/URI(https://bank.example%40evil.example/)",
        "/S/URI/URI(mailto:a@evil.example?attach=/etc/passwd)",
        "/S/URI/URI(\\\\\\\\host\\\\share)",
        "/S/GoToR/F(http://evil.example/x.pdf)",
        "/S/Launch/F(https://evil.example)",
    ]);
    let (output, report) = wished(&input, WEB);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    let text = String::from_utf8_lossy(&output);
    assert_eq!(text.matches("/Annot").count(), 1 + 2);
    assert!(text.contains("/URI(https://example.lg.jp/a?b=c)"), "{text}");
    assert!(text.contains("/URI(mailto:soumu@example.lg.jp)"));
    // As the page is seen, turned by a quarter.
    assert!(text.contains("/Rect[20 60 25 80]"), "{text}");
    for gone in ["evil", "file:", "javascript", "host", "GoToR", "Launch"] {
        assert!(!text.contains(gone), "{gone}");
    }
    let links: u32 = report
        .removed
        .iter()
        .filter(|line| line.what == What::Link)
        .map(|line| line.count)
        .sum();
    assert_eq!(links, 7, "{:?}", report.removed);

    let (without, report) = rebuilt(&input);
    assert!(!String::from_utf8_lossy(&without).contains("/Annot"));
    assert!(report.removed.iter().any(|line| line.count == 8));
}

#[test]
fn a_link_that_is_no_web_address_of_ours_is_refused() {
    let (output, _) = wished(&linked(&["/S/URI/URI(https://example.lg.jp/ab)"]), WEB);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    let changed = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = output
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        let mut bytes = output.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        check(&bytes)
    };
    assert_eq!(changed("lg.jp/ab", "lg.jp/cd"), Ok(()));
    for (from, to) in [
        ("https:", "ldaps:"),
        ("https://exampl", "javascript:abc"),
        ("https://e", "file:////"),
        ("example.lg", "a@evil..lg"),
        ("example.lg", "a%40evl.lg"),
        ("https://example.lg.jp/ab", "mailto:a@b?attach=/etc/p"),
        ("https://example", "https:///xample"),
        ("/S/URI", "/S/Win"),
        ("/Link", "/Text"),
        ("[0 0 0]", "[0 0 1]"),
        ("/ab)", "/a\\)"),
    ] {
        assert_eq!(changed(from, to), Err(Refusal::Residue), "{to}");
    }
}

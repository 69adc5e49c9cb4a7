//! Rich Text Format: words and looks stay, each vector of its row is named,
//! gone, and refused untreated.

use mutation::seeds::rtf::vectors::{self, WORDS};
use mutation::seeds::rtf::{self as seeds, document, unicode};
use sekimori::policy::Limits;
use sekimori::sanitise::protocol::Wish;
use sekimori::sanitise::{
    Context, Fonts, Kind, Refusal, Removed, Report, Treatment, What, identify, rtf, text,
};

fn with<T>(act: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    act(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

fn treated(tier: Treatment, bytes: &[u8]) -> Result<(String, Vec<Removed>), Refusal> {
    wished(tier, Wish::default(), bytes)
}

fn wished(tier: Treatment, wish: Wish, bytes: &[u8]) -> Result<(String, Vec<Removed>), Refusal> {
    with(|context| {
        let mut report = Report::default();
        let output = rtf::treat((Kind::Rtf, tier), wish, bytes, context, &mut report)?;
        let verified = if tier == Treatment::Text {
            text::verify_text(&output)
        } else {
            rtf::verify(&output, context)
        };
        assert_eq!(verified, Ok(()), "{}", String::from_utf8_lossy(&output));
        Ok((String::from_utf8(output).unwrap(), report.removed))
    })
}

fn rebuilt(bytes: &[u8]) -> (String, Vec<Removed>) {
    treated(Treatment::Rebuild, bytes).unwrap()
}

fn words(bytes: &[u8]) -> String {
    treated(Treatment::Text, bytes).unwrap().0
}

#[test]
fn a_letter_keeps_its_words_and_looks() {
    let letter = seeds::letter();
    assert_eq!(identify::identify(&letter, "a.rtf"), Kind::Rtf);
    assert_eq!(words(&letter), seeds::SAID);
    let (output, removed) = rebuilt(&letter);
    assert_eq!(words(output.as_bytes()), seeds::SAID);
    assert!(output.is_ascii());
    for kept in [
        "{\\fonttbl{\\f0\\fnil\\fcharset128 MS Mincho;}",
        "{\\*\\falt Times}",
        "{\\colortbl;\\red255\\green0\\blue0;",
        "{\\*\\cs1\\additive\\b Strong;}",
        "{\\leveltext\\'02\\'00.;}{\\levelnumbers\\'01;}\\fi-360\\li720}",
        "\\paperw11906\\paperh16838\\margl1701\\margr1701",
        "{\\header\\pard\\qr\\u",
        "\\qc\\sb120\\f0\\fs28\\u-",
        "{\\field{\\*\\fldinst  PAGE }{\\fldrslt 1}}",
        "{\\*\\fldinst HYPERLINK \"https://example.lg.jp/\"}",
        "{\\footnote\\pard\\u",
        "{\\*\\annotation\\pard\\u",
        "\\trowd\\trgaph99\\clbrdrt\\brdrs\\brdrw10\\clcbpat2\\cellx3000\\clmgf\\cellx6000",
        "\\cell\\row\n",
        "\\picwgoal600\\pichgoal300\\picscalex50\\pngblip\n89504e47",
        "{\\sp{\\sn shapeType}{\\sv 202}}{\\sp{\\sn fillColor}{\\sv 16777215}}{\\shptxt\\pard\\u",
    ] {
        assert!(output.contains(kept), "{kept} in {output}");
    }
    // The drawing came out as a picture, its older twin went.
    assert_eq!(output.matches("{\\pict").count(), 2);
    for gone in ["emfblip", "wmetafile", "shppict", "\\uc2"] {
        assert!(!output.contains(gone), "{gone}");
    }
    // Comments in pictures are named.
    assert!(removed.iter().all(|line| line.untrusted_where == "picture"));
}

#[test]
fn what_is_written_once_is_written_the_same_again() {
    for seed in [seeds::letter(), seeds::raw()] {
        let (once, _) = rebuilt(&seed);
        let (again, removed) = rebuilt(once.as_bytes());
        assert_eq!((once, Vec::new()), (again, removed));
    }
}

#[test]
fn bytes_of_old_programs_are_read_in_their_code_page() {
    assert_eq!(words(&seeds::raw()), seeds::SAID_RAW);
    assert_eq!(words(rebuilt(&seeds::raw()).0.as_bytes()), seeds::SAID_RAW);
    for (body, said) in [
        // Both halves of a sign above the first plane, and half of one.
        ("\\uc1\\u-10179?\\u-8704?\\u-10179? ", "😀\u{fffd} "),
        // How many signs stand for one is told by group.
        ("{\\uc0\\u12354}\\uc1\\u12356 ?x", "あいx"),
        ("\\uc3\\u12354abcd", "あd"),
        // A brace ends what stands for it.
        ("\\uc3{\\u12354 a}bcd", "あbcd"),
        // A second byte that looks like one of RTF's own signs.
        ("\\'83\\\\\\'83\\{\\'83\\}\\'83\\'5c", "ソボマソ"),
        ("\\'8c\r\n\\'a9\r\\\n\\'90\\'cf", "見\n積"),
        ("{\\f1 \\'e9\\~\\_\\lquote}", "é\u{a0}\u{2011}‘"),
        ("{\\upr{\\'82\\'a0}{\\*\\ud{\\u12354 ??}}}x", "あx"),
        ("a{\\zzz b}{\\*\\zzz c}\\zzz1 d", "abd"),
        ("a{\\v b{\\b c}}\\v d\\v0 e\\v f\\plain g", "aeg"),
    ] {
        let file = document(body);
        assert_eq!(words(&file), said, "{body}");
        assert_eq!(words(rebuilt(&file).0.as_bytes()), said, "{body}");
    }
}

#[test]
fn every_vector_is_named_and_gone() {
    for vector in vectors::all() {
        let (name, bytes) = (&vector.seed.name, &vector.seed.bytes);
        assert_eq!(identify::identify(bytes, "a.doc"), Kind::Rtf, "{name}");
        let untreated = with(|context| rtf::verify(bytes, context));
        assert_eq!(untreated, Err(Refusal::Residue), "{name}");
        for tier in [Treatment::Rebuild, Treatment::Text] {
            let (output, removed) = treated(tier, bytes).unwrap();
            let named = removed.iter().any(|line| line.what == vector.what);
            assert!(named, "{name}: {removed:?}");
            assert!(!output.contains(vector.gone), "{name}: {output}");
            let said = if tier == Treatment::Rebuild {
                words(output.as_bytes())
            } else {
                output
            };
            assert!(said.contains(WORDS), "{name}: {said}");
            // What stands in for an object or field is what a reader saw.
            let shown = bytes.windows(6).any(|window| window == b"shown}");
            assert_eq!(said.contains("shown"), shown, "{name}: {said}");
        }
    }
}

/// Each vector in the middle of a file of our own is refused, too: the
/// verifier does not only look at the head.
#[test]
fn a_vector_inside_our_own_form_is_refused() {
    let (own, _) = rebuilt(&document(&format!("\\pard {}\\par", unicode(WORDS))));
    for vector in vectors::all() {
        let file = String::from_utf8_lossy(&vector.seed.bytes).into_owned();
        let Some((_, active)) = file.split_once("\\pard ") else {
            continue;
        };
        let active = active.trim_end_matches(['}', '\n']);
        let hidden = own.replace("\\par\n}", &format!("{active}\n}}"));
        let refused = with(|context| rtf::verify(hidden.as_bytes(), context));
        assert_eq!(refused, Err(Refusal::Residue), "{}", vector.seed.name);
    }
}

#[test]
fn what_only_begins_like_rich_text_is_refused() {
    for seed in vectors::refused() {
        assert_eq!(identify::identify(&seed.bytes, "a.txt"), Kind::Rtf);
        for tier in [Treatment::Rebuild, Treatment::Text] {
            let refused = treated(tier, &seed.bytes);
            let named = matches!(refused, Err(Refusal::Malformed | Refusal::OverBudget));
            assert!(named, "{}: {refused:?}", seed.name);
        }
    }
    // Behind blanks it still is what programs open; behind words it is text.
    let behind = [b"\xEF\xBB\xBF \r\n".to_vec(), document("a")].concat();
    assert_eq!(identify::identify(&behind, "a.txt"), Kind::Rtf);
    assert_eq!(words(&behind), "a");
    let later = [b"x".to_vec(), document("a")].concat();
    assert_eq!(identify::identify(&later, "a.txt"), Kind::Text);
    assert_eq!(identify::identify(&later, "a.rtf"), Kind::Unsupported);
    // An archive behind it: two readers, two views.
    let both = [document("a"), b"PK\x05\x06".to_vec(), vec![0; 18]].concat();
    assert_eq!(identify::identify(&both, "a.rtf"), Kind::Unknown);
}

#[test]
fn deleted_text_stays_a_change_and_is_no_text() {
    let file =
        document("{\\*\\revtbl{Unknown;}{A;}}\\pard a{\\deleted\\revauthdel1 b}{\\revised c}\\par");
    let (output, removed) = rebuilt(&file);
    assert!(output.contains("{\\deleted\\revauthdel1 b}{\\revised c}"));
    assert_eq!(removed, []);
    assert_eq!(words(&file), "ac\n");
}

#[test]
fn hidden_text_stays_hidden_and_is_no_text() {
    let file = document("\\pard a{\\v b\\tab{\\b c}\\plain d}\\v e\\~\\v0 f\\par");
    let (output, removed) = rebuilt(&file);
    assert!(output.contains("{\\v b\\tab{\\b c}\\plain d}\\v e\\~\\v0 f\\par"));
    assert_eq!(removed, []);
    let (said, removed) = treated(Treatment::Text, &file).unwrap();
    let named: Vec<_> = removed.iter().map(|line| (line.what, line.count)).collect();
    assert_eq!(
        (said.as_str(), named),
        ("adf\n", vec![(What::HiddenContent, 2)])
    );
}

#[test]
fn a_site_can_have_changes_accepted_and_comments_left_out() {
    let wish = Wish {
        without_comments: true,
        changes_accepted: true,
        ..Wish::default()
    };
    let file = document(
        "{\\*\\revtbl{A;}}\\pard a{\\deleted b\\tab\\plain d}{\\revised c}\
         {\\*\\atnid evil}{\\*\\atnauthor evil}\\chatn{\\*\\annotation{\\*\\atnref 1}evil}\\par",
    );
    let (output, removed) = wished(Treatment::Rebuild, wish, &file).unwrap();
    assert!(
        output.ends_with("\\pard a{\\plain d}{c}\\par\n}\n"),
        "{output}"
    );
    let named: Vec<What> = removed.iter().map(|line| line.what).collect();
    assert_eq!(named, [What::Comment, What::Revision]);
    assert_eq!(words(output.as_bytes()), "adc\n");
}

#[test]
fn how_much_of_the_words_is_left_is_told() {
    use Treatment::{Rebuild, Text};
    for (body, tier, share) in [
        ("abc", Rebuild, 100),
        ("ab c{\\v d}", Rebuild, 100),
        ("ab c{\\v d}", Text, 75),
        ("a{\\field{\\*\\fldinst DDE x}{\\fldrslt b}}", Rebuild, 100),
        ("", Rebuild, 100),
    ] {
        let mut report = Report::default();
        let tier = (Kind::Rtf, tier);
        let file = format!("{{\\rtf1 {body}}}");
        with(|context| {
            rtf::treat(tier, Wish::default(), file.as_bytes(), context, &mut report).unwrap()
        });
        assert_eq!(report.closeness, Some(share), "{body}");
    }
}

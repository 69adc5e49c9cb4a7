//! What the reader may keep the verifier accepts; what it never wrote not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests stop at the first surprise

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::vocabulary::{Number, Room};
use super::{destination, shape, treat, verify, vocabulary};
use crate::policy::Limits;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Context, Fonts, Kind, Refusal, Report, Treatment, What};

fn with<T>(act: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    act(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

fn treated(tier: Treatment, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    with(|context| {
        let mut report = Report::default();
        treat(
            (Kind::Rtf, tier),
            Wish::default(),
            bytes,
            context,
            &mut report,
        )
    })
}

fn accepted(output: &[u8]) -> Result<(), &'static str> {
    with(|context| verify::examine(output, context)).map_err(|why| why.0)
}

/// A way into each room.
fn inside(room: Room, content: &str) -> String {
    let around = match room {
        Room::Text => "{#}",
        Room::Fonts => "{\\fonttbl{#}}",
        Room::Colours => "{\\colortbl #;}",
        Room::Styles => "{\\stylesheet{#}}",
        Room::Lists => "{\\*\\listtable{\\list#}}",
        Room::Numbering => "{\\*\\pn#}",
        Room::Field => "{\\field{\\*\\fldinst PAGE}#}",
        Room::Instruction => "{\\field{\\*\\fldinst PAGE#}}",
        Room::Form => "{\\field{\\*\\fldinst PAGE{\\*\\formfield#}}}",
        Room::Shape => "{\\shp{\\*\\shpinst#}}",
        Room::Name => "{\\*\\bkmkstart #}",
        Room::Level => "{\\*\\listtable{\\list{\\listlevel{\\leveltext #}}}}",
        Room::Property | Room::Picture => "{#}",
    };
    format!("{{\\rtf1{}}}", around.replace('#', content))
}

#[test]
fn every_word_that_is_kept_is_one_the_verifier_knows() {
    let mut words = 0;
    for word in vocabulary::all() {
        words += 1;
        let numbers = match word.number {
            Number::Bare | Number::Toggle => ["", "0", "1", "7"],
            Number::Overrides => ["0", "1", "9", "25"],
            _ => ["", "-1000000", "255", "-2147483648"],
        };
        for number in numbers {
            let name = word.name;
            let file = inside(word.room, &format!("\\{name}{number} "));
            let output = treated(Treatment::Rebuild, file.as_bytes()).unwrap();
            let text = String::from_utf8(output.clone()).unwrap();
            assert_eq!(accepted(&output), Ok(()), "{text}");
            let number = number.parse().ok();
            if let Some(kept) = word.number.judge(number) {
                let kept = kept.map_or(String::new(), |number| number.to_string());
                assert!(text.contains(&format!("\\{name}{kept}")), "{file} {text}");
            }
        }
    }
    assert!(words > 900, "{words}");
}

#[test]
fn every_group_that_is_kept_is_one_the_verifier_knows() {
    for (kept, within) in destination::kept() {
        for room in within {
            let star = if kept.starred { "\\*" } else { "" };
            let (open, name) = (format!("{{{star}"), kept.name);
            // A field has one code.
            if matches!(name, "fldinst" | "field") {
                continue;
            }
            for start in [open.as_str(), "{", "{\\*", "{\\b"] {
                let file = inside(*room, &format!("{start}\\{name} a;}}"));
                let output = treated(Treatment::Rebuild, file.as_bytes()).unwrap();
                let text = String::from_utf8(output.clone()).unwrap();
                assert_eq!(accepted(&output), Ok(()), "{file} {text}");
                assert!(text.contains(&format!("{open}\\{name}")), "{file} {text}");
            }
        }
    }
}

/// Stated twice: what the verifier knows and nobody writes would pass unseen.
#[test]
fn the_verifier_knows_nothing_that_is_never_written() {
    let kept: BTreeSet<_> = vocabulary::all()
        .filter(|word| !matches!(word.room, Room::Property | Room::Picture))
        .map(|word| (format!("{:?}", word.room), word.name))
        .collect();
    let known: BTreeSet<_> = verify::words::all()
        .map(|(room, name)| (format!("{room:?}"), name))
        .collect();
    assert_eq!(known.difference(&kept).collect::<Vec<_>>(), [] as [&_; 0]);
    let kept: BTreeSet<_> = destination::kept().map(|(kept, _)| kept.name).collect();
    let known: BTreeSet<_> = verify::words::groups().collect();
    assert_eq!(known, kept);
    let kept: BTreeSet<_> = shape::all().collect();
    let known: BTreeSet<_> = verify::property::all().collect();
    assert_eq!(known, kept);
}

#[test]
fn the_groups_are_listed_where_that_is_wished() {
    let file = b"{\\rtf1{\\object{\\*\\objdata 01}}x}";
    let listed = |structure| {
        let wish = Wish {
            structure,
            ..Wish::default()
        };
        with(|context| {
            let mut report = Report::default();
            let how = (Kind::Rtf, Treatment::Rebuild);
            treat(how, wish, file, context, &mut report).unwrap();
            report.structure.len()
        })
    };
    assert_eq!((listed(true), listed(false)), (2, 0));
}

#[test]
fn a_code_that_readers_part_in_their_own_ways_becomes_what_it_shows() {
    for (code, what) in [
        (
            "HYPERLINK \"https://ok.example/\" \\\\h\"file://evil/x\"",
            What::Link,
        ),
        (
            "HYPERLINK \"https://ok.example/\" \\\\nfile://evil/x",
            What::Link,
        ),
        (
            "HYPERLINK \\\\\\\\evil \\\\h \"https://ok.example/\"",
            What::Link,
        ),
        ("PAGE DDE evil", What::FieldCode),
        ("PAGE {\\deleted x}evil", What::FieldCode),
    ] {
        let file = format!("{{\\rtf1{{\\field{{\\*\\fldinst {code}}}{{\\fldrslt RES}}}}}}");
        let (output, report) = with(|context| {
            let mut report = Report::default();
            let how = (Kind::Rtf, Treatment::Rebuild);
            let output = treat(how, Wish::default(), file.as_bytes(), context, &mut report);
            (output.unwrap(), report)
        });
        let text = String::from_utf8(output.clone()).unwrap();
        assert!(text.contains("RES") && !text.contains("evil"), "{text}");
        assert_eq!(report.removed[0].what, what, "{code}");
        assert_eq!(accepted(&output), Ok(()));
        let own = format!(
            "{{\\rtf1\\ansi\\ansicpg1252\\uc1{{\\field{{\\*\\fldinst {code}}}{{\\fldrslt RES}}}}}}\n"
        );
        assert!(accepted(own.as_bytes()).is_err(), "{code}");
    }
}

#[test]
fn only_our_own_spelling_is_accepted() {
    let own = "{\\rtf1\\ansi\\ansicpg1252\\uc1";
    for good in [
        "}\n",
        " a\\u12354?\\u-10179?\\u-8704?\\~}\n",
        "{\\b a}\\par\n}\n",
        "\\par}\n",
        "{\\field{{\\*\\fldinst PAGE}}}}\n",
    ] {
        assert_eq!(
            accepted(format!("{own}{good}").as_bytes()),
            Ok(()),
            "{good}"
        );
    }
    for bad in [
        "}",
        "}\n ",
        "\n}\n",
        "\\b\n}\n",
        "{}\n",
        "}}\n",
        " \u{3042}}\n",
        "\\'82\\'a0}\n",
        "\\u12354}\n",
        "\\u12354x}\n",
        "\\u97?}\n",
        "\\u8238?}\n",
        "\\u-10179?a}\n",
        "\\u-8704?}\n",
        "\\u12354?\\u-10179?}\n",
        "\\v2 a}\n",
        "\\b2}\n",
        "\\b-}\n",
        "\\B}\n",
        "\\li1000001}\n",
        "\\f32768}\n",
        "\\zzz}\n",
        "{\\*\\zzz}}\n",
        "{\\*\\b a}}\n",
        "{\\bkmkstart a}}\n",
        "{\\*\\header a}}\n",
        "{\\field{\\fldrslt a}}}\n",
        "{\\field{\\*\\fldinst PAGE}{\\*\\fldinst PAGE}}}\n",
        "{\\field{\\*\\fldinst DDE}}}\n",
        "{\\field{\\*\\fldinst PAGE DDE}}}\n",
        "{\\field{\\*\\fldinst HYPERLINK \\\\h\"file://evil\" \"https://ok.example/\"}}}\n",
        "{\\field{\\*\\fldinst {PAGE}}}}\n",
        "{\\field a}}\n",
        "{\\b\\footnote a}}\n",
        "{\\*\\listtable{\\list\\listoverridecount25}}}\n",
        "{\\colortbl a;}}\n",
        "{\\leveltext\\'01;}}\n",
        "{\\pict\\pngblip\n00}}\n",
        "{\\pict\\pngblip}}\n",
        "{\\pict\\emfblip\n00}}\n",
        "{\\shp{\\*\\shpinst{\\sp{\\sn pib}{\\sv 1}}}}}\n",
        "{\\shp{\\*\\shpinst{\\sp{\\sn rotation}{\\sv a}}}}}\n",
        "{\\shp{\\*\\shpinst{\\sp{\\sn wzName}{\\sv 1}}}}}\n",
        "\\tab\tx}\n",
        "\\bin1 x}\n",
    ] {
        assert!(accepted(format!("{own}{bad}").as_bytes()).is_err(), "{bad}");
    }
}

/// Pieces that mean something, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "{\\*",
        "\\*",
        "\\b ",
        "\\par ",
        "a",
        "\\'82",
        "\\'a0",
        "\\'5c",
        "\\\\",
        "\\{",
        "\\u12354 ",
        "\\u-10179?",
        "\\uc2 ",
        "\\f1 ",
        "\\fcharset128 ",
        "{\\fonttbl",
        "\\cell ",
        "\\trowd ",
        "{\\field",
        "{\\*\\fldinst ",
        "PAGE",
        "DDE ",
        "{\\fldrslt ",
        "{\\footnote ",
        "\\header ",
        "{\\pict\\pngblip ",
        "89504e47",
        "\\bin3 ",
        "{\\*\\objdata ",
        "\\v ",
        "\\plain ",
        "{\\upr",
        "{\\*\\ud",
        "{\\shp{\\*\\shpinst",
        "{\\sp{\\sn ",
        "}{\\sv ",
        "rotation",
        "9",
        "{\\*\\listtable{\\list{\\listlevel{\\leveltext",
        "\\'01",
        ";",
        "{\\*\\formfield",
        "\\~",
        "\n",
        "{\\colortbl",
        "\\red9",
        "{\\stylesheet",
        "{\\*\\cs1 ",
        "-",
        " ",
        "\u{3042}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| format!("{{\\rtf1{}", pieces.concat()))
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_accepted_output_or_a_refusal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let file = [b"{\\rtf1 ", bytes.as_slice()].concat();
        if let Ok(output) = treated(Treatment::Rebuild, &file) {
            prop_assert_eq!(accepted(&output), Ok(()));
        }
        let _ = accepted(&file);
    }

    #[test]
    fn any_words_end_in_an_accepted_output_that_says_the_same(file in pieces()) {
        let output = treated(Treatment::Rebuild, file.as_bytes()).unwrap();
        let shown = String::from_utf8_lossy(&output).into_owned();
        prop_assert_eq!(accepted(&output), Ok(()), "{}", shown);
        // Once written, it is what it is.
        let again = treated(Treatment::Rebuild, &output).unwrap();
        prop_assert_eq!(shown, String::from_utf8_lossy(&again).into_owned());
        let [said, kept] = [file.as_bytes(), &output]
            .map(|bytes| treated(Treatment::Text, bytes).unwrap());
        prop_assert_eq!(String::from_utf8_lossy(&said), String::from_utf8_lossy(&kept));
    }
}

//! The verifier's list of names against the parser's: stated twice, so that a
//! slip in one is caught by the other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{accepts, everything, rebuild};
use crate::sanitise::What;
use crate::sanitise::office::verify::renaming::{places, renamed};
use crate::sanitise::office::vocabulary::Vocabulary as _;
use crate::sanitise::ooxml::fixture::{self, Draft};
use crate::sanitise::ooxml::reduce::formula::is_harmless;
use crate::sanitise::ooxml::reduce::rule::{self, Rule, Verdict};
use crate::sanitise::ooxml::role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::verify::book::calculates;
use crate::sanitise::ooxml::verify::{markup, names};
use crate::sanitise::ooxml::vocabulary;

/// Known to the parser and kept by its rules, and yet never written: it is
/// renamed or taken out by what is in it.
const NEVER_WRITTEN: &[(Space, &str)] = &[(Space::W, "object"), (Space::P, "oleObj")];

fn spaces() -> impl Iterator<Item = Space> {
    let all = Space::ALL.iter().map(|(space, ..)| *space);
    all.filter(|space| *space != Space::Mc).chain([Space::Xml])
}

/// What can be written of a namespace: elements, attributes without and with
/// a prefix.
fn written(space: Space) -> [BTreeSet<&'static str>; 3] {
    let [elements, bare, prefixed] = vocabulary::all(space);
    let stays = |element, attribute| {
        let verdict = rule::for_attribute((element, ""), attribute, "");
        matches!(verdict, Verdict::Keep)
    };
    let elements = elements.into_iter().filter(|name| {
        let kept = matches!(rule::for_element(space, name), Rule::Keep);
        kept && !NEVER_WRITTEN.contains(&(space, name))
    });
    let bare = bare.into_iter();
    let prefixed = prefixed.into_iter();
    [
        elements.collect(),
        bare.filter(|name| stays(space, (Space::None, name)))
            .collect(),
        prefixed
            .filter(|name| stays(Space::None, (space, name)))
            .collect(),
    ]
}

#[test]
fn what_is_written_is_accepted_and_nothing_else() {
    let mut accepted: BTreeMap<_, _> = (names::all().iter())
        .map(|known| (known.prefix, known.lists()))
        .collect();
    for space in spaces() {
        let prefix = space.prefix();
        let lists = accepted.remove(prefix).unwrap();
        for (list, written) in lists.into_iter().zip(written(space)) {
            let accepted: BTreeSet<_> = list.iter().copied().collect();
            let differ: Vec<_> = accepted.symmetric_difference(&written).collect();
            assert!(differ.is_empty(), "{prefix}: {differ:?}");
            assert_eq!(accepted.len(), list.len(), "{prefix}: a name twice");
        }
    }
    assert!(accepted.is_empty(), "lists without a namespace");
}

#[test]
fn a_part_holds_the_same_namespaces_by_both_lists() {
    for row in role::ROWS.iter().filter(|row| !row.root.1.is_empty()) {
        let root = match row.root.0.prefix() {
            "" => row.root.1.to_owned(),
            prefix => format!("{prefix}:{}", row.root.1),
        };
        for space in spaces().filter(|space| *space != Space::Xml) {
            assert_eq!(
                rule::belongs(row.root.0, space),
                names::prefixes(&root).contains(&space.prefix()),
                "{space:?} in {root}"
            );
        }
    }
}

#[test]
fn a_relation_leads_to_the_same_by_both_lists() {
    let ids = [(Space::O, "relid")].into_iter().chain(
        vocabulary::all(Space::R)[2]
            .clone()
            .into_iter()
            .map(|name| (Space::R, name)),
    );
    let ids: Vec<_> = ids.collect();
    let mut seen = 0;
    for space in spaces() {
        for element in vocabulary::all(space)[0].clone() {
            for id in &ids {
                let may = rule::leads((space, element), *id);
                let roles = may.to.iter().map(|role| role.row().unwrap().relation);
                let mut written: Vec<_> = roles.collect();
                written.extend(may.to_the_web.then_some("hyperlink"));
                written.sort_unstable();
                let name = match space.prefix() {
                    "" => element.to_owned(),
                    prefix => format!("{prefix}:{element}"),
                };
                let key = format!("{}:{}", id.0.prefix(), id.1);
                let mut accepted = markup::may_lead_to(&name, &key).to_vec();
                accepted.sort_unstable();
                assert_eq!(written, accepted, "{name} {key}");
                seen += usize::from(!accepted.is_empty());
            }
        }
    }
    assert_eq!(
        seen,
        markup::all_leads(),
        "a row that no element stands for"
    );
}

/// Readers take an id for what its relation says, wherever it stands.
#[test]
fn an_id_in_the_wrong_place_leads_nowhere() {
    let picture = "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>\
        <a:blip r:embed=\"rId2\" r:link=\"rId3\"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>\
        <w:p><w:r><w:pict><v:shape><v:imagedata r:id=\"rId3\"/></v:shape></w:pict></w:r></w:p>";
    let draft = fixture::word(picture)
        .part("word/media/image1.png", "", &fixture::png())
        .relation("word/document.xml", "image", "word/media/image1.png")
        .external(
            "word/document.xml",
            "hyperlink",
            "https://tracker.example.com/x.png",
        );
    assert!(accepts(draft.kind, &draft.bytes()).is_err());
    let (output, _) = rebuild(draft.kind, &draft.bytes()).unwrap();
    assert_eq!(accepts(draft.kind, &output), Ok(()));
    let all = everything(&output);
    assert!(all.contains("r:embed=\"rId2\""));
    assert!(!all.contains("r:link") && !all.contains("imagedata") && !all.contains("tracker"));
}

#[test]
fn what_belongs_to_other_parts_is_taken_out_and_said() {
    let draft = fixture::sheet(
        "",
        "<p:timing xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"/>",
        "",
    );
    assert!(accepts(draft.kind, &draft.bytes()).is_err());
    let (output, report) = rebuild(draft.kind, &draft.bytes()).unwrap();
    assert_eq!(accepts(draft.kind, &output), Ok(()));
    assert!(!everything(&output).contains("timing"));
    assert_eq!(report.removed[0].what, What::UnknownPart);
}

/// Names that act, of every prefix, and the like.
const ELSEWHERE: &[&str] = &[
    "altChunk",
    "control",
    "object",
    "oleObj",
    "oleObject",
    "OLEObject",
    "attachedTemplate",
    "cmd",
    "audioFile",
    "externalData",
    "FmlaMacro",
    "macro",
    "href",
    "src",
    "link",
    "oleid",
    "codeName",
    "connectionId",
    "rsidR",
    "onclick",
    "script",
];

fn drafts() -> Vec<Draft> {
    let mut drafts = fixture::clean();
    drafts.push(fixture::word_with_picture(&fixture::png()));
    drafts
}

/// What formulas are made of.
const SIGNS: &[&str] = &[
    "SUM(",
    "IF (",
    "A1",
    "B2:C3",
    " ",
    ",",
    "(",
    ")",
    "-",
    "+",
    "\"",
    "\"text\"",
    "'",
    "'Sheet 1'!A1",
    "[",
    "]",
    "Table1[[#This Row],[x]]",
    "|",
    "!",
    "{1,2;3}",
    "_xlfn.",
    "_xlws.FILTER(",
    "INDIRECT(",
    "HYPERLINK(\"https://example.lg.jp/\",",
    "WEBSERVICE(",
    "RUN(",
    "MyMacro(",
    "令和",
    "_xleta.",
    "_xleta.WEBSERVICE",
    "_xlpm.x",
    "HYPERLINK",
    "IMAGE",
    "SUM",
    " ",
    "\u{a0}",
    "\r",
    "(",
    ")",
    "}",
    ",",
    "@",
    "T[",
    "'[]",
    "[x]",
    "HYPERLINK(\"https://a.example/\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A formula that the parser leaves is one that the verifier accepts.
    #[test]
    fn formulas_that_are_left_are_accepted(signs in prop::collection::vec(prop::sample::select(SIGNS), 1..8)) {
        let formula = signs.concat();
        if is_harmless(&formula) {
            prop_assert!(calculates(&formula).is_ok(), "{}", formula);
        }
    }

    /// An output with any one element or attribute renamed to what is in no
    /// list is refused, for that and nothing else.
    #[test]
    fn a_name_outside_the_lists_is_refused(
        which in any::<prop::sample::Index>(), part in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        name in prop_oneof!["[a-zA-Z][a-zA-Z0-9]{0,11}", prop::sample::select(ELSEWHERE).prop_map(str::to_owned)],
    ) {
        let mut draft = which.get(&drafts()).clone();
        prop_assert_eq!(accepts(draft.kind, &draft.bytes()), Ok(()));
        let parts: Vec<usize> = (0..draft.parts.len())
            .filter(|at| draft.parts[*at].0.ends_with(".xml"))
            .collect();
        let content = &mut draft.parts[*part.get(&parts)].2;
        let text = std::str::from_utf8(content).unwrap();
        let place = place.get(&places(text)).clone();
        let renamed = renamed(text, &place, &name, names::all());
        prop_assume!(renamed.is_some());
        *content = renamed.clone().unwrap().into_bytes();
        let verdict = accepts(draft.kind, &draft.bytes());
        prop_assert!(
            verdict.is_err_and(|why| ["element", "root", "attribute"].contains(&why)),
            "{:?}: {:?}", verdict, renamed
        );
    }
}

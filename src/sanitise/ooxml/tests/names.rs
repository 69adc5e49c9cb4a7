//! The verifier's list of names against the parser's: stated twice, so that a
//! slip in one is caught by the other.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{accepts, everything, rebuild};
use crate::sanitise::What;
use crate::sanitise::office::vocabulary::Vocabulary as _;
use crate::sanitise::ooxml::fixture::{self, Draft};
use crate::sanitise::ooxml::reduce::rule::{self, Rule, Verdict};
use crate::sanitise::ooxml::role;
use crate::sanitise::ooxml::space::Space;
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
    let mut accepted: Vec<(&str, [Vec<&str>; 3])> = names::all().collect();
    for space in spaces() {
        let at = accepted
            .iter()
            .position(|(prefix, _)| *prefix == space.prefix())
            .unwrap_or_else(|| panic!("no list for {:?}", space.prefix()));
        let (prefix, lists) = accepted.swap_remove(at);
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

/// The names at `<` and before `="` of a part: whether an element, and where.
fn places(text: &str) -> Vec<(bool, std::ops::Range<usize>)> {
    let end = |at: usize| {
        let rest = &text[at..];
        at + rest.find([' ', '/', '>', '=']).unwrap_or(rest.len())
    };
    let opens = text.match_indices('<').map(|(at, _)| (true, at + 1));
    let keys = text.match_indices("=\"").map(|(at, _)| {
        let before = text[..at].rfind(' ').map_or(0, |space| space + 1);
        (false, before)
    });
    opens
        .chain(keys)
        .map(|(element, at)| (element, at..end(at)))
        .filter(|(_, range)| {
            let name = &text[range.clone()];
            !name.is_empty() && !name.starts_with(['?', '/', '!']) && !name.starts_with("xmlns")
        })
        .filter(|(_, range)| !["version", "encoding", "standalone"].contains(&&text[range.clone()]))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// An output with any one element or attribute renamed to what is in no
    /// list is refused.
    #[test]
    fn a_name_outside_the_lists_is_refused(
        which in any::<prop::sample::Index>(), part in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        name in prop_oneof![
            "[a-zA-Z][a-zA-Z0-9]{0,11}".prop_map(|name| name),
            prop::sample::select(ELSEWHERE).prop_map(str::to_owned),
        ],
    ) {
        let drafts = drafts();
        let draft = &drafts[which.index(drafts.len())];
        prop_assert_eq!(accepts(draft.kind, &draft.bytes()), Ok(()));
        let mut entries = draft.entries();
        let named: Vec<usize> = (0..entries.len())
            .filter(|at| draft.parts.iter().any(|part| part.0 == entries[*at].0 && part.0.ends_with(".xml")))
            .collect();
        let (_, content) = &mut entries[named[part.index(named.len())]];
        let mut text = String::from_utf8(content.clone()).unwrap();
        let places = places(&text);
        let (element, range) = places[place.index(places.len())].clone();
        let old = text[range.clone()].to_owned();
        let (prefix, new) = match old.split_once(':') {
            Some((prefix, _)) => (prefix, format!("{prefix}:{name}")),
            None => ("", name.clone()),
        };
        let has = |(of, lists): &(&str, [Vec<&str>; 3]), kind: usize| {
            (kind == 1 || *of == prefix) && lists[kind].contains(&name.as_str())
        };
        // Without a prefix a name must be in the list of no element at all.
        let kind = if element { 0 } else if prefix.is_empty() { 1 } else { 2 };
        let listed = names::all().any(|row| has(&row, kind));
        prop_assume!(!listed);
        text.replace_range(range.clone(), &new);
        if element {
            // The end tag that goes with it.
            let behind = range.start + new.len();
            let mut depth = 0_i32;
            let mut at = behind;
            while let Some(next) = text[at..].find('<') {
                at += next;
                let tag = &text[at..at + text[at..].find('>').unwrap() + 1];
                if depth == 0 && tag == format!("</{old}>") {
                    let tag = at..at + tag.len();
                    text.replace_range(tag, &format!("</{new}>"));
                    break;
                }
                if tag.starts_with(&format!("</{old}>")) {
                    depth -= 1;
                } else if (tag.starts_with(&format!("<{old} ")) || tag.starts_with(&format!("<{old}>"))) && !tag.ends_with("/>") {
                    depth += 1;
                }
                at += 1;
            }
        }
        *content = text.into_bytes();
        let verdict = accepts(draft.kind, &fixture::zip(&entries));
        let expected: &[_] = if element { &["element", "root", "end tag"] } else { &["attribute"] };
        prop_assert!(verdict.is_err_and(|why| expected.contains(&why)), "{} -> {}: {:?}", old, new, verdict);
    }
}

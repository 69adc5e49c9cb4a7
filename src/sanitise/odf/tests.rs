//! The verifier's lists against what is written: stated twice, so that a slip
//! in one is caught by the other. Documents are in the integration tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests stop at the first surprise

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mutation::seeds::odf;
use proptest::prelude::*;

use super::reduce::formula::stays_inside;
use super::reduce::setting as left;
use super::space::Space;
use super::verify::calculation::stays;
use super::verify::{examine, names, setting as accepted};
use super::{treat, vocabulary};
use crate::policy::Limits;
use crate::sanitise::office::verify::layout;
use crate::sanitise::office::verify::renaming::{places, renamed};
use crate::sanitise::office::vocabulary::Vocabulary as _;
use crate::sanitise::ooxml::fixture::zip;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Context, Fonts, Kind, Report, Treatment};

/// Read for what stands in them, and taken out.
const NEVER_WRITTEN: &[(Space, &str)] = &[
    (Space::Office, "forms"),
    (Space::Office, "scripts"),
    (Space::Draw, "control"),
    (Space::Draw, "engine"),
];

#[test]
fn what_is_written_is_accepted_and_nothing_else() {
    let mut accepted: BTreeMap<_, _> = (names::all().iter())
        .map(|known| (known.prefix, known.lists()))
        .collect();
    let spaces = Space::WRITTEN.iter().map(|(space, ..)| *space);
    for space in spaces.chain([Space::Xml]) {
        let prefix = space.prefix();
        let lists = accepted.remove(prefix).unwrap();
        let [elements, attributes] = vocabulary::all(space).map(|mut names| {
            names.retain(|name| !NEVER_WRITTEN.contains(&(space, *name)));
            names
        });
        let (bare, prefixed) = if space == Space::Math {
            (attributes, Vec::new())
        } else {
            (Vec::new(), attributes)
        };
        for (list, written) in lists.into_iter().zip([elements, bare, prefixed]) {
            let accepted: BTreeSet<_> = list.iter().collect();
            let written: BTreeSet<_> = written.iter().collect();
            let differ: Vec<_> = accepted.symmetric_difference(&written).collect();
            assert!(differ.is_empty(), "{prefix}: {differ:?}");
            assert_eq!(accepted.len(), list.len(), "{prefix}: a name twice");
        }
    }
    assert!(accepted.is_empty(), "lists without a namespace");
}

#[test]
fn settings_that_are_left_are_accepted_and_no_others() {
    let left: BTreeSet<_> = left::all().collect();
    let accepted: BTreeSet<_> = accepted::all().collect();
    assert_eq!(left, accepted);
}

type Entries = Vec<(String, Vec<u8>)>;

/// What we make of a text and of a workbook, entry by entry.
fn outputs() -> Vec<(Kind, Entries)> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let inputs = [
        (Kind::OdfText, odf::letter().bytes()),
        (Kind::OdfSheet, odf::book().bytes()),
    ];
    let outputs = inputs.map(|(kind, bytes)| {
        let how = (kind, Treatment::Rebuild);
        let report = &mut Report::default();
        let output = treat(how, Wish::default(), &bytes, &context, report).unwrap();
        (kind, layout::entries(&output, &limits).unwrap())
    });
    outputs.into()
}

#[test]
fn services_that_are_named_go_and_are_refused_for_that() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let whys = [
        ("engine.odt", "attribute"),
        ("chart.odt", "service"),
        ("series.odt", "service"),
    ];
    for (name, why) in whys {
        let mut vectors = odf::vectors::all().into_iter();
        let vector = vectors.find(|vector| vector.seed.name == name).unwrap();
        let bytes = &vector.seed.bytes;
        let refused = examine(Kind::OdfText, bytes, &limits).unwrap_err();
        assert_eq!(refused.0, why, "{name}");
        let report = &mut Report::default();
        let how = (Kind::OdfText, Treatment::Rebuild);
        let output = treat(how, Wish::default(), bytes, &context, report).unwrap();
        assert!(examine(Kind::OdfText, &output, &limits).is_ok(), "{name}");
        let entries = layout::entries(&output, &limits).unwrap();
        let chart = entries
            .iter()
            .find(|(name, _)| name == "embedded1/content.xml");
        let bar = chart.is_some_and(|(_, content)| {
            String::from_utf8_lossy(content).contains("<chart:chart chart:class=\"chart:bar\"")
        });
        assert_eq!(bar, name != "engine.odt", "{name}");
        assert_eq!(report.removed.len(), 1, "{name}: {:?}", report.removed);
    }
}

/// What is left of a chart whose namespace nobody knows is none: it goes, and its
/// document stays.
#[test]
fn a_chart_of_names_that_nobody_knows_costs_nothing_else() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut vectors = odf::vectors::all().into_iter();
    let vector = vectors.find(|vector| vector.seed.name == "chart.odt");
    let mut written = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in layout::entries(&vector.unwrap().seed.bytes, &limits).unwrap() {
        let content = String::from_utf8(content.to_vec()).unwrap();
        let options = zip::write::SimpleFileOptions::default();
        written.start_file(&name, options).unwrap();
        let content = content.replace("xmlns:chart:1.0", "xmlns:chart:9.9");
        std::io::Write::write_all(&mut written, content.as_bytes()).unwrap();
    }
    let bytes = written.finish().unwrap().into_inner();
    let report = &mut Report::default();
    let how = (Kind::OdfText, Treatment::Rebuild);
    let output = treat(how, Wish::default(), &bytes, &context, report).unwrap();
    assert!(examine(Kind::OdfText, &output, &limits).is_ok());
    let entries = layout::entries(&output, &limits).unwrap();
    assert!(entries.iter().all(|(name, _)| !name.contains("embedded")));
    assert!(!report.removed.is_empty());
}

/// Names that act, of every prefix, and the like.
const ELSEWHERE: &[&str] = &[
    "script",
    "event-listener",
    "execute-macro",
    "dde-source",
    "object-ole",
    "plugin",
    "control",
    "href",
    "command",
    "action",
    "verb",
    "filter-name",
    "class-id",
    "database-name",
    "macro-name",
];

/// What formulas and conditions are made of.
const SIGNS: &[&str] = &[
    "of:=",
    "SUM(",
    "IF (",
    "[.A1]",
    "[$'令和 6'.$A$1:.$C$9]",
    " ",
    ";",
    "(",
    ")",
    "-",
    "\"",
    "\"text\"",
    "'",
    "#REF!",
    "#",
    "|",
    "{1;2|3}",
    "://",
    "COM.MICROSOFT.CONCAT(",
    "INDIRECT(",
    "value()",
    "is-true-formula(",
    "HYPERLINK(\"https://example.lg.jp/\";",
    "WEBSERVICE(",
    "MYMACRO(",
    "cell-content-is-in-list(",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A formula that the parser leaves is one that the verifier accepts.
    #[test]
    fn formulas_that_are_left_are_accepted(signs in prop::collection::vec(prop::sample::select(SIGNS), 1..8)) {
        let formula = signs.concat();
        if stays_inside(&formula) {
            prop_assert!(stays(&formula).is_ok(), "{}", formula);
        }
    }

    /// An output with any one element or attribute renamed to what is in no
    /// list is refused, for that and nothing else.
    #[test]
    fn a_name_outside_the_lists_is_refused(
        which in any::<prop::sample::Index>(), part in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        name in prop_oneof!["[a-z][a-z-]{0,11}", prop::sample::select(ELSEWHERE).prop_map(str::to_owned)],
    ) {
        static OUTPUTS: LazyLock<Vec<(Kind, Entries)>> = LazyLock::new(outputs);
        let (kind, mut entries) = which.get(&OUTPUTS).clone();
        prop_assert!(examine(kind, &zip(&entries), &Limits::default()).is_ok());
        let parts: Vec<usize> = (0..entries.len())
            .filter(|at| ["content.xml", "styles.xml"].contains(&entries[*at].0.as_str()))
            .collect();
        let content = &mut entries[*part.get(&parts)].1;
        let text = std::str::from_utf8(content).unwrap();
        let place = place.get(&places(text)).clone();
        let renamed = renamed(text, &place, &name, names::all());
        prop_assume!(renamed.is_some());
        *content = renamed.clone().unwrap().into_bytes();
        let why = examine(kind, &zip(&entries), &Limits::default()).map_err(|why| why.0);
        prop_assert!(
            why.is_err_and(|why| ["element", "root", "attribute", "body"].contains(&why)),
            "{:?}: {:?}", why, renamed
        );
    }
}

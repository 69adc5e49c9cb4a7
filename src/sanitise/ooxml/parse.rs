//! Strange bytes -> [`Package`]. Walks from the package's root through the
//! relations of `role`'s table only; what no such relation reaches is not
//! read at all, whatever it is called.

use std::collections::{BTreeMap, HashMap};

use super::maker::Maker;
use super::model::{Body, Family, Package, Part, Target};
use super::picture::{Picture, Pictures};
use super::role::{self, Role, Row};
use super::{package, reading, source, stray, vocabulary};
use crate::policy::Limits;
use crate::sanitise::office::link;
use crate::sanitise::office::zip_view::View;
use crate::sanitise::text::Budget;
use crate::sanitise::{Context, Refusal, Report, What};

/// The family of a package by its main part, `None` if it is no package.
pub(super) fn family(bytes: &[u8], limits: &Limits) -> Option<Result<Family, ()>> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let mut view = View::new(bytes, limits).ok()?;
    view.find("[Content_Types].xml")?;
    let found = main_part(&mut view)
        .ok()
        .and_then(|(name, types, _)| role::family(types.of(&name)));
    Some(found.ok_or(()))
}

/// The main part's name, the target of the one `officeDocument` relation; the
/// content types and the relations of the whole package.
pub(super) fn main_part(
    view: &mut View<'_>,
) -> Result<(String, package::Types, Vec<package::Row>), Refusal> {
    let types = package::Types::read(view)?;
    let roots = package::relations(view, "")?;
    let mut mains = roots
        .iter()
        .filter(|row| !row.external && role::step(&row.untrusted_type) == Some("officeDocument"));
    let (Some(main), None) = (mains.next(), mains.next()) else {
        return Err(Refusal::Malformed);
    };
    let name = package::resolve("", &main.untrusted_target).ok_or(Refusal::Malformed)?;
    Ok((name, types, roots))
}

/// Reads a whole package of `family`; for its text alone, the pictures of it are
/// known but not read.
pub(super) fn parse(
    family: Family,
    as_text: bool,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Package, Refusal> {
    let mut view = View::new(bytes, context.limits)?;
    let (main, types, roots) = main_part(&mut view)?;
    let row = role::by_relation(family, "officeDocument").ok_or(Refusal::Unsupported)?;
    if !row.takes(types.of(&main)) {
        return Err(Refusal::Malformed);
    }
    for root in &roots {
        if role::step(&root.untrusted_type) != Some("officeDocument") {
            note(report, "", root);
        }
    }
    let maker = Maker::of(&mut view, &roots);
    let heaviest = usize::try_from(context.limits.memory_bytes / 2).unwrap_or(usize::MAX);
    let mut walk = Walk {
        view,
        types,
        family,
        context,
        report,
        parts: Vec::new(),
        known: HashMap::new(),
        relations: HashMap::from([(String::new(), roots)]),
        left: heaviest,
        pictures: (!as_text).then(Pictures::default),
    };
    let main = walk.visit(row, &main)?.ok_or(Refusal::Malformed)?;
    if main != 0 {
        return Err(Refusal::Malformed);
    }
    let mut at = 0;
    while at < walk.parts.len() {
        walk.relate(at)?;
        at += 1;
    }
    let known = &walk.known;
    let is_kept = |name: &str| {
        known
            .get(&name.to_ascii_lowercase())
            .is_some_and(Option::is_some)
    };
    stray::note(&mut walk.view, walk.relations, is_kept, walk.report);
    Ok(Package {
        family,
        parts: walk.parts,
        maker,
        as_text,
        budget: Budget::new(bytes.len(), context),
    })
}

struct Walk<'a, 'b> {
    view: View<'a>,
    types: package::Types,
    family: Family,
    context: &'a Context<'b>,
    report: &'a mut Report,
    parts: Vec<Part>,
    /// Lower-case names already read; `None`: not kept.
    known: HashMap<String, Option<usize>>,
    /// The relations that were read, by the lower-case name of their part; empty:
    /// of the package.
    relations: HashMap<String, Vec<package::Row>>,
    /// Bytes of memory that tapes may still take.
    left: usize,
    /// `None` where no picture is wanted.
    pictures: Option<Pictures>,
}

impl Walk<'_, '_> {
    /// Reads a part once. `None`: it is left out, and that is noted.
    fn visit(&mut self, row: &'static Row, untrusted_name: &str) -> Result<Option<usize>, Refusal> {
        let key = untrusted_name.to_ascii_lowercase();
        if let Some(known) = self.known.get(&key) {
            // The same part in two roles would be read in two ways.
            let same = known
                .and_then(|at| self.parts.get(at))
                .is_none_or(|part| part.role == row.role);
            return if same {
                Ok(*known)
            } else {
                Err(Refusal::Malformed)
            };
        }
        let body = self.body(row, untrusted_name)?;
        let kept = body.map(|body| {
            self.parts.push(Part {
                role: row.role,
                untrusted_name: untrusted_name.to_owned(),
                body,
                relations: BTreeMap::new(),
                gone: false,
            });
            self.parts.len() - 1
        });
        self.known.insert(key, kept);
        Ok(kept)
    }

    fn body(&mut self, row: &'static Row, untrusted_name: &str) -> Result<Option<Body>, Refusal> {
        let Some(entry) = self.view.find(untrusted_name) else {
            return Ok(None);
        };
        if row.role == Role::Picture {
            let Some(pictures) = &mut self.pictures else {
                return Ok(Some(Body::Picture(Picture::unread())));
            };
            // A picture beyond the budget is left out like one that cannot be
            // read; the words around it are worth having.
            let bytes = match self.view.content(entry) {
                Err(Refusal::OverBudget) => Vec::new(),
                bytes => bytes?,
            };
            let picture = pictures.read(&bytes, untrusted_name, self.context, self.report);
            if picture.is_none() {
                self.report.removed(What::UnknownPart, untrusted_name);
            }
            return Ok(picture.map(Body::Picture));
        }
        if !row.takes(self.types.of(untrusted_name)) {
            self.report.removed(What::UnknownPart, untrusted_name);
            return Ok(None);
        }
        let bytes = self.view.content(entry)?;
        let source = bytes.len();
        let report = &mut *self.report;
        let heaviest = self.left.checked_sub(source).ok_or(Refusal::OverBudget)?;
        let read = source::decode(bytes).and_then(|text| {
            reading::read(text, heaviest, &mut |space, local| {
                // The boxes of notes hold scraps of HTML; their words are
                // in the comments part.
                let is_vml = matches!(row.role, Role::Vml | Role::SlideVml);
                if !is_vml && !vocabulary::goes_silently(space, local) {
                    report.removed(What::UnknownPart, untrusted_name);
                }
            })
        });
        let tape = match read {
            Ok(tape) => tape,
            // VML in the wild is often no XML, font tables are empty: what only
            // dresses the document is left out instead.
            Err(Refusal::Malformed) if only_dresses(row.role) => {
                self.report.removed(What::UnknownPart, untrusted_name);
                return Ok(None);
            }
            Err(refusal) => return Err(refusal),
        };
        if !tape.is(0, row.root.0, row.root.1) {
            return Err(Refusal::Malformed);
        }
        self.left = heaviest.saturating_sub(tape.weight());
        Ok(Some(Body::Xml(tape)))
    }

    /// Reads the relations of a part and the parts they lead to.
    fn relate(&mut self, at: usize) -> Result<(), Refusal> {
        let Some(name) = self.parts.get(at).map(|part| part.untrusted_name.clone()) else {
            return Ok(());
        };
        if self
            .parts
            .get(at)
            .is_some_and(|part| part.role == Role::Picture)
        {
            return Ok(());
        }
        let mut relations = BTreeMap::new();
        let rows = package::relations(&mut self.view, &name)?;
        for row in &rows {
            if !plain_id(&row.id) {
                return Err(Refusal::Malformed);
            }
            let target = self.target(&name, row)?;
            if let Some(target) = target {
                relations.insert(row.id.clone(), target);
            }
        }
        // Each thread has an older note beside it, which stays.
        let mut threads = rows.iter().map(|row| row.untrusted_type.as_str());
        let has_notes = |row: &package::Row| role::step(&row.untrusted_type) == Some("comments");
        if threads.any(|kind| kind.ends_with("/threadedComment")) && !rows.iter().any(has_notes) {
            self.report.removed(What::Comment, &name);
        }
        self.relations.insert(name.to_ascii_lowercase(), rows);
        if let Some(part) = self.parts.get_mut(at) {
            part.relations = relations;
        }
        Ok(())
    }

    fn target(&mut self, name: &str, row: &package::Row) -> Result<Option<Target>, Refusal> {
        let step = role::step(&row.untrusted_type).unwrap_or("");
        if step == "hyperlink" && (row.external || row.untrusted_target.starts_with('#')) {
            if link::is_link(&row.untrusted_target) {
                return Ok(Some(Target::Link(row.untrusted_target.clone())));
            }
            self.report.removed(What::Link, name);
            return Ok(None);
        }
        if row.external {
            let what = match step {
                "image" => What::ExternalImage,
                "attachedTemplate" => What::RemoteTemplate,
                "frame" => What::Frame,
                "oleObject" | "package" => What::OleObject,
                "aFChunk" => What::AltChunk,
                _ => What::ExternalLink,
            };
            self.report.removed(what, name);
            return Ok(None);
        }
        let known =
            role::by_relation(self.family, step).filter(|row| row.relation != "officeDocument");
        let Some(known) = known else {
            note(self.report, name, row);
            return Ok(None);
        };
        let Some(to) = package::resolve(name, &row.untrusted_target) else {
            self.report.removed(What::Link, name);
            return Ok(None);
        };
        Ok(self.visit(known, &to)?.map(Target::Part))
    }
}

/// Parts without which the words are the same.
fn only_dresses(role: Role) -> bool {
    matches!(
        role,
        Role::Vml
            | Role::SlideVml
            | Role::FontTable
            | Role::Theme
            | Role::ThemeOverride
            | Role::TableStyles
            | Role::DiagramStyle
            | Role::DiagramColors
            | Role::DiagramDrawing
    )
}

/// Ids are written as they were, so they must be harmless.
fn plain_id(untrusted_id: &str) -> bool {
    (1..=64).contains(&untrusted_id.len())
        && untrusted_id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Says what a relation that is not followed led to. What only serves an
/// editor's comfort is not worth a line.
pub(super) fn note(report: &mut Report, source: &str, row: &package::Row) {
    let step = (row.untrusted_type.rsplit('/').next()).unwrap_or_default();
    let resolved = package::resolve(source, &row.untrusted_target);
    let untrusted_target = resolved.as_deref().unwrap_or(&row.untrusted_target);
    let what = match step {
        "vbaProject" | "wordVbaData" | "vbaProjectSignature" => What::VbaProject,
        "xlMacrosheet" | "xlIntlMacrosheet" | "dialogsheet" => What::XlmMacro,
        "oleObject" | "package" => What::OleObject,
        "control" | "activeXControlBinary" | "ctrlProp" => What::Activex,
        "attachedTemplate" => What::RemoteTemplate,
        "aFChunk" => What::AltChunk,
        "subDocument" | "externalLink" | "externalLinkPath" => What::ExternalLink,
        "frame" => What::Frame,
        "slideUpdateInfo" => What::ExternalLink,
        "powerPivotData" => What::DataConnection,
        "customXml" | "customXmlProps" | "xmlMaps" | "tableSingleCells" => What::CustomXml,
        "printerSettings" => What::PrinterSettings,
        "font" => What::EmbeddedFont,
        "audio" | "video" | "media" => What::RichMedia,
        "connections" | "queryTable" | "mailMergeSource" | "recipientData" => What::DataConnection,
        "webextension" | "webextensiontaskpanes" => What::WebExtension,
        "ui" | "extensibility" | "userCustomization" | "keyMapCustomizations" => What::CustomUi,
        "origin" | "signature" => What::DigitalSignature,
        "hyperlink" => What::Link,
        "core-properties"
        | "extended-properties"
        | "custom-properties"
        | "extendedProperties"
        | "thumbnail"
        | "people"
        | "person"
        | "classificationlabels" => What::Metadata,
        "threadedComment" | "commentsExtended" | "commentsExtensible" | "commentsIds" => return,
        "calcChain" | "viewProps" | "presProps" | "webSettings" | "stylesWithEffects"
        | "chartStyle" | "chartColorStyle" | "revisionInfo" | "sheetMetadata" => return,
        _ => What::UnknownPart,
    };
    // Who wrote it and when is one thing, however many parts say it.
    let place = if what == What::Metadata {
        "docProps"
    } else {
        untrusted_target
    };
    report.removed(what, place);
}

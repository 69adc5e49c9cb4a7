//! Strange bytes -> [`Package`]. Reads the parts of the table, the objects and
//! pictures that their frames name, and nothing else, whatever it is called.

use std::collections::{HashMap, HashSet};

use super::model::{Class, Document, Family, Package, Part, Role, Tape};
use super::path::{self, Place};
use super::space::Space;
use super::{inventory, manifest};
use crate::policy::Limits;
use crate::sanitise::office::zip_view::View;
use crate::sanitise::office::{picture, reading, source};
use crate::sanitise::{Context, Refusal, Report, What};

/// The longest media type that is looked at.
const LONGEST_TYPE: usize = 100;

/// What the package calls itself: its entry `mimetype` (ODF 1.3 part 2, 3.3).
/// Zip programs put it anywhere and compress it; what is written has it first.
pub(super) fn media_type(view: &mut View<'_>) -> Option<String> {
    let content = view.content(view.find("mimetype")?).ok()?;
    let text = std::str::from_utf8(content.get(..content.len().min(LONGEST_TYPE))?).ok()?;
    Some(text.trim_ascii().to_owned())
}

/// Whether this is the package of another office format as well, or locked.
pub(super) fn first_look(bytes: &[u8], limits: &Limits) -> Result<Option<Family>, Refusal> {
    let mut view = View::new(bytes, limits)?;
    if view.find("[Content_Types].xml").is_some() {
        return Err(Refusal::Malformed);
    }
    let media_type = media_type(&mut view).ok_or(Refusal::Malformed)?;
    manifest::open(&mut view)?;
    Ok(Family::of(&media_type))
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
    if first_look(bytes, context.limits)? != Some(family) {
        return Err(Refusal::Malformed);
    }
    let heaviest = usize::try_from(context.limits.memory_bytes / 2).unwrap_or(usize::MAX);
    let mut walk = Walk {
        view: View::new(bytes, context.limits)?,
        context,
        report,
        pictures: Vec::new(),
        used: HashSet::new(),
        left: heaviest,
        reading: (!as_text).then(picture::Pictures::default),
    };
    let main = walk.document(String::new())?.ok_or(Refusal::Malformed)?;
    let content = main.part(Role::Content).ok_or(Refusal::Malformed)?;
    if held(content, family.body()).is_none() {
        return Err(Refusal::Malformed);
    }
    let title = walk.title()?;
    let mut documents = vec![main];
    walk.objects(&mut documents)?;
    for document in &mut documents {
        walk.pictures(document)?;
    }
    inventory::note(&walk.view, &walk.used, walk.report);
    Ok(Package {
        family,
        documents,
        pictures: walk.pictures,
        title,
    })
}

struct Walk<'a, 'b> {
    view: View<'a>,
    context: &'a Context<'b>,
    report: &'a mut Report,
    pictures: Vec<picture::Picture>,
    /// Lower-case names of the entries that were read.
    used: HashSet<String>,
    /// Bytes of memory that tapes may still take.
    left: usize,
    /// `None` where no picture is wanted.
    reading: Option<picture::Pictures>,
}

impl Walk<'_, '_> {
    /// The parts of a document that stand in this folder; `None` for a folder
    /// that holds none of ours.
    fn document(&mut self, folder: String) -> Result<Option<Document>, Refusal> {
        let mut document = Document {
            class: Class::Main,
            untrusted_folder: folder,
            parts: Vec::new(),
            pictures: HashMap::new(),
            objects: HashMap::new(),
        };
        for (role, file, root) in Role::ALL {
            let name = format!("{}{file}", document.untrusted_folder);
            let tape = match self.xml(&name) {
                // How the window looked is not worth a document.
                Err(Refusal::Malformed) if role == Role::Settings => {
                    self.report.removed(What::UnknownPart, &name);
                    None
                }
                tape => tape?,
            };
            let Some(tape) = tape else { continue };
            if role == Role::Content && !document.untrusted_folder.is_empty() {
                let inside = held(&tape, "chart").filter(|_| tape.is(0, Space::Office, root));
                // What is left of one without a name that we know is no chart.
                let chart = inside.is_some_and(|at| {
                    let mut children = tape.children(at);
                    children.any(|child| tape.is(child, Space::Chart, "chart"))
                });
                document.class = match (chart, tape.is(0, Space::Math, "math")) {
                    (true, _) => Class::Chart,
                    (_, true) => Class::Formula,
                    _ => return Ok(None),
                };
            } else if !tape.is(0, Space::Office, root) {
                return Err(Refusal::Malformed);
            }
            let wanted = document.class == Class::Main || role != Role::Settings;
            if wanted {
                document.parts.push(Part { role, tape });
            }
        }
        Ok(document.part(Role::Content).is_some().then_some(document))
    }

    /// One part, if it is there.
    fn xml(&mut self, untrusted_name: &str) -> Result<Option<Tape>, Refusal> {
        let Some(entry) = self.view.find(untrusted_name) else {
            return Ok(None);
        };
        self.used.insert(untrusted_name.to_ascii_lowercase());
        let bytes = self.view.content(entry)?;
        if bytes.is_empty() {
            return Err(Refusal::Malformed);
        }
        let heaviest = self
            .left
            .checked_sub(bytes.len())
            .ok_or(Refusal::OverBudget)?;
        let text = source::decode(bytes)?;
        let report = &mut *self.report;
        let tape: Tape = reading::read(text, heaviest, &mut |space: Space, local: &str| {
            if let Some(what) = super::vocabulary::loss::of(space, local).1 {
                report.removed(what, untrusted_name);
            }
        })?;
        self.left = heaviest.saturating_sub(tape.weight());
        Ok(Some(tape))
    }

    /// The title of the document. Who wrote it, when and with what is one
    /// loss, however many lines say it.
    fn title(&mut self) -> Result<Option<String>, Refusal> {
        let Some(entry) = self.view.find("meta.xml") else {
            return Ok(None);
        };
        self.used.insert("meta.xml".to_owned());
        self.report.removed(What::Metadata, "meta.xml");
        let bytes = self.view.content(entry)?;
        let read = source::decode(bytes)
            .and_then(|text| reading::read(text, self.left, &mut |_: Space, _: &str| {}));
        // A title that cannot be read is no reason to hold back the words.
        let Ok(tape) = read else { return Ok(None) };
        let title = tape
            .opens()
            .find(|(at, _)| tape.is(*at, Space::Dc, "title"))
            .map(|(at, _)| tape.text_within(at))
            .map(|title| {
                title
                    .chars()
                    .filter(|c| !c.is_control())
                    .collect::<String>()
            });
        Ok(title.filter(|title| !title.trim().is_empty()))
    }

    /// Reads the charts and formulas that frames of the main document show.
    fn objects(&mut self, documents: &mut Vec<Document>) -> Result<(), Refusal> {
        let Some(main) = documents.first() else {
            return Ok(());
        };
        let mut found: Vec<String> = Vec::new();
        for href in hrefs(main, is_object) {
            if let Place::Inside(folder) = path::place("", &href)
                && !found.contains(&folder)
            {
                found.push(folder);
            }
        }
        for folder in found {
            let object = match self.document(format!("{folder}/")) {
                // Its frame is taken out, and says so.
                Err(Refusal::Malformed) => None,
                object => object?,
            };
            if let Some(object) = object {
                let at = documents.len();
                documents.push(object);
                if let Some(main) = documents.first_mut() {
                    main.objects.insert(folder, at);
                }
            }
        }
        Ok(())
    }

    /// Reads the pictures that a document shows, each once.
    fn pictures(&mut self, document: &mut Document) -> Result<(), Refusal> {
        for href in hrefs(document, is_picture) {
            let Place::Inside(name) = path::place(&document.untrusted_folder, &href) else {
                continue;
            };
            if document.pictures.contains_key(&name) {
                continue;
            }
            let entry = (self.view.find(&name))
                .or_else(|| path::decoded(&name).and_then(|name| self.view.find(&name)));
            let mut place = None;
            if let Some(entry) = entry {
                let entry_name = self.view.entries.get(entry);
                let lower = entry_name.map(|entry| entry.untrusted_name.to_ascii_lowercase());
                self.used.extend(lower);
                match self.picture(entry, &name)? {
                    Some(picture) => {
                        self.pictures.push(picture);
                        place = Some(self.pictures.len() - 1);
                    }
                    None if stands_in(&name) => {}
                    None => self.report.removed(What::UnknownPart, &name),
                }
            }
            document.pictures.insert(name, place);
        }
        Ok(())
    }

    fn picture(&mut self, entry: usize, name: &str) -> Result<Option<picture::Picture>, Refusal> {
        let Some(reading) = &mut self.reading else {
            return Ok(Some(picture::Picture::unread()));
        };
        // A picture beyond the budget is left out like one that cannot be read;
        // the words around it are worth having.
        let bytes = match self.view.content(entry) {
            Err(Refusal::OverBudget) => Vec::new(),
            bytes => bytes?,
        };
        Ok(reading.read(&bytes, name, self.context, self.report))
    }
}

/// Pictures beside an object or a table that is shown itself.
fn stands_in(name: &str) -> bool {
    name.starts_with("ObjectReplacements/") || name.starts_with("Pictures/TablePreview")
}

/// What of this name the body of a content part holds, if it holds nothing else.
fn held(content: &Tape, name: &str) -> Option<usize> {
    let mut bodies = content
        .children(0)
        .filter(|at| content.is(*at, Space::Office, "body"));
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return None;
    };
    let mut inside = content.children(body);
    let only = inside.next().filter(|_| inside.next().is_none())?;
    content.is(only, Space::Office, name).then_some(only)
}

/// The references of the elements for which `wanted` holds.
fn hrefs(document: &Document, wanted: fn(Space, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for part in &document.parts {
        let tape = &part.tape;
        for (_, open) in tape.opens() {
            if wanted(open.space, tape.local(open))
                && let Some(href) = tape.value(open, Space::Xlink, "href")
            {
                found.push(href.to_owned());
            }
        }
    }
    found
}

/// Elements whose reference is a picture of the package.
pub(super) fn is_picture(space: Space, local: &str) -> bool {
    matches!(
        (space, local),
        (Space::Draw, "image" | "fill-image")
            | (Space::Style, "background-image")
            | (Space::Text, "list-level-style-image")
            | (Space::Chart, "symbol-image")
    )
}

fn is_object(space: Space, local: &str) -> bool {
    (space, local) == (Space::Draw, "object")
}

//! Own eyes on the output: accepts only what `write` can produce. Shares no
//! code and no table with the rest of this folder; it has its own view of the
//! ZIP, its own scanner for XML and its own lists.
//!
//! What it cannot see: the pixels of a picture, and words that only look like
//! something else to a person.

pub(super) mod calculation;
mod functions;
mod markup;
pub(super) mod names;
pub(super) mod setting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::policy::Limits;
use crate::sanitise::office::verify::{Checked, NotOurs, layout, picture, scan};
use crate::sanitise::{Kind, Refusal};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const OASIS: &str = "application/vnd.oasis.opendocument.";

/// Accepts an output of `kind`.
pub(super) fn verify(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    examine(kind, bytes, limits).map_err(|_| Refusal::Residue)
}

/// Last step of the media type, and the body's child.
fn shape(kind: Kind) -> Option<(&'static str, &'static str)> {
    [
        (Kind::OdfText, "text", "office:text"),
        (Kind::OdfSheet, "spreadsheet", "office:spreadsheet"),
        (Kind::OdfSlides, "presentation", "office:presentation"),
        (Kind::OdfDrawing, "graphics", "office:drawing"),
    ]
    .into_iter()
    .find(|(known, ..)| *known == kind)
    .map(|(_, step, body)| (step, body))
}

/// What one document has and shows.
#[derive(Default)]
struct Document {
    /// Chart or formula, for one inside the document.
    step: Option<&'static str>,
    has_content: bool,
    pictures: BTreeSet<String>,
    shows: markup::Shows,
}

/// As [`verify`], with the reason, for tests.
pub(super) fn examine(kind: Kind, bytes: &[u8], limits: &Limits) -> Checked {
    let (step, body) = shape(kind).ok_or(NotOurs("kind"))?;
    let media_type = format!("{OASIS}{step}");
    // Method 0: the media type can be read without a reader of ZIPs.
    if bytes.get(8..10) != Some(&[0, 0]) {
        return Err(NotOurs("media type is compressed"));
    }
    let entries = layout::entries(bytes, limits)?;
    let [(first, said), parts @ .., (last, manifest)] = entries.as_slice() else {
        return Err(NotOurs("entries"));
    };
    if first != "mimetype" || *said != media_type.as_bytes() {
        return Err(NotOurs("media type"));
    }
    if last != "META-INF/manifest.xml" {
        return Err(NotOurs("manifest"));
    }
    let mut documents: BTreeMap<&str, Document> = BTreeMap::new();
    for (name, content) in parts {
        part(name, content, body, &mut documents)?;
    }
    shown(&documents)?;
    if *manifest == expected(&media_type, parts, &documents).as_bytes() {
        Ok(())
    } else {
        Err(NotOurs("manifest content"))
    }
}

/// Checks one entry.
fn part<'a>(
    name: &'a str,
    content: &[u8],
    body: &'static str,
    documents: &mut BTreeMap<&'a str, Document>,
) -> Checked {
    let (folder, file) = split(name)?;
    let document = documents.entry(folder).or_default();
    if let Some(number) = file.strip_prefix("Pictures/image") {
        let digits = (number.strip_suffix(".png")).or_else(|| number.strip_suffix(".jpeg"));
        if !digits.is_some_and(is_number) {
            return Err(NotOurs("picture name"));
        }
        document.pictures.insert(file.to_owned());
        return picture::check(file, content);
    }
    let text = std::str::from_utf8(content).map_err(|_| NotOurs("UTF-8"))?;
    match file {
        "content.xml" if folder.is_empty() => {
            document.has_content = true;
            markup::check(
                text,
                "office:document-content",
                Some(body),
                &mut document.shows,
            )
        }
        "content.xml" => {
            document.has_content = true;
            if text.contains("<office:chart>") {
                document.step = Some("chart");
                let body = Some("office:chart");
                markup::check(text, "office:document-content", body, &mut document.shows)
            } else {
                document.step = Some("formula");
                markup::check(text, "math:math", None, &mut document.shows)
            }
        }
        "styles.xml" => markup::check(text, "office:document-styles", None, &mut document.shows),
        "settings.xml" if folder.is_empty() => setting::check(text),
        "meta.xml" if folder.is_empty() => metadata(text),
        _ => Err(NotOurs("part name")),
    }
}

/// Folder of an object, and the name in it.
fn split(name: &str) -> Result<(&str, &str), NotOurs> {
    if !name.starts_with("embedded") {
        return Ok(("", name));
    }
    let (folder, file) = name.split_once('/').ok_or(NotOurs("part name"))?;
    if folder.strip_prefix("embedded").is_some_and(is_number) {
        Ok((folder, file))
    } else {
        Err(NotOurs("object name"))
    }
}

fn is_number(digits: &str) -> bool {
    (1..=6).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

/// Every picture and object is there, and shown.
fn shown(documents: &BTreeMap<&str, Document>) -> Checked {
    if !documents.contains_key("") {
        return Err(NotOurs("no document"));
    }
    for (folder, document) in documents {
        if !document.has_content {
            return Err(NotOurs("document without content"));
        }
        if document.pictures != document.shows.pictures {
            return Err(NotOurs("pictures"));
        }
        if !folder.is_empty() && !document.shows.objects.is_empty() {
            return Err(NotOurs("object in an object"));
        }
    }
    let objects: BTreeSet<&str> = documents
        .keys()
        .copied()
        .filter(|key| !key.is_empty())
        .collect();
    let shows = documents.get("").map(|main| &main.shows.objects);
    if shows.is_some_and(|shows| shows.iter().map(String::as_str).eq(objects.iter().copied())) {
        Ok(())
    } else {
        Err(NotOurs("objects"))
    }
}

/// Nothing but a title.
fn metadata(text: &str) -> Checked {
    let before = format!(
        "{HEAD}<office:document-meta xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" office:version=\"1.3\">\
         <office:meta><dc:title>"
    );
    let title = text
        .strip_prefix(&before)
        .and_then(|rest| rest.strip_suffix("</dc:title></office:meta></office:document-meta>"))
        .ok_or(NotOurs("metadata"))?;
    let mut pieces = scan::pieces(text)?;
    while pieces.step()?.is_some() {}
    if title.contains(['<', '>', '\n', '\t']) {
        return Err(NotOurs("title"));
    }
    scan::in_order(title)
}

/// The manifest that says what is there and nothing else.
fn expected(
    media_type: &str,
    parts: &[(String, Vec<u8>)],
    documents: &BTreeMap<&str, Document>,
) -> String {
    let mut text = format!(
        "{HEAD}<manifest:manifest \
         xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" \
         manifest:version=\"1.3\">"
    );
    let mut list = |name: &str, media_type: &str| {
        let _ = write!(
            text,
            "<manifest:file-entry manifest:full-path=\"{name}\" manifest:media-type=\"{media_type}\"/>"
        );
    };
    list("/", media_type);
    let mut seen = BTreeSet::from([""]);
    for (name, _) in parts {
        let folder = split(name).map_or("", |(folder, _)| folder);
        if seen.insert(folder) {
            let step = documents.get(folder).and_then(|document| document.step);
            list(
                &format!("{folder}/"),
                &format!("{OASIS}{}", step.unwrap_or_default()),
            );
        }
        let media_type = match name.rsplit('.').next() {
            Some("png") => "image/png",
            Some("jpeg") => "image/jpeg",
            _ => "text/xml",
        };
        list(name, media_type);
    }
    text.push_str("</manifest:manifest>");
    text
}

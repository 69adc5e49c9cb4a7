//! [`Package`] -> fresh bytes: our part names, our manifest, our prefixes, a
//! fixed time, no extra fields, the media type first and stored (ODF 1.3
//! part 2, 3.3). Nothing is copied but decoded text and pictures already
//! encoded anew.

use std::fmt::Write as _;

use super::model::{Class, Document, Family, OASIS, Package, Role};
use super::parse::is_picture;
use super::space::Space;
use crate::sanitise::Refusal;
use crate::sanitise::office::markup::{HEAD, escape, xml};
use crate::sanitise::office::picture::Picture;
use crate::sanitise::office::zip_file::Zip;

/// The version we write.
const VERSION: &str = "1.3";
const MANIFEST: &str = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";

/// The name of a picture in the folder of its document.
pub(super) fn picture_name(at: usize, picture: &Picture) -> String {
    format!("Pictures/image{}.{}", at + 1, picture.extension)
}

/// The folder of a document inside the document.
pub(super) fn object_name(at: usize) -> String {
    format!("./embedded{at}")
}

/// The media type of a family's documents.
pub(super) fn media_type(family: Family) -> String {
    let step = Family::ALL
        .iter()
        .find(|(known, ..)| *known == family)
        .map_or("", |(_, step, _)| step);
    format!("{OASIS}{step}")
}

/// Writes the package.
pub(super) fn write(package: &Package) -> Result<Vec<u8>, Refusal> {
    let media_type = media_type(package.family);
    let shown = shown(package);
    let mut zip = Zip::default();
    zip.add("mimetype", media_type.as_bytes(), false)?;
    let mut listed = Vec::new();
    listed.push(("/".to_owned(), media_type));
    for (number, document) in package.documents.iter().enumerate() {
        let folder = match document.class {
            Class::Main => String::new(),
            Class::Chart | Class::Formula if shown.objects.contains(&number) => {
                format!("{}/", object_name(number).trim_start_matches("./"))
            }
            Class::Chart | Class::Formula => continue,
        };
        if document.class != Class::Main {
            let step = if document.class == Class::Chart {
                "chart"
            } else {
                "formula"
            };
            listed.push((folder.clone(), format!("{OASIS}{step}")));
        }
        for part in &document.parts {
            let name = format!("{folder}{}", part.role.name());
            zip.add(&name, xml(&part.tape).as_bytes(), true)?;
            listed.push((name, "text/xml".to_owned()));
        }
        if document.class == Class::Main
            && let Some(title) = &package.title
        {
            zip.add("meta.xml", metadata(title).as_bytes(), true)?;
            listed.push(("meta.xml".to_owned(), "text/xml".to_owned()));
        }
        for at in pictures_of(document) {
            let Some(picture) = (package.pictures.get(at)).filter(|_| shown.pictures.contains(&at))
            else {
                continue;
            };
            let name = format!("{folder}{}", picture_name(at, picture));
            zip.add(&name, &picture.bytes, false)?;
            listed.push((name, format!("image/{}", picture.extension)));
        }
    }
    zip.add("META-INF/manifest.xml", manifest(&listed).as_bytes(), true)?;
    zip.end()
}

/// The pictures of a document, in order.
fn pictures_of(document: &Document) -> Vec<usize> {
    let mut places: Vec<usize> = document.pictures.values().copied().flatten().collect();
    places.sort_unstable();
    places
}

/// What the reduced documents still show: a picture or an object whose frame
/// is gone is not carried along.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) pictures: Vec<usize>,
    pub(super) objects: Vec<usize>,
}

/// Looks through all parts for references.
pub(super) fn shown(package: &Package) -> Shown {
    let mut shown = Shown::default();
    let number = |name: &str, before: &str| -> Option<usize> {
        let digits = name.strip_prefix(before)?;
        digits.split('.').next()?.parse().ok()
    };
    // The main document stands first: what it shows decides about the others.
    for (at, document) in package.documents.iter().enumerate() {
        if at > 0 && !shown.objects.contains(&at) {
            continue;
        }
        for part in document
            .parts
            .iter()
            .filter(|part| part.role != Role::Settings)
        {
            let tape = &part.tape;
            for (_, open) in tape.opens() {
                let local = tape.local(open);
                let is_object = (open.space, local) == (Space::Draw, "object");
                if !is_object && !is_picture(open.space, local) {
                    continue;
                }
                let href = tape.value(open, Space::Xlink, "href").unwrap_or_default();
                if is_object {
                    shown.objects.extend(number(href, "./embedded"));
                } else if let Some(number) = number(href, "Pictures/image") {
                    shown.pictures.extend(number.checked_sub(1));
                }
            }
        }
    }
    shown
}

fn metadata(title: &str) -> String {
    let mut text = format!(
        "{HEAD}<office:document-meta xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" office:version=\"{VERSION}\">\
         <office:meta><dc:title>"
    );
    escape(title, false, &mut text);
    text.push_str("</dc:title></office:meta></office:document-meta>");
    text
}

fn manifest(listed: &[(String, String)]) -> String {
    let mut text = format!(
        "{HEAD}<manifest:manifest xmlns:manifest=\"{MANIFEST}\" manifest:version=\"{VERSION}\">"
    );
    for (name, media_type) in listed {
        let _ = write!(
            text,
            "<manifest:file-entry manifest:full-path=\"{name}\" manifest:media-type=\"{media_type}\"/>"
        );
    }
    text.push_str("</manifest:manifest>");
    text
}

//! [`Package`] -> fresh bytes: our part names, our content types, our
//! prefixes, a fixed time, no extra fields. Nothing is copied but decoded
//! text and pictures already encoded anew.

use std::fmt::Write as _;

use super::model::{Body, Family, Package, Target};
use super::role::Role;
use crate::sanitise::Refusal;
use crate::sanitise::office::markup::{HEAD, escape, xml};
use crate::sanitise::office::zip_file::Zip;

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

const PROPERTIES: &str = "docProps/app.xml";

/// Writes the package.
pub(super) fn write(package: &Package) -> Result<Vec<u8>, Refusal> {
    let names = names(package);
    let mut zip = Zip::default();
    zip.add(
        "[Content_Types].xml",
        types(package, &names).as_bytes(),
        true,
    )?;
    let main = names
        .first()
        .and_then(Option::as_ref)
        .ok_or(Refusal::Malformed)?;
    let mut root = format!(
        "{HEAD}<Relationships xmlns=\"{PACKAGE}relationships\"><Relationship Id=\"rId1\" \
         Type=\"{OFFICE}officeDocument\" Target=\"/{main}\"/>"
    );
    if package.maker.is_some() {
        let _ = write!(
            root,
            "<Relationship Id=\"rId2\" Type=\"{OFFICE}extended-properties\" Target=\"/{PROPERTIES}\"/>"
        );
    }
    root.push_str("</Relationships>");
    zip.add("_rels/.rels", root.as_bytes(), true)?;
    if let Some(maker) = package.maker {
        let properties = format!("{HEAD}{}", maker.properties());
        zip.add(PROPERTIES, properties.as_bytes(), true)?;
    }
    for (part, name) in package.parts.iter().zip(&names) {
        let Some(name) = name else { continue };
        match &part.body {
            Body::Picture(picture) => zip.add(name, &picture.bytes, false)?,
            Body::Xml(tape) => zip.add(name, xml(tape).as_bytes(), true)?,
        }
        if part.relations.is_empty() {
            continue;
        }
        let mut list = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}relationships\">");
        for (id, target) in &part.relations {
            let _ = write!(list, "<Relationship Id=\"{id}\"");
            match target {
                Target::Link(link) => {
                    let _ = write!(list, " Type=\"{OFFICE}hyperlink\" Target=\"");
                    escape(link, true, &mut list);
                    list.push_str("\" TargetMode=\"External\"/>");
                }
                Target::Part(to) => {
                    let row = package.parts.get(*to).and_then(|part| part.role.row());
                    let target = names.get(*to).and_then(Option::as_ref);
                    if let (Some(row), Some(target)) = (row, target) {
                        let kind = row.relation_type();
                        let _ = write!(list, " Type=\"{kind}\" Target=\"/{target}\"/>");
                    } else {
                        return Err(Refusal::Malformed);
                    }
                }
            }
        }
        list.push_str("</Relationships>");
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        zip.add(
            &format!("{folder}/_rels/{file}.rels"),
            list.as_bytes(),
            true,
        )?;
    }
    zip.end()
}

/// Our name for every part that is still there.
fn names(package: &Package) -> Vec<Option<String>> {
    let folder = match package.family {
        Family::Word => "word/",
        Family::Sheet => "xl/",
        Family::Slides => "ppt/",
    };
    let mut counts: std::collections::HashMap<Role, u32> = std::collections::HashMap::new();
    package
        .parts
        .iter()
        .map(|part| {
            let row = part.role.row().filter(|_| !part.gone)?;
            let count = counts.entry(part.role).or_default();
            *count += 1;
            let folder = if row.family.is_none() { folder } else { "" };
            let number = if row.numbered {
                count.to_string()
            } else {
                String::new()
            };
            let extension = match &part.body {
                Body::Picture(picture) => picture.extension,
                Body::Xml(_) if part.role == Role::Vml => "vml",
                Body::Xml(_) => "xml",
            };
            // A role that there is once per package cannot come twice.
            if !row.numbered && *count > 1 {
                return Some(format!("{folder}{}{count}.{extension}", row.name));
            }
            Some(format!("{folder}{}{number}.{extension}", row.name))
        })
        .collect()
}

fn types(package: &Package, names: &[Option<String>]) -> String {
    let mut list = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Default Extension=\"vml\" ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>\
         <Default Extension=\"png\" ContentType=\"image/png\"/>\
         <Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>"
    );
    for (part, name) in package.parts.iter().zip(names) {
        if let (Some(row), Some(name)) = (part.role.row(), name)
            && !matches!(part.role, Role::Picture | Role::Vml)
        {
            let kind = row.content_type();
            let _ = write!(
                list,
                "<Override PartName=\"/{name}\" ContentType=\"{kind}\"/>"
            );
        }
    }
    if package.maker.is_some() {
        let _ = write!(
            list,
            "<Override PartName=\"/{PROPERTIES}\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>"
        );
    }
    list.push_str("</Types>");
    list
}

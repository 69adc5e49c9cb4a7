//! Elements and attributes of one part: known names under our prefixes,
//! nothing that runs, embeds or binds, and references only to what is ours or
//! to the web.

use std::collections::BTreeSet;

use super::{calculation, names};
use crate::sanitise::office::verify::link::leads_to_the_web;
use crate::sanitise::office::verify::names::{Known, split};
use crate::sanitise::office::verify::scan::{self, Piece};
use crate::sanitise::office::verify::{Checked, NotOurs};

#[rustfmt::skip] // a table is read by columns
const NAMESPACES: &[(&str, &str)] = &[
    ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
    ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
    ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
    ("draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
    ("dr3d", "urn:oasis:names:tc:opendocument:xmlns:dr3d:1.0"),
    ("svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
    ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
    ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
    ("number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
    ("chart", "urn:oasis:names:tc:opendocument:xmlns:chart:1.0"),
    ("presentation", "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"),
    ("anim", "urn:oasis:names:tc:opendocument:xmlns:animation:1.0"),
    ("smil", "urn:oasis:names:tc:opendocument:xmlns:smil-compatible:1.0"),
    ("config", "urn:oasis:names:tc:opendocument:xmlns:config:1.0"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("math", "http://www.w3.org/1998/Math/MathML"),
    ("loext", "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"),
    ("calcext", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
    ("drawooo", "http://openoffice.org/2010/draw"),
    ("chartooo", "http://openoffice.org/2010/chart"),
    ("field", "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"),
    ("css3t", "http://www.w3.org/TR/css3-text/"),
    ("of", "urn:oasis:names:tc:opendocument:xmlns:of:1.2"),
    ("ooo", "http://openoffice.org/2004/office"),
    ("oooc", "http://openoffice.org/2004/calc"),
    ("ooow", "http://openoffice.org/2004/writer"),
];

/// What a document shows beside its own words.
#[derive(Debug, Default)]
pub(super) struct Shows {
    pub(super) pictures: BTreeSet<String>,
    pub(super) objects: BTreeSet<String>,
}

/// Checks one part with this root, whose body, if it must have one, holds
/// this and nothing else.
pub(super) fn check(text: &str, root_name: &str, body: Option<&str>, shows: &mut Shows) -> Checked {
    let mut depth = 0_u32;
    let mut within_body = false;
    let mut bodies = 0_u32;
    let mut declared: Vec<&Known> = names::of("xml").into_iter().collect();
    let mut pieces = scan::pieces(text)?;
    while let Some(piece) = pieces.step()? {
        match piece {
            Piece::Text(words) => scan::in_order(words)?,
            Piece::Close { .. } => {
                depth = depth.saturating_sub(1);
                within_body &= depth > 1;
            }
            Piece::Open {
                name,
                attributes,
                root,
            } => {
                if root {
                    if name != root_name {
                        return Err(NotOurs("root"));
                    }
                    declarations(attributes, &mut declared)?;
                }
                if depth == 1 && name == "office:body" {
                    within_body = true;
                } else if depth == 2 && within_body {
                    bodies += 1;
                    if body != Some(name) {
                        return Err(NotOurs("body"));
                    }
                }
                depth += 1;
                element(name, &declared)?;
                for (key, value) in attributes {
                    if key.starts_with("xmlns") {
                        if root {
                            continue;
                        }
                        return Err(NotOurs("namespace inside"));
                    }
                    attribute(name, key, value, &declared)?;
                }
                reference(name, attributes, shows)?;
            }
        }
    }
    if bodies == u32::from(body.is_some()) {
        Ok(())
    } else {
        Err(NotOurs("bodies"))
    }
}

/// Declared are namespaces that we know, under our prefixes.
fn declarations(attributes: &[(&str, &str)], declared: &mut Vec<&'static Known>) -> Checked {
    for (key, value) in attributes {
        let Some(prefix) = key.strip_prefix("xmlns") else {
            continue;
        };
        let prefix = prefix.strip_prefix(':').ok_or(NotOurs("namespace"))?;
        if !NAMESPACES.contains(&(prefix, *value)) {
            return Err(NotOurs("namespace"));
        }
        // The prefixes inside values have no names.
        declared.extend(names::of(prefix));
    }
    Ok(())
}

fn of<'a>(prefix: &str, declared: &[&'a Known]) -> Result<&'a Known, NotOurs> {
    let mut declared = declared.iter();
    let known = declared.find(|known| known.prefix == prefix);
    known.copied().ok_or(NotOurs("undeclared prefix"))
}

fn element(name: &str, declared: &[&Known]) -> Checked {
    let (prefix, local) = split(name);
    if of(prefix, declared)?.has_element(local) {
        Ok(())
    } else {
        Err(NotOurs("element"))
    }
}

fn attribute(element: &str, key: &str, value: &str, declared: &[&Known]) -> Checked {
    let (prefix, local) = split(key);
    let ours = if prefix.is_empty() {
        // Only formulas have attributes without a prefix.
        of(split(element).0, declared)?.has_bare(local)
    } else {
        of(prefix, declared)?.has_prefixed(local)
    };
    if !ours {
        return Err(NotOurs("attribute"));
    }
    match key {
        "xlink:type" if value != "simple" => Err(NotOurs("kind of link")),
        "xlink:actuate" if value != "onRequest" => Err(NotOurs("link that opens itself")),
        "xlink:show" if !matches!(value, "new" | "replace" | "embed" | "none") => {
            Err(NotOurs("place of a link"))
        }
        "field:type" | "field:name" if !is_box(value) => Err(NotOurs("field")),
        "field:value" if element != "field:param" => Err(NotOurs("field")),
        "table:name" if element == "table:table" && value.contains("'#") => {
            Err(NotOurs("sheet of another file"))
        }
        // Anything else is the name of a service that LibreOffice starts.
        "chart:class" if !is_kind_of_chart(element, value) => Err(NotOurs("service")),
        "text:url" if !leads_to_the_web(&scan::plain(value)) => Err(NotOurs("address")),
        _ if calculation::is_one(prefix, local) => calculation::stays(&scan::plain(value)),
        _ => Ok(()),
    }
}

/// What a chart or a row of its data is, and which lines a grid has.
fn is_kind_of_chart(element: &str, value: &str) -> bool {
    let Some(kind) = value.strip_prefix("chart:") else {
        return element == "chart:grid" && matches!(value, "major" | "minor");
    };
    let round = ["circle", "ring", "radar", "filled-radar"];
    let straight = [
        "bar", "line", "area", "scatter", "bubble", "stock", "surface", "gantt",
    ];
    element != "chart:grid" && (round.contains(&kind) || straight.contains(&kind))
}

/// A box to tick, a list to choose from, or a place to write: what a field of
/// Word may be, and what is told of it.
fn is_box(value: &str) -> bool {
    let box_type = value.strip_prefix("vnd.oasis.opendocument.field.FORM");
    box_type.is_some_and(|kind| matches!(kind, "CHECKBOX" | "DROPDOWN" | "TEXT"))
        || value.starts_with("Checkbox_")
        || value.starts_with("Dropdown_")
}

/// Where an element may lead.
fn reference(name: &str, attributes: &[(&str, &str)], shows: &mut Shows) -> Checked {
    let href = attributes.iter().find(|(key, _)| *key == "xlink:href");
    let Some((_, href)) = href else {
        let has_type = attributes.iter().any(|(key, _)| *key == "field:type");
        return match name {
            "field:fieldmark" | "field:fieldmark-start" if !has_type => Err(NotOurs("field")),
            "draw:image" | "draw:fill-image" | "text:a" | "draw:a" => Err(NotOurs("no reference")),
            _ => Ok(()),
        };
    };
    match name {
        "draw:image"
        | "draw:fill-image"
        | "style:background-image"
        | "text:list-level-style-image"
        | "chart:symbol-image" => {
            if !href.starts_with("Pictures/image") {
                return Err(NotOurs("picture from elsewhere"));
            }
            shows.pictures.insert((*href).to_owned());
            Ok(())
        }
        "draw:object" => {
            let folder = href.strip_prefix("./").ok_or(NotOurs("object"))?;
            shows.objects.insert(folder.to_owned());
            Ok(())
        }
        "chart:chart" if matches!(*href, "." | "..") => Ok(()),
        "text:a" | "draw:a" | "draw:area-circle" | "draw:area-polygon" | "draw:area-rectangle"
            if leads_to_the_web(&scan::plain(href)) =>
        {
            Ok(())
        }
        _ => Err(NotOurs("reference")),
    }
}

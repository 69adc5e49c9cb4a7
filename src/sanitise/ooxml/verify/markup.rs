//! Elements and attributes of one part: known namespaces under our prefixes,
//! nothing that runs, embeds or binds, and no relation id without relation.

use super::names;
use super::part::Shape;
use super::scan::{self, Piece};
use super::{Checked, NotOurs, Relations};
use crate::sanitise::office::verify::names::{Known, split};

#[rustfmt::skip] // a table is read by columns
const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    ("xmlns:w", "http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    ("xmlns:r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    ("xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main"),
    ("xmlns:p", "http://schemas.openxmlformats.org/presentationml/2006/main"),
    ("xmlns:wp", "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"),
    ("xmlns:wp14", "http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing"),
    ("xmlns:wps", "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"),
    ("xmlns:wpg", "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"),
    ("xmlns:wpc", "http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas"),
    ("xmlns:w14", "http://schemas.microsoft.com/office/word/2010/wordml"),
    ("xmlns:w15", "http://schemas.microsoft.com/office/word/2012/wordml"),
    ("xmlns:m", "http://schemas.openxmlformats.org/officeDocument/2006/math"),
    ("xmlns:x14", "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"),
    ("xmlns:xm", "http://schemas.microsoft.com/office/excel/2006/main"),
    ("xmlns:xdr", "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"),
    ("xmlns:a14", "http://schemas.microsoft.com/office/drawing/2010/main"),
    ("xmlns:pic", "http://schemas.openxmlformats.org/drawingml/2006/picture"),
    ("xmlns:c", "http://schemas.openxmlformats.org/drawingml/2006/chart"),
    ("xmlns:cdr", "http://schemas.openxmlformats.org/drawingml/2006/chartDrawing"),
    ("xmlns:dgm", "http://schemas.openxmlformats.org/drawingml/2006/diagram"),
    ("xmlns:dsp", "http://schemas.microsoft.com/office/drawing/2008/diagram"),
    ("xmlns:v", "urn:schemas-microsoft-com:vml"),
    ("xmlns:o", "urn:schemas-microsoft-com:office:office"),
    ("xmlns:x", "urn:schemas-microsoft-com:office:excel"),
    ("xmlns:w10", "urn:schemas-microsoft-com:office:word"),
    ("xmlns:mc", "http://schemas.openxmlformats.org/markup-compatibility/2006"),
];

/// Namespaces that readers may be told to ignore.
const IGNORABLE: &[&str] = &["wp14", "w14", "w15"];

/// Checks one XML part, piece by piece.
pub(super) struct Markup<'a> {
    shape: &'a Shape,
    relations: &'a Relations<'a>,
    /// The prefixes that the part declares, with their names.
    declared: Vec<&'static Known>,
}

impl<'a> Markup<'a> {
    pub(super) fn new(shape: &'a Shape, relations: &'a Relations<'a>) -> Self {
        Self {
            shape,
            relations,
            declared: names::of("xml").into_iter().collect(),
        }
    }

    pub(super) fn see(&mut self, piece: &Piece<'a, '_>) -> Checked {
        if let Piece::Text(words) = piece {
            return scan::in_order(words);
        }
        let Piece::Open {
            name,
            attributes,
            root,
        } = piece
        else {
            return Ok(());
        };
        if *root {
            if *name != self.shape.root {
                return Err(NotOurs("root"));
            }
            self.declarations(attributes)?;
        }
        let (prefix, local) = split(name);
        // The root of VML stands in no namespace.
        let bare_root = *root && *name == "xml";
        let known = self.declared(prefix);
        if !bare_root && !known.is_some_and(|known| known.has_element(local)) {
            return Err(NotOurs("element"));
        }
        for (key, value) in *attributes {
            if *key == "xmlns" || key.starts_with("xmlns:") || *key == "mc:Ignorable" {
                if *root {
                    continue;
                }
                return Err(NotOurs("namespace inside"));
            }
            let ours = match split(key) {
                ("", _) => known.is_some_and(|known| known.has_bare(key)),
                (prefix, local) => {
                    (self.declared(prefix)).is_some_and(|known| known.has_prefixed(local))
                }
            };
            if !ours {
                return Err(NotOurs("attribute"));
            }
            judge(name, key, value, self.relations)?;
        }
        Ok(())
    }

    /// The root declares only our prefixes, each for its own namespace and
    /// where it belongs.
    fn declarations(&mut self, attributes: &[(&'a str, &'a str)]) -> Checked {
        let allowed = names::prefixes(self.shape.root);
        for (key, value) in attributes {
            if *key == "mc:Ignorable" {
                if !value.split(' ').all(|prefix| IGNORABLE.contains(&prefix)) {
                    return Err(NotOurs("ignorable"));
                }
                continue;
            }
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) => prefix.strip_prefix(':').ok_or(NotOurs("namespace"))?,
                None => continue,
            };
            if !NAMESPACES.contains(&(*key, *value)) {
                return Err(NotOurs("namespace"));
            }
            // Declared for `mc:Ignorable` alone: no name has this prefix.
            if prefix == "mc" {
                continue;
            }
            if !allowed.contains(&prefix) {
                return Err(NotOurs("namespace of other parts"));
            }
            self.declared.extend(names::of(prefix));
        }
        Ok(())
    }

    fn declared(&self, prefix: &str) -> Option<&'static Known> {
        // Byte by byte: of so short a name a comparison in one call takes longer.
        let mut declared = self.declared.iter();
        declared
            .find(|known| {
                known.prefix.len() == prefix.len() && known.prefix.bytes().eq(prefix.bytes())
            })
            .copied()
    }
}

/// What a click on a slide may do: nothing, or turn pages.
const ACTIONS: &[&str] = &[
    "",
    "ppaction://noaction",
    "ppaction://hlinksldjump",
    "ppaction://hlinkshowjump?jump=firstslide",
    "ppaction://hlinkshowjump?jump=lastslide",
    "ppaction://hlinkshowjump?jump=nextslide",
    "ppaction://hlinkshowjump?jump=previousslide",
    "ppaction://hlinkshowjump?jump=endshow",
    "ppaction://hlinkshowjump?jump=lastslideviewed",
];

/// Attributes whose value decides.
fn judge(element: &str, key: &str, value: &str, relations: &Relations<'_>) -> Checked {
    match key {
        "o:relid" => leads(element, key, value, relations),
        key if key.starts_with("r:") => leads(element, key, value, relations),
        "action" if element.starts_with("a:hlink") => {
            let action = scan::plain(value);
            if ACTIONS.contains(&action.as_str()) {
                Ok(())
            } else {
                Err(NotOurs("action"))
            }
        }
        "location" if element == "hyperlink" && value.contains(['/', '\\', '|', '[']) => {
            Err(NotOurs("place outside the workbook"))
        }
        "ref" | "r1" | "r2" | "sheet" | "name"
            if matches!(element, "f" | "worksheetSource") && value.contains('[') =>
        {
            Err(NotOurs("cells of another workbook"))
        }
        "state" if element == "sheet" && value == "veryHidden" => {
            Err(NotOurs("sheet that no menu shows"))
        }
        "type" if element == "cacheSource" && value != "worksheet" => {
            Err(NotOurs("source outside"))
        }
        "tableType" if value != "worksheet" => Err(NotOurs("table of a query")),
        "ObjectType" if value != "Note" => Err(NotOurs("control")),
        "style" if element.starts_with("v:") && value.to_ascii_lowercase().contains("url(") => {
            Err(NotOurs("drawing that reaches outside"))
        }
        "relId"
            if !value
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)) =>
        {
            Err(NotOurs("relation id"))
        }
        _ => Ok(()),
    }
}

/// Whither the relation id in an attribute may lead: relations by the last
/// step of their type. Readers go by the id alone.
#[rustfmt::skip] // a table is read by columns
const LEADS: &[(&str, &str, &[&str])] = &[
    ("a:hlinkClick", "r:id", &["hyperlink", "slide"]),
    ("a:hlinkHover", "r:id", &["hyperlink", "slide"]),
    ("a:hlinkMouseOver", "r:id", &["hyperlink", "slide"]),
    ("w:hyperlink", "r:id", &["hyperlink"]),
    ("hyperlink", "r:id", &["hyperlink"]),
    ("a:blip", "r:embed", &["image"]),
    ("v:imagedata", "r:id", &["image"]),
    ("v:imagedata", "o:relid", &["image"]),
    ("v:fill", "r:id", &["image"]),
    ("v:fill", "o:relid", &["image"]),
    ("v:stroke", "r:id", &["image"]),
    ("v:stroke", "o:relid", &["image"]),
    ("w:top", "r:id", &["image"]),
    ("w:left", "r:id", &["image"]),
    ("w:bottom", "r:id", &["image"]),
    ("w:right", "r:id", &["image"]),
    ("picture", "r:id", &["image"]),
    ("c:chart", "r:id", &["chart"]),
    ("c:userShapes", "r:id", &["chartUserShapes"]),
    ("dgm:relIds", "r:dm", &["diagramData"]),
    ("dgm:relIds", "r:lo", &["diagramLayout"]),
    ("dgm:relIds", "r:qs", &["diagramQuickStyle"]),
    ("dgm:relIds", "r:cs", &["diagramColors"]),
    ("w:headerReference", "r:id", &["header"]),
    ("w:footerReference", "r:id", &["footer"]),
    ("sheet", "r:id", &["worksheet", "chartsheet"]),
    ("drawing", "r:id", &["drawing"]),
    ("legacyDrawing", "r:id", &["vmlDrawing"]),
    ("legacyDrawingHF", "r:id", &["vmlDrawing"]),
    ("tablePart", "r:id", &["table"]),
    ("pivotCache", "r:id", &["pivotCacheDefinition"]),
    ("pivotCacheDefinition", "r:id", &["pivotCacheRecords"]),
    ("pivotSelection", "r:id", &["pivotTable"]),
    ("p:sldId", "r:id", &["slide"]),
    ("p:sld", "r:id", &["slide"]),
    ("p:sldLayoutId", "r:id", &["slideLayout"]),
    ("p:sldMasterId", "r:id", &["slideMaster"]),
    ("p:notesMasterId", "r:id", &["notesMaster"]),
    ("p:handoutMasterId", "r:id", &["handoutMaster"]),
];

/// The relations that an attribute of an element may name.
pub(in crate::sanitise::ooxml) fn may_lead_to(element: &str, key: &str) -> &'static [&'static str] {
    let row = LEADS
        .iter()
        .find(|(of, by, _)| *of == element && *by == key);
    row.map_or(&[], |(.., to)| to)
}

fn leads(element: &str, key: &str, id: &str, relations: &Relations<'_>) -> Checked {
    // A link within the slide show has an action and no target.
    if id.is_empty() && element.starts_with("a:hlink") {
        return Ok(());
    }
    let target = (relations.get(id)).ok_or(NotOurs("relation id without relation"))?;
    if may_lead_to(element, key).contains(&target.kind) {
        Ok(())
    } else {
        Err(NotOurs("relation id that leads elsewhere"))
    }
}

/// How many rows there are, for the test that holds them against the parser's.
#[cfg(test)]
pub(in crate::sanitise::ooxml) fn all_leads() -> usize {
    LEADS.len()
}

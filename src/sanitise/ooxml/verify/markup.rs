//! Elements and attributes of one part: known namespaces under our prefixes,
//! nothing that runs, embeds or binds, and no relation id without relation.

use super::part::Shape;
use super::scan::{self, Piece};
use super::{Checked, NotOurs, Relations};

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

/// Elements that no output of ours has.
const NEVER: &[&str] = &[
    "w:altChunk",
    "w:subDoc",
    "w:control",
    "w:object",
    "w:movie",
    "w:frameset",
    "w:frame",
    "w:attachedTemplate",
    "w:mailMerge",
    "w:dataBinding",
    "w:attachedSchema",
    "w:saveThroughXslt",
    "w:embedRegular",
    "w:embedBold",
    "w:embedItalic",
    "w:embedBoldItalic",
    "w:docVars",
    "w:rsids",
    "w:fldData",
    "w:entryMacro",
    "w:exitMacro",
    "w:contentPart",
    "w:printerSettings",
    "w:smartTag",
    "w:customXml",
    "w:customXmlPr",
    "o:OLEObject",
    "oleObjects",
    "oleObject",
    "oleSize",
    "controls",
    "control",
    "externalReferences",
    "externalReference",
    "dataConsolidate",
    "webPublishItems",
    "webPublishObjects",
    "customProperties",
    "xmlColumnPr",
    "ddeLink",
    "oleLink",
    "p:oleObj",
    "p:controls",
    "p:control",
    "p:custDataLst",
    "p:tags",
    "p:cmd",
    "p:audio",
    "p:video",
    "p:embeddedFontLst",
    "p:sndAc",
    "p:contentPart",
    "a:audioFile",
    "a:videoFile",
    "a:wavAudioFile",
    "a:quickTimeFile",
    "a:audioCd",
    "a:snd",
    "c:externalData",
    "xdr:contentPart",
    "x:FmlaMacro",
    "x:FmlaLink",
    "x:FmlaPict",
    "x:MapOCX",
];

/// Checks one XML part, piece by piece.
pub(super) struct Markup<'a> {
    shape: &'a Shape,
    relations: &'a Relations<'a>,
    prefixes: Vec<&'a str>,
}

impl<'a> Markup<'a> {
    pub(super) fn new(shape: &'a Shape, relations: &'a Relations<'a>) -> Self {
        Self {
            shape,
            relations,
            prefixes: vec!["xml"],
        }
    }

    pub(super) fn see(&mut self, piece: &Piece<'a>) -> Checked {
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
            for (key, value) in attributes
                .iter()
                .filter(|(key, _)| key.starts_with("xmlns"))
            {
                if !NAMESPACES.contains(&(*key, *value)) {
                    return Err(NotOurs("namespace"));
                }
                self.prefixes.extend(key.strip_prefix("xmlns:"));
            }
        }
        if NEVER.contains(name) {
            return Err(NotOurs("forbidden element"));
        }
        declared(name, &self.prefixes)?;
        for (key, value) in attributes {
            if *key == "xmlns" || key.starts_with("xmlns:") || *key == "mc:Ignorable" {
                if *root {
                    continue;
                }
                return Err(NotOurs("namespace inside"));
            }
            declared(key, &self.prefixes)?;
            attribute(name, key, value, self.relations)?;
        }
        Ok(())
    }
}

fn declared(name: &str, prefixes: &[&str]) -> Checked {
    match name.split_once(':') {
        Some(("mc", _)) => Err(NotOurs("undecided alternate content")),
        Some((prefix, _)) if !prefixes.contains(&prefix) => Err(NotOurs("undeclared prefix")),
        _ => Ok(()),
    }
}

fn attribute(element: &str, key: &str, value: &str, relations: &Relations<'_>) -> Checked {
    match key {
        "o:relid" => known(value, relations),
        key if key.starts_with("r:") => {
            if value.is_empty() && element.starts_with("a:hlink") {
                return Ok(());
            }
            known(value, relations)
        }
        "action" if element.starts_with("a:hlink") => {
            let action = scan::plain(value);
            let turns = action.is_empty()
                || action == "ppaction://noaction"
                || action == "ppaction://hlinksldjump"
                || action.starts_with("ppaction://hlinkshowjump?jump=");
            if turns {
                Ok(())
            } else {
                Err(NotOurs("action"))
            }
        }
        "macro" if element.starts_with("xdr:") || element.starts_with("cdr:") => {
            Err(NotOurs("macro call"))
        }
        "location" if element == "hyperlink" && value.contains(['/', '\\', '|']) => {
            Err(NotOurs("place outside the workbook"))
        }
        "state" if element == "sheet" && value == "veryHidden" => {
            Err(NotOurs("sheet that no menu shows"))
        }
        "type" if element == "cacheSource" && value != "worksheet" => {
            Err(NotOurs("source outside"))
        }
        "connectionId" => Err(NotOurs("connection")),
        "invalidUrl" => Err(NotOurs("hidden address")),
        key if key.starts_with("w:rsid") => Err(NotOurs("editing session")),
        "href" | "src" | "o:href" | "o:althref" | "o:gfxdata" | "o:oleid"
            if element.starts_with("v:") || element.starts_with("o:") =>
        {
            Err(NotOurs("drawing that reaches outside"))
        }
        "xlm" | "vbProcedure" | "function" if element == "definedName" => {
            Err(NotOurs("macro name"))
        }
        _ => Ok(()),
    }
}

fn known(id: &str, relations: &Relations<'_>) -> Checked {
    if relations.contains_key(id) {
        Ok(())
    } else {
        Err(NotOurs("relation id without relation"))
    }
}

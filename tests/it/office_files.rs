//! Documents for the office stage: as hostile as a test wants, and as old.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mutation::seeds::odf::Draft;
use sekimori::sanitise::Kind;

pub const SENTENCE: &str = "見積書の本文です。";
/// What a tracked change deleted.
pub const STRUCK: &str = "消した値引き";

/// A letter of `paragraphs`; `relations` and `body` are as hostile as a test wants.
pub fn letter(paragraphs: usize, body: &str, relations: &str) -> Vec<u8> {
    const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/></Types>"#;
    let related = |relations: &str| {
        let relations = relations.replace(
            "TYPE/",
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
        );
        format!(
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#
        )
    };
    let names = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture""#;
    let words = format!("<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>").repeat(paragraphs);
    let document = format!(
        r#"<?xml version="1.0"?><w:document {names}><w:body>{words}{body}</w:body></w:document>"#
    );
    let settings = format!(
        r#"<?xml version="1.0"?><w:settings {names}><w:attachedTemplate r:id="rT"/></w:settings>"#
    );
    let mut file = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [
        ("[Content_Types].xml", TYPES.to_owned()),
        (
            "_rels/.rels",
            related(
                r#"<Relationship Id="r1" Type="TYPE/officeDocument" Target="word/document.xml"/>"#,
            ),
        ),
        ("word/document.xml", document),
        (
            "word/_rels/document.xml.rels",
            related(&format!(
                r#"<Relationship Id="rS" Type="TYPE/settings" Target="settings.xml"/>{relations}"#
            )),
        ),
        ("word/settings.xml", settings),
        ("word/_rels/settings.xml.rels", related(relations)),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        file.start_file(name, options).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

/// Asks `address` for a picture and a template as soon as it is opened.
pub fn reaching(address: &str) -> Vec<u8> {
    let template = format!(
        r#"<Relationship Id="rT" Type="TYPE/attachedTemplate" Target="http://{address}/t.dotm" TargetMode="External"/>"#
    );
    letter(1, PICTURE, &format!("{}{template}", picture_at(address)))
}

/// Asks `address` for a picture.
pub fn picture_outside(address: &str) -> Vec<u8> {
    letter(1, PICTURE, &picture_at(address))
}

fn picture_at(address: &str) -> String {
    format!(
        r#"<Relationship Id="rI" Type="TYPE/image" Target="http://{address}/i.png" TargetMode="External"/>"#
    )
}

const PICTURE: &str = r#"<w:p><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="990000" cy="990000"/><wp:docPr id="1" name="x"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="x"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rI"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="990000" cy="990000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"#;

fn words() -> String {
    format!("<text:p>{SENTENCE}</text:p>")
}

/// Asks `address` for its template, to see whether that is newer.
pub fn template_outside(address: &str) -> Vec<u8> {
    let about = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2"><office:meta><meta:template xlink:type="simple" xlink:actuate="onRequest" xlink:title="t" xlink:href="http://{address}/t.ott" meta:date="2001-01-01T00:00:00"/></office:meta></office:document-meta>"#
    );
    Draft::new(Kind::OdfText, "", "", &words())
        .part("meta.xml", about)
        .bytes()
}

/// A letter whose macro, at opening, writes `path` and asks `address`.
pub fn with_basic(path: &Path, address: &str) -> Vec<u8> {
    const NAMES: &str = r#" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" xmlns:dom="http://www.w3.org/2001/xml-events""#;
    const AT_OPEN: &str = r#"<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document" xlink:type="simple"/></office:event-listeners></office:scripts>"#;
    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    let library = |inside: &str| {
        format!(
            r#"{HEAD}<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">{inside}"#
        )
    };
    let spaces = r#"xmlns:library="http://openoffice.org/2000/library""#;
    let libraries = library(&format!(
        r#"<library:libraries {spaces}><library:library library:name="Standard" library:link="false"/></library:libraries>"#
    ))
    .replace("library:library PUBLIC", "library:libraries PUBLIC");
    let standard = library(&format!(
        r#"<library:library {spaces} library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>"#
    ));
    let module = format!(
        "{HEAD}<!DOCTYPE script:module PUBLIC \"-//OpenOffice.org//DTD OfficeDocument 1.0//EN\" \"module.dtd\">\
         <script:module xmlns:script=\"http://openoffice.org/2000/script\" script:name=\"Module1\" script:language=\"StarBasic\">\
         Sub Main\nOpen &quot;{}&quot; For Output As #1\nPrint #1, &quot;ran&quot;\nClose #1\n\
         FileExists(&quot;http://{address}/x&quot;)\nEnd Sub\n</script:module>",
        path.display()
    );
    Draft::new(Kind::OdfText, NAMES, AT_OPEN, &words())
        .part("Basic/script-lc.xml", libraries)
        .part("Basic/Standard/script-lb.xml", standard)
        .part("Basic/Standard/Module1.xml", module)
        .bytes()
}

/// A file of 97–2003 that says the sentence, as LibreOffice writes one: it does
/// not open those of our own builder, which have no more than we read.
pub fn old_form(kind: &str, extension: &str) -> Vec<u8> {
    let words = words();
    let body = match kind {
        "text" => format!(
            r#"<text:tracked-changes><text:changed-region text:id="c"><text:deletion><office:change-info><dc:creator>佐藤</dc:creator><dc:date>2026-06-01T09:00:00</dc:date></office:change-info><text:p>{STRUCK}</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>{SENTENCE}<text:change text:change-id="c"/></text:p>"#
        ),
        "spreadsheet" => format!(
            r#"<table:table table:name="S"><table:table-row><table:table-cell office:value-type="string">{words}</table:table-cell></table:table-row></table:table>"#
        ),
        _ => format!(
            r#"<draw:page><draw:frame svg:width="9cm" svg:height="5cm" svg:x="1cm" svg:y="1cm"><draw:text-box>{words}</draw:text-box></draw:frame></draw:page>"#
        ),
    };
    let names: String = [
        ("office", "office"),
        ("text", "text"),
        ("draw", "drawing"),
        ("table", "table"),
        ("svg", "svg-compatible"),
    ]
    .iter()
    .map(|(short, long)| {
        format!(r#" xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0""#)
    })
    .collect();
    let names = format!(r#"{names} xmlns:dc="http://purl.org/dc/elements/1.1/""#);
    let flat = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document{names} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.{kind}"><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"#
    );
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(format!("a.fod{}", &kind[..1]));
    std::fs::write(&source, flat).unwrap();
    without_walls(folder.path(), &source, extension);
    std::fs::read(folder.path().join(format!("a.{extension}"))).unwrap()
}

/// LibreOffice as anyone would start it.
pub fn without_walls(folder: &Path, source: &Path, extension: &str) {
    let output = Command::new("soffice")
        .arg(format!(
            "-env:UserInstallation=file://{}/profile",
            folder.display()
        ))
        .args(["--headless", "--convert-to", extension, "--outdir"])
        .arg(folder)
        .arg(source)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// LibreOffice as somebody opens a document who lets every macro run.
pub fn opened_without_walls(folder: &Path, source: &Path) -> Child {
    const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item></oor:items>"#;
    let user = folder.join("careless/user");
    std::fs::create_dir_all(&user).unwrap();
    std::fs::write(user.join("registrymodifications.xcu"), SETTINGS).unwrap();
    // The program itself: its script would be killed in its stead.
    let office = || {
        let profile = format!(
            "-env:UserInstallation=file://{}",
            folder.join("careless").display()
        );
        let mut command = Command::new("/usr/lib/libreoffice/program/soffice.bin");
        command.args([&profile, "--headless", "--norestore", "--nologo"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // With a new profile its first start is not the one that opens anything.
    office().arg("--terminate_after_init").status().unwrap();
    office().arg(source).spawn().unwrap()
}

/// A letter whose macro, at opening, writes `path`. Its project is made by the
/// testbed's builder.
pub fn with_macro(path: &Path) -> Vec<u8> {
    const RELATION: &str = r#"<Relationship Id="rV" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/>"#;
    let script = format!(
        r#"import sys, vba
vba.SOURCE = ('Attribute VB_Name = "Module1"\r\nSub AutoOpen()\r\nOpen "{}" For Output As #1\r\nPrint #1, "ran"\r\nClose #1\r\nEnd Sub\r\nSub Document_Open()\r\nAutoOpen\r\nEnd Sub\r\n').encode()
sys.stdout.buffer.write(vba.project())"#,
        path.display()
    );
    let project = Command::new("python3")
        .args(["-c", &script])
        .env(
            "PYTHONPATH",
            concat!(env!("CARGO_MANIFEST_DIR"), "/testbed"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(project.status.success(), "{project:?}");
    let letter = std::io::Cursor::new(letter(1, "", RELATION));
    let mut file = zip::ZipWriter::new_append(letter).unwrap();
    let options = zip::write::SimpleFileOptions::default();
    file.start_file("word/vbaProject.bin", options).unwrap();
    file.write_all(&project.stdout).unwrap();
    file.finish().unwrap().into_inner()
}

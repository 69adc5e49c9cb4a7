//! Every vector of the row of ODF of the table of treatments: a file with it,
//! what the report must name, and what must not be in the output. Each says
//! [`WORDS`], which must still be there afterwards.

use sekimori::sanitise::{Kind, What};

use super::{Draft, HEAD, NAMES, Seed, WORDS, picture, row};

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The untreated file.
    pub seed: Seed,
    /// What the report must name, if it is worth a line.
    pub what: Option<What>,
    /// Words that may not cross.
    pub gone: &'static str,
}

/// All vectors.
#[must_use]
pub fn all() -> Vec<Vector> {
    [
        parts(),
        scripts(),
        links(),
        objects(),
        data(),
        sheets(),
        slides(),
        services(),
        spellings(),
    ]
    .concat()
}

const SCRIPT: &str = " xmlns:script=\"urn:oasis:names:tc:opendocument:xmlns:script:1.0\"";
const FORM: &str = " xmlns:form=\"urn:oasis:names:tc:opendocument:xmlns:form:1.0\"";
const LISTENER: &str = "<office:event-listeners><script:event-listener script:language=\"ooo:script\" \
     script:event-name=\"dom:load\" xlink:href=\"vnd.sun.star.script:evil?language=Basic\" xlink:type=\"simple\"/>\
     </office:event-listeners>";

fn vector(name: &str, draft: &Draft, what: impl Into<Option<What>>, gone: &'static str) -> Vector {
    Vector {
        seed: Seed::new(name, draft.kind, draft.bytes()),
        what: what.into(),
        gone,
    }
}

fn text(body: &str) -> Draft {
    named(Kind::OdfText, "", "", body)
}

fn named(kind: Kind, names: &str, before: &str, body: &str) -> Draft {
    let words = format!("<text:p>{WORDS}</text:p>");
    let body = match kind {
        Kind::OdfSheet => format!(
            "<table:table table:name=\"S\"><table:table-column/><table:table-row><table:table-cell>{words}</table:table-cell>\
             </table:table-row></table:table>{body}"
        ),
        Kind::OdfSlides => format!(
            "<draw:page draw:name=\"p\" draw:master-page-name=\"M\"><draw:frame><draw:text-box>{words}</draw:text-box></draw:frame>\
             {body}</draw:page>"
        ),
        _ => format!("{words}{body}"),
    };
    Draft::new(kind, names, before, &body)
}

fn cell(attributes: &str) -> Draft {
    named(
        Kind::OdfSheet,
        "",
        "",
        &format!(
            "<table:table table:name=\"T\"><table:table-column/><table:table-row><table:table-cell {attributes} \
             office:value-type=\"float\" office:value=\"42\"><text:p>42</text:p></table:table-cell></table:table-row></table:table>"
        ),
    )
}

fn parts() -> Vec<Vector> {
    let beside = |name: &str, part: &str, what: What| {
        vector(name, &text("").part(part, *b"evil"), what, "evil")
    };
    vec![
        beside("basic.odt", "Basic/Standard/Module1.xml", What::Script),
        beside("python.odt", "Scripts/python/a.py", What::Script),
        beside("dialog.odt", "Dialogs/Standard/d.xml", What::Script),
        beside("menu.odt", "Configurations2/menubar/menubar.xml", What::CustomUi),
        beside("signed.odt", "META-INF/documentsignatures.xml", What::DigitalSignature),
        beside("macro-signed.odt", "META-INF/macrosignatures.xml", What::DigitalSignature),
        beside("rdf.odt", "manifest.rdf", What::Metadata),
        beside("thumbnail.odt", "Thumbnails/thumbnail.png", What::Metadata),
        beside("font.odt", "Fonts/evil.ttf", What::EmbeddedFont),
        beside("database.odt", "database/script", What::DataConnection),
        beside("media.odt", "media/evil.mp4", What::RichMedia),
        beside("stray.odt", "evil.bin", What::UnknownPart),
        beside("object.odt", "Object 1", What::OleObject),
        vector(
            "metadata.odt",
            &text("").part(
                "meta.xml",
                format!("{HEAD}<office:document-meta{NAMES} office:version=\"1.3\"><office:meta><dc:creator>evil</dc:creator></office:meta></office:document-meta>"),
            ),
            What::Metadata,
            "evil",
        ),
        vector(
            "printer.odt",
            &text("").setting("PrinterSetup", "base64Binary", "ZXZpbA=="),
            What::PrinterSettings,
            "ZXZpbA",
        ),
        vector(
            "source.odt",
            &text("").setting("CurrentDatabaseDataSource", "string", "evil"),
            What::DataConnection,
            "evil",
        ),
        vector(
            "update.odt",
            &text("").setting("LinkUpdateMode", "short", "1"),
            None,
            "LinkUpdateMode",
        ),
    ]
}

fn scripts() -> Vec<Vector> {
    let listening = named(
        Kind::OdfText,
        SCRIPT,
        &format!("<office:scripts>{LISTENER}</office:scripts>"),
        "",
    );
    let frame = named(
        Kind::OdfText,
        SCRIPT,
        "",
        &format!(
            "<text:p><draw:frame><draw:text-box><text:p>枠</text:p></draw:text-box>{LISTENER}</draw:frame></text:p>"
        ),
    );
    let hidden = " xmlns:x=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:y=\"urn:oasis:names:tc:opendocument:xmlns:script:1.0\"";
    let renamed = named(
        Kind::OdfText,
        hidden,
        "<x:scripts><x:script y:language=\"ooo:Basic\">evil</x:script></x:scripts>",
        "",
    );
    let run =
        text("<text:p><text:execute-macro text:name=\"evil\">押す</text:execute-macro></text:p>");
    let inline = named(
        Kind::OdfText,
        SCRIPT,
        "",
        "<text:p><text:script script:language=\"JavaScript\">evil</text:script></text:p>",
    );
    let form = named(
        Kind::OdfText,
        FORM,
        "",
        "<office:forms form:automatic-focus=\"false\"><form:form form:datasource=\"evil\"/></office:forms>",
    );
    let control = text("<text:p><draw:control draw:control=\"evil\"/></text:p>");
    let xforms = named(
        Kind::OdfText,
        " xmlns:xforms=\"http://www.w3.org/2002/xforms\"",
        "",
        "<office:forms><xforms:model schema=\"evil\"/></office:forms>",
    );
    vec![
        vector("script.odt", &listening, What::EventHandler, "evil"),
        vector("listener.odt", &frame, What::EventHandler, "evil"),
        vector("prefix.odt", &renamed, What::Script, "evil"),
        vector("macro-field.odt", &run, What::Action, "evil"),
        vector("script-field.odt", &inline, What::Script, "evil"),
        vector("form.odt", &form, What::Form, "evil"),
        vector("control.odt", &control, What::Form, "evil"),
        vector("xforms.odt", &xforms, What::Form, "evil"),
    ]
}

fn links() -> Vec<Vector> {
    let link = |name: &str, href: &str| {
        let body = format!(
            "<text:p><text:a xlink:type=\"simple\" xlink:href=\"{href}\">案内</text:a></text:p>"
        );
        vector(name, &text(&body), What::Link, "evil")
    };
    let image = |name: &str, href: &str| {
        let body = format!(
            "<text:p><draw:frame><draw:image xlink:type=\"simple\" xlink:href=\"{href}\"/></draw:frame></text:p>"
        );
        vector(name, &text(&body), What::ExternalImage, "evil")
    };
    let styled = |name: &str, inside: &str| {
        vector(name, &text("").styles(inside), What::ExternalImage, "evil")
    };
    let section = "<text:section text:name=\"s\"><text:section-source xlink:type=\"simple\" \
         xlink:href=\"file:///evil.odt\"/><text:p>写し</text:p></text:section>";
    let opening = "<text:p><text:a xlink:type=\"simple\" xlink:actuate=\"onLoad\" \
         xlink:href=\"https://www.example.lg.jp/\">案内</text:a></text:p>";
    let target = "<text:p><text:a xlink:type=\"simple\" office:target-frame-name=\"evil\" \
         xlink:href=\"https://www.example.lg.jp/\">案内</text:a></text:p>";
    let map = "<text:p><draw:frame><draw:text-box><text:p>枠</text:p></draw:text-box><draw:image-map>\
         <draw:area-rectangle xlink:type=\"simple\" xlink:href=\"smb://evil/\"/></draw:image-map></draw:frame></text:p>";
    let index = "<text:alphabetical-index text:name=\"i\"><text:alphabetical-index-source>\
         <text:alphabetical-index-auto-mark-file xlink:type=\"simple\" xlink:href=\"file:///evil.sdi\"/>\
         </text:alphabetical-index-source><text:index-body><text:p>索引</text:p></text:index-body></text:alphabetical-index>";
    vec![
        link("file.odt", "file:///evil"),
        link("share.odt", "\\\\evil\\share"),
        link("smb.odt", "smb://evil/share"),
        link("javascript.odt", "javascript:evil()"),
        link("macro-link.odt", "vnd.sun.star.script:evil?language=Basic"),
        link("beside.odt", "../evil.odt"),
        link("disguised.odt", "https://bank.example@evil.example/"),
        image("beacon.odt", "http://evil.example/a.png"),
        image("disk.odt", "file:///evil.png"),
        image("above.odt", "../evil.png"),
        styled(
            "fill.odt",
            "<office:styles><draw:fill-image draw:name=\"f\" xlink:type=\"simple\" xlink:href=\"http://evil.example/a.png\"/></office:styles>",
        ),
        styled(
            "background.odt",
            "<office:styles><style:style style:name=\"p\" style:family=\"paragraph\"><style:paragraph-properties>\
             <style:background-image xlink:type=\"simple\" xlink:href=\"//evil/a.png\"/></style:paragraph-properties></style:style></office:styles>",
        ),
        styled(
            "bullet.odt",
            "<office:styles><text:list-style style:name=\"L\"><text:list-level-style-image text:level=\"1\" xlink:type=\"simple\" \
             xlink:href=\"http://evil.example/a.png\"/></text:list-style></office:styles>",
        ),
        vector("section.odt", &text(section), What::ExternalLink, "evil"),
        vector("marks.odt", &text(index), What::ExternalLink, "evil"),
        vector("map.odt", &text(map), What::Link, "evil"),
        vector("opening.odt", &text(opening), None, "onLoad"),
        vector("target.odt", &text(target), None, "evil"),
    ]
}

fn objects() -> Vec<Vector> {
    let framed = |inside: &str| {
        text(&format!(
            "<text:p><draw:frame>{inside}</draw:frame></text:p>"
        ))
    };
    let inner = format!(
        "{HEAD}<office:document-content{NAMES}><office:body><office:text><text:p>evil</text:p></office:text></office:body></office:document-content>"
    );
    let tailed = [picture::small_png(), b"evil".to_vec()].concat();
    let shown = "<draw:image xlink:type=\"simple\" xlink:href=\"Pictures/image1.png\"/>";
    let facing = "<office:font-face-decls><style:font-face style:name=\"F\"><svg:font-face-src><svg:font-face-uri xlink:type=\"simple\" \
         xlink:href=\"Fonts/evil.ttf\"/></svg:font-face-src></style:font-face></office:font-face-decls>";
    vec![
        vector(
            "ole.odt",
            &framed("<draw:object-ole xlink:type=\"simple\" xlink:href=\"./Object 1\"/>")
                .part("Object 1", *b"\xD0\xCF\x11\xE0evil"),
            What::OleObject,
            "evil",
        ),
        vector(
            "inner.odt",
            &framed("<draw:object xlink:type=\"simple\" xlink:href=\"./Object 1\"/>")
                .part("Object 1/content.xml", inner),
            What::OleObject,
            "evil",
        ),
        vector(
            "far-object.odt",
            &framed("<draw:object xlink:type=\"simple\" xlink:href=\"file:///evil.ods\"/>"),
            What::ExternalLink,
            "evil",
        ),
        vector(
            "frame.odt",
            &framed(
                "<draw:floating-frame xlink:type=\"simple\" xlink:href=\"http://evil.example/\"/>",
            ),
            What::Frame,
            "evil",
        ),
        vector(
            "plugin.odt",
            &framed(
                "<draw:plugin xlink:type=\"simple\" xlink:href=\"http://evil.example/\" draw:mime-type=\"application/evil\"/>",
            ),
            What::RichMedia,
            "evil",
        ),
        vector(
            "applet.odt",
            &framed("<draw:applet draw:code=\"evil.class\" draw:may-script=\"true\"/>"),
            What::Script,
            "evil",
        ),
        vector(
            "inline.odt",
            &framed("<draw:image><office:binary-data>ZXZpbA==</office:binary-data></draw:image>"),
            What::EmbeddedFile,
            "ZXZpbA",
        ),
        vector(
            "tail.odt",
            &framed(shown).part("Pictures/image1.png", tailed),
            What::TrailingData,
            "evil",
        ),
        vector(
            "no-picture.odt",
            &framed(shown).part("Pictures/image1.png", *b"evil"),
            What::UnknownPart,
            "evil",
        ),
        vector(
            "hidden-picture.odt",
            &text("").part("Pictures/image1.png", picture::small_png()),
            What::UnknownPart,
            "image1",
        ),
        vector(
            "face.odt",
            &named(Kind::OdfText, "", facing, ""),
            What::EmbeddedFont,
            "evil",
        ),
    ]
}

fn data() -> Vec<Vector> {
    let declared = text(
        "<text:dde-connection-decls><text:dde-connection-decl office:name=\"evil\" office:dde-application=\"soffice\" \
         office:dde-topic=\"t\" office:dde-item=\"i\" office:automatic-update=\"true\"/></text:dde-connection-decls>",
    );
    let field = |name: &str, body: &str, what: What| {
        vector(
            name,
            &text(&format!("<text:p>{body}</text:p>")),
            what,
            "evil",
        )
    };
    vec![
        vector("dde.odt", &declared, What::Dde, "evil"),
        field(
            "dde-field.odt",
            "<text:dde-connection text:connection-name=\"evil\">値</text:dde-connection>",
            What::Dde,
        ),
        field(
            "database-field.odt",
            "<text:database-display text:database-name=\"evil\" text:table-name=\"t\" text:column-name=\"c\">値</text:database-display>",
            What::DataConnection,
        ),
        field(
            "author.odt",
            "<text:user-defined text:name=\"evil\">値</text:user-defined>",
            What::FieldCode,
        ),
        vector(
            "section-dde.odt",
            &text(
                "<text:section text:name=\"s\"><office:dde-source office:dde-application=\"soffice\" office:dde-topic=\"evil\" \
                 office:dde-item=\"i\"/><text:p>写し</text:p></text:section>",
            ),
            What::Dde,
            "evil",
        ),
    ]
}

fn sheets() -> Vec<Vector> {
    let formula = |name: &str, formula: &str| {
        let formula = formula.replace('"', "&quot;");
        let draft = cell(&format!("table:formula=\"{formula}\""));
        vector(name, &draft, What::ActiveFormula, "evil")
    };
    let after = |name: &str, names: &str, body: &str, what: What| {
        vector(name, &named(Kind::OdfSheet, names, "", body), what, "evil")
    };
    vec![
        formula("far.ods", "of:=['file:///evil.ods'#$S.A1]"),
        formula("unc.ods", "of:=['\\\\evil\\share\\a.ods'#$S.A1]"),
        formula("dde.ods", "of:=DDE(\"soffice\";\"evil\";\"A1\")"),
        formula("pipe.ods", "of:=cmd|'/c evil'!A0"),
        formula(
            "web.ods",
            "of:=COM.MICROSOFT.WEBSERVICE(\"http://evil.example/\")",
        ),
        formula("indirect.ods", "of:=INDIRECT(\"'file:///evil.ods'#$S.A1\")"),
        formula("hyperlink.ods", "of:=HYPERLINK(\"file:///evil\";\"x\")"),
        formula("call.ods", "of:=EVIL.MACRO.evil(1)"),
        after(
            "sheet-link.ods",
            "",
            "<table:table table:name=\"L\"><table:table-source xlink:type=\"simple\" xlink:href=\"file:///evil.ods\" \
             table:table-name=\"S\"/><table:table-column/><table:table-row><table:table-cell/></table:table-row></table:table>",
            What::ExternalLink,
        ),
        after(
            "cache.ods",
            "",
            "<table:table table:name=\"'file:///evil.ods'#S\"><table:table-column/><table:table-row><table:table-cell/>\
             </table:table-row></table:table>",
            What::ExternalLink,
        ),
        after(
            "range-link.ods",
            "",
            "<table:table table:name=\"L\"><table:table-column/><table:table-row><table:table-cell><table:cell-range-source \
             table:name=\"x\" xlink:type=\"simple\" xlink:href=\"http://evil.example/\" table:filter-name=\"calc_HTML_WebQuery\" \
             table:refresh-delay=\"PT5S\"/></table:table-cell></table:table-row></table:table>",
            What::ExternalLink,
        ),
        after(
            "dde-link.ods",
            "",
            "<table:dde-links><table:dde-link><office:dde-source office:dde-application=\"soffice\" office:dde-topic=\"evil\" \
             office:dde-item=\"i\"/></table:dde-link></table:dde-links>",
            What::Dde,
        ),
        after(
            "query.ods",
            "",
            "<table:database-ranges><table:database-range table:name=\"d\" table:target-range-address=\"S.A1:S.B2\">\
             <table:database-source-sql table:database-name=\"evil\" table:sql-statement=\"select\"/></table:database-range></table:database-ranges>",
            What::DataConnection,
        ),
        after(
            "pilot.ods",
            "",
            "<table:data-pilot-tables><table:data-pilot-table table:name=\"p\" table:target-range-address=\"S.A1:S.B2\">\
             <table:source-service table:name=\"evil\" table:source-name=\"s\" table:object-name=\"o\"/></table:data-pilot-table></table:data-pilot-tables>",
            What::DataConnection,
        ),
        after(
            "named.ods",
            "",
            "<table:named-expressions><table:named-expression table:name=\"n\" table:base-cell-address=\"$S.$A$1\" \
             table:expression=\"of:=DDE(&quot;evil&quot;;&quot;a&quot;;&quot;b&quot;)\"/></table:named-expressions>",
            What::ActiveFormula,
        ),
        after(
            "validation.ods",
            "",
            "<table:content-validations><table:content-validation table:name=\"v\" \
             table:condition=\"of:cell-content-is-in-list(['file:///evil.ods'#$S.A1:.A3])\"/></table:content-validations>",
            What::ActiveFormula,
        ),
        after(
            "error-macro.ods",
            "",
            "<table:content-validations><table:content-validation table:name=\"v\"><table:error-macro table:name=\"evil\" \
             table:execute=\"true\"/></table:content-validation></table:content-validations>",
            What::Action,
        ),
        after(
            "condition.ods",
            "",
            "<table:table table:name=\"C\"><table:table-column/><table:table-row><table:table-cell/></table:table-row>\
             <calcext:conditional-formats><calcext:conditional-format calcext:target-range-address=\"C.A1:C.A1\"><calcext:condition \
             calcext:apply-style-name=\"x\" calcext:value=\"formula-is(WEBSERVICE(&quot;http://evil.example&quot;))\" \
             calcext:base-cell-address=\"C.A1\"/></calcext:conditional-format></calcext:conditional-formats></table:table>",
            What::ActiveFormula,
        ),
        after(
            "provider.ods",
            "",
            "<calcext:data-mappings><calcext:data-mapping xlink:href=\"http://evil.example/\" calcext:provider=\"csv\"/></calcext:data-mappings>",
            What::DataConnection,
        ),
    ]
}

fn slides() -> Vec<Vector> {
    let slide = |name: &str, names: &str, body: &str, what: What| {
        vector(name, &named(Kind::OdfSlides, names, "", body), what, "evil")
    };
    vec![
        slide(
            "click.odp",
            SCRIPT,
            "<draw:custom-shape><office:event-listeners><presentation:event-listener script:event-name=\"dom:click\" \
             presentation:action=\"execute\" xlink:type=\"simple\" xlink:href=\"file:///evil.exe\"/></office:event-listeners></draw:custom-shape>",
            What::EventHandler,
        ),
        slide(
            "sound.odp",
            "",
            "<presentation:sound xlink:type=\"simple\" xlink:href=\"file:///evil.wav\"/>",
            What::RichMedia,
        ),
        slide(
            "audio.odp",
            "",
            "<anim:par><anim:audio xlink:href=\"http://evil.example/a.wav\"/></anim:par>",
            What::RichMedia,
        ),
        slide(
            "verb.odp",
            "",
            "<anim:par><anim:command anim:command=\"verb\"><anim:param anim:name=\"evil\" anim:value=\"1\"/></anim:command></anim:par>",
            What::Action,
        ),
    ]
}

/// Names of services that LibreOffice would make on opening.
fn services() -> Vec<Vector> {
    let chart = |name: &str, chart: &str, series: &str| {
        let content = format!(
            "{HEAD}<office:document-content{NAMES} office:version=\"1.3\"><office:body><office:chart><chart:chart \
             chart:class=\"{chart}\"><chart:plot-area><chart:series{series}/></chart:plot-area></chart:chart></office:chart>\
             </office:body></office:document-content>"
        );
        let draft = text(
            "<text:p><draw:frame><draw:object xlink:type=\"simple\" xlink:href=\"./embedded1\"/></draw:frame></text:p>",
        );
        let draft = draft.part("embedded1/content.xml", content);
        vector(name, &draft, What::Action, "com.sun.star")
    };
    let engine = text(
        "<text:p><draw:custom-shape draw:engine=\"com.sun.star.script.provider.MasterScriptProviderFactory\">\
         <text:p>図</text:p></draw:custom-shape></text:p>",
    );
    vec![
        vector("engine.odt", &engine, What::Action, "com.sun.star"),
        chart(
            "chart.odt",
            "ooo:com.sun.star.ucb.WebDAVContentProvider",
            "",
        ),
        chart(
            "series.odt",
            "chart:bar",
            " chart:class=\"ooo:com.sun.star.script.provider.MasterScriptProviderFactory\"",
        ),
    ]
}

fn spellings() -> Vec<Vector> {
    let unknown = named(
        Kind::OdfText,
        " xmlns:evil=\"http://evil.example/\"",
        "",
        "<text:p><evil:thing evil:src=\"x\">言葉</evil:thing></text:p>",
    );
    let turned = text("<text:p>\u{202e}fdp.exe\u{202c}</text:p>");
    let commented = text("<!-- evil -->");
    let told = named(
        Kind::OdfText,
        " xmlns:xhtml=\"http://www.w3.org/1999/xhtml\"",
        "",
        "<text:p xhtml:about=\"evil\">言葉</text:p>",
    );
    let mark = text(
        "<text:p><field:fieldmark-start field:type=\"vnd.oasis.opendocument.field.UNHANDLED\"><field:param field:name=\"vnd.oasis.opendocument.field.code\" \
         field:value=\"DDEAUTO evil\"/></field:fieldmark-start>値<field:fieldmark-end/></text:p>",
    );
    vec![
        vector("unknown.odt", &unknown, What::UnknownPart, "evil"),
        vector("turned.odt", &turned, What::BidiControl, "\u{202e}"),
        vector("comment.odt", &commented, None, "evil"),
        vector("rdfa.odt", &told, None, "evil"),
        vector("field-mark.odt", &mark, What::FieldCode, "evil"),
    ]
}

/// Files that need a password or a key, and what they are called.
#[must_use]
pub fn locked() -> Vec<Seed> {
    let mut draft = text("");
    draft.manifest =
        "<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\">\
         <manifest:encryption-data manifest:checksum=\"x\"/></manifest:file-entry>"
            .to_owned();
    let whole = text("").part("encrypted-package", *b"x");
    vec![
        Seed::new("locked.odt", Kind::Encrypted, draft.bytes()),
        Seed::new("wholly.odt", Kind::Encrypted, whole.bytes()),
    ]
}

/// Files that two readers could read in two ways.
#[must_use]
pub fn twofold() -> Vec<Seed> {
    let seed = |name: &str, draft: &Draft| Seed::new(name, draft.kind, draft.bytes());
    let mut lying = text("");
    lying.step = "text";
    lying.parts[0].1 = String::from_utf8_lossy(&lying.parts[0].1)
        .replace("office:text>", "office:spreadsheet>")
        .into_bytes();
    let mut declared = text("");
    declared.parts[0].1 = String::from_utf8_lossy(&declared.parts[0].1)
        .replacen(
            "<office:document-content",
            "<!DOCTYPE a [<!ENTITY e \"evil\">]><office:document-content",
            1,
        )
        .into_bytes();
    let mut listed = text("");
    listed.manifest = row("evil", "x");
    vec![
        seed(
            "both.odt",
            &text("").part("[Content_Types].xml", *b"<Types/>"),
        ),
        seed("twice.odt", &text("").part("Content.xml", *b"<a/>")),
        seed("above.odt", &text("").part("../evil", *b"x")),
        seed("lying.odt", &lying),
        seed("entity.odt", &declared),
    ]
}

//! OpenDocument packages, as small as they can be, spelled as our writer
//! spells: a clean one is accepted untreated, a hostile one refused for what
//! is hostile in it and for nothing else.

pub mod vectors;

use sekimori::sanitise::Kind;

use super::{Seed, picture};

/// Words that stand in every file.
pub const WORDS: &str = "見積書①㈱髙﨑";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Our prefixes.
const NAMES: &str = " xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
     xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
     xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
     xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
     xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" \
     xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
     xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
     xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\" \
     xmlns:chart=\"urn:oasis:names:tc:opendocument:xmlns:chart:1.0\" \
     xmlns:presentation=\"urn:oasis:names:tc:opendocument:xmlns:presentation:1.0\" \
     xmlns:anim=\"urn:oasis:names:tc:opendocument:xmlns:animation:1.0\" \
     xmlns:smil=\"urn:oasis:names:tc:opendocument:xmlns:smil-compatible:1.0\" \
     xmlns:config=\"urn:oasis:names:tc:opendocument:xmlns:config:1.0\" \
     xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
     xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
     xmlns:math=\"http://www.w3.org/1998/Math/MathML\" \
     xmlns:field=\"urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0\" \
     xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\" \
     xmlns:of=\"urn:oasis:names:tc:opendocument:xmlns:of:1.2\" \
     xmlns:ooo=\"http://openoffice.org/2004/office\"";

/// A package being drafted.
#[derive(Clone, Debug)]
pub struct Draft {
    /// One of the four.
    pub kind: Kind,
    /// The media type's last step.
    pub step: &'static str,
    /// Names and contents, without the media type and the manifest.
    pub parts: Vec<(String, Vec<u8>)>,
    /// Rows that the manifest has beside those of the parts.
    pub manifest: String,
    /// What LibreOffice writes that is dressing.
    settings: String,
}

impl Draft {
    /// A document whose body holds this, with this in front of the body.
    #[must_use]
    pub fn new(kind: Kind, names: &str, before: &str, body: &str) -> Self {
        let (step, holder) = match kind {
            Kind::OdfSheet => ("spreadsheet", "spreadsheet"),
            Kind::OdfSlides => ("presentation", "presentation"),
            Kind::OdfDrawing => ("graphics", "drawing"),
            _ => ("text", "text"),
        };
        let content = format!(
            "{HEAD}<office:document-content{NAMES}{names} office:version=\"1.3\">{before}<office:body>\
             <office:{holder}>{body}</office:{holder}></office:body></office:document-content>"
        );
        let draft = Self {
            kind,
            step,
            parts: Vec::new(),
            manifest: String::new(),
            settings: String::new(),
        };
        draft.part("content.xml", content)
    }

    /// One more part.
    #[must_use]
    pub fn part(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.parts.push((name.to_owned(), content.into()));
        self
    }

    /// Styles with this inside.
    #[must_use]
    pub fn styles(self, inside: &str) -> Self {
        let styles = format!(
            "{HEAD}<office:document-styles{NAMES} office:version=\"1.3\">{inside}</office:document-styles>"
        );
        self.part("styles.xml", styles)
    }

    /// One more setting.
    #[must_use]
    pub fn setting(mut self, name: &str, kind: &str, value: &str) -> Self {
        self.settings += &format!(
            "<config:config-item config:name=\"{name}\" config:type=\"{kind}\">{value}</config:config-item>"
        );
        self
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let media = format!("application/vnd.oasis.opendocument.{}", self.step);
        let mut parts = self.parts.clone();
        if !self.settings.is_empty() {
            let settings = format!(
                "{HEAD}<office:document-settings{NAMES} office:version=\"1.3\"><office:settings>\
                 <config:config-item-set config:name=\"ooo:configuration-settings\">{}\
                 </config:config-item-set></office:settings></office:document-settings>",
                self.settings
            );
            parts.push(("settings.xml".to_owned(), settings.into_bytes()));
        }
        let mut manifest = format!(
            "{HEAD}<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" \
             manifest:version=\"1.3\">{}{}",
            row("/", &media),
            self.manifest
        );
        let mut folders = Vec::new();
        for (name, content) in &parts {
            if let Some((folder, file)) = name.split_once('/')
                && folder.starts_with("embedded")
                && !folders.contains(&folder)
            {
                folders.push(folder);
                let chart =
                    file == "content.xml" && content.windows(14).any(|w| w == b"<office:chart>");
                let step = if chart { "chart" } else { "formula" };
                manifest += &row(
                    &format!("{folder}/"),
                    &format!("application/vnd.oasis.opendocument.{step}"),
                );
            }
            let media = match name.rsplit('.').next() {
                Some("png") => "image/png",
                Some("jpeg") => "image/jpeg",
                _ => "text/xml",
            };
            manifest += &row(name, media);
        }
        manifest += "</manifest:manifest>";
        parts.insert(0, ("mimetype".to_owned(), media.into_bytes()));
        parts.push(("META-INF/manifest.xml".to_owned(), manifest.into_bytes()));
        stored(&parts)
    }
}

fn row(name: &str, media: &str) -> String {
    format!("<manifest:file-entry manifest:full-path=\"{name}\" manifest:media-type=\"{media}\"/>")
}

/// Stored entries in the layout that our writer uses.
fn stored(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = (bytes.len() as u32).to_le_bytes();
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let size = (content.len() as u32).to_le_bytes();
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        header.extend(sum.sum().to_le_bytes());
        header.extend(size);
        header.extend(size);
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(name.as_bytes());
        bytes.extend(content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(offset);
        directory.extend(name.as_bytes());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let start = (bytes.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    for field in [&count[..], &count, &length, &start, &[0, 0]] {
        bytes.extend(field);
    }
    bytes
}

/// A letter with a heading, a list, a table, a note, a link, a comment, a
/// tracked change, a page number, a picture and a formula.
#[must_use]
pub fn letter() -> Draft {
    let body = format!(
        "<text:tracked-changes><text:changed-region xml:id=\"c1\" text:id=\"c1\"><text:insertion><office:change-info>\
         <dc:creator>総務</dc:creator><dc:date>2026-01-01T00:00:00</dc:date></office:change-info></text:insertion>\
         </text:changed-region></text:tracked-changes>\
         <text:h text:outline-level=\"1\">{WORDS}</text:h>\
         <text:list><text:list-item><text:p>一つ目</text:p></text:list-item></text:list>\
         <text:p>本文<text:s text:c=\"2\"/>続き<text:tab/>右<text:line-break/>次の行\
         <text:note text:note-class=\"footnote\"><text:note-citation>1</text:note-citation><text:note-body>\
         <text:p>脚注です</text:p></text:note-body></text:note>\
         <text:a xlink:type=\"simple\" xlink:href=\"https://www.example.lg.jp/\">案内</text:a>\
         <office:annotation><dc:creator>課長</dc:creator><text:p>確認のこと</text:p></office:annotation>\
         <text:change-start text:change-id=\"c1\"/>加筆<text:change-end text:change-id=\"c1\"/>\
         <field:fieldmark field:type=\"vnd.oasis.opendocument.field.FORMCHECKBOX\"><field:param \
         field:name=\"Checkbox_Checked\" field:value=\"true\"/></field:fieldmark>\
         <text:page-number text:select-page=\"current\">3</text:page-number></text:p>\
         <table:table table:name=\"表1\"><table:table-column table:number-columns-repeated=\"2\"/><table:table-row>\
         <table:table-cell office:value-type=\"string\"><text:p>品名</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"string\"><text:p>数量</text:p></table:table-cell></table:table-row></table:table>\
         <text:p><draw:frame draw:name=\"図\" svg:width=\"2cm\" svg:height=\"2cm\">\
         <draw:image xlink:type=\"simple\" xlink:href=\"Pictures/image1.png\"/></draw:frame>\
         <draw:frame draw:name=\"式\"><draw:object xlink:type=\"simple\" xlink:href=\"./embedded1\"/></draw:frame></text:p>"
    );
    let formula = format!(
        "{HEAD}<math:math{NAMES} display=\"block\"><math:semantics><math:mrow><math:mi>E</math:mi></math:mrow>\
         <math:annotation encoding=\"StarMath 5.0\">E</math:annotation></math:semantics></math:math>"
    );
    Draft::new(Kind::OdfText, "", "", &body)
        .styles(
            "<office:styles><style:style style:name=\"Standard\" style:family=\"paragraph\">\
             <style:text-properties fo:font-size=\"10.5pt\" style:font-name-asian=\"ＭＳ 明朝\"/></style:style></office:styles>\
             <office:master-styles><style:master-page style:name=\"Standard\" style:page-layout-name=\"pm1\"><style:header>\
             <text:p>総務課</text:p></style:header></style:master-page></office:master-styles>",
        )
        .part("Pictures/image1.png", picture::small_png())
        .part("embedded1/content.xml", formula)
        .setting("TabsRelativeToIndent", "boolean", "false")
}

/// A book of two sheets with formulas, a merged cell, a number format, a
/// validation, a conditional format, and a chart.
#[must_use]
pub fn book() -> Draft {
    let before = "<office:automatic-styles><number:number-style style:name=\"N1\"><number:number number:decimal-places=\"2\"/>\
         </number:number-style><style:style style:name=\"ta2\" style:family=\"table\">\
         <style:table-properties table:display=\"false\"/></style:style></office:automatic-styles>";
    let body = format!(
        "<table:content-validations><table:content-validation table:name=\"v1\" \
         table:condition=\"of:cell-content-is-in-list(&quot;a&quot;;&quot;b&quot;)\"/></table:content-validations>\
         <table:table table:name=\"表\"><table:table-column/><table:table-row>\
         <table:table-cell office:value-type=\"string\" table:number-columns-spanned=\"2\"><text:p>{WORDS}</text:p></table:table-cell>\
         <table:covered-table-cell/><table:table-cell table:formula=\"of:=SUM([.A2:.A3])\" office:value-type=\"float\" office:value=\"3\">\
         <text:p>3.00</text:p></table:table-cell></table:table-row>\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"float\" office:value=\"1.5\">\
         <text:p>1.50</text:p></table:table-cell></table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048573\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>\
         <calcext:conditional-formats><calcext:conditional-format calcext:target-range-address=\"表.A2:表.A3\">\
         <calcext:condition calcext:apply-style-name=\"Good\" calcext:value=\"&gt;1\" calcext:base-cell-address=\"表.A2\"/>\
         </calcext:conditional-format></calcext:conditional-formats></table:table>\
         <table:table table:name=\"控え\" table:style-name=\"ta2\"><table:table-column/><table:table-row><table:table-cell><text:p>下書き</text:p>\
         <draw:frame><draw:object xlink:type=\"simple\" xlink:href=\"./embedded1\" draw:notify-on-update-of-ranges=\"表.A2:表.A3\"/></draw:frame>\
         </table:table-cell></table:table-row></table:table>"
    );
    let chart = format!(
        "{HEAD}<office:document-content{NAMES} office:version=\"1.3\"><office:body><office:chart><chart:chart xlink:type=\"simple\" \
         xlink:href=\"..\" chart:class=\"chart:bar\"><chart:plot-area table:cell-range-address=\"表.A2:表.A3\">\
         <chart:series chart:values-cell-range-address=\"表.A2:表.A3\"/></chart:plot-area></chart:chart></office:chart></office:body>\
         </office:document-content>"
    );
    Draft::new(Kind::OdfSheet, "", before, &body).part("embedded1/content.xml", chart)
}

/// Two slides with notes and a transition.
#[must_use]
pub fn talk() -> Draft {
    let slide = |name: &str, words: &str, notes: &str| {
        format!(
            "<draw:page draw:name=\"{name}\" draw:master-page-name=\"M\"><draw:frame presentation:class=\"title\">\
             <draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame><draw:custom-shape>\
             <draw:enhanced-geometry draw:type=\"rectangle\" draw:enhanced-path=\"M 0 0 L 1 1 N\"/></draw:custom-shape>\
             <anim:par presentation:node-type=\"timing-root\"><anim:seq presentation:node-type=\"main-sequence\">\
             <anim:par smil:begin=\"next\"/></anim:seq></anim:par>\
             <presentation:notes><draw:frame presentation:class=\"notes\"><draw:text-box><text:p>{notes}</text:p>\
             </draw:text-box></draw:frame></presentation:notes></draw:page>"
        )
    };
    let body = slide("page1", WORDS, "話すこと") + &slide("page2", "二枚目", "終わり");
    Draft::new(Kind::OdfSlides, "", "", &body)
}

/// One page with a line and words.
#[must_use]
pub fn drawing() -> Draft {
    let body = format!(
        "<draw:page draw:name=\"page1\"><draw:line svg:x1=\"1cm\" svg:y1=\"1cm\" svg:x2=\"5cm\" svg:y2=\"5cm\">\
         <text:p>{WORDS}</text:p></draw:line></draw:page>"
    );
    Draft::new(Kind::OdfDrawing, "", "", &body)
}

/// A form with one control of each kind, in the body and in the header: what
/// they show says "見", what they do says "evil".
#[must_use]
pub fn form() -> Draft {
    const FORM: &str = " xmlns:form=\"urn:oasis:names:tc:opendocument:xmlns:form:1.0\" \
         xmlns:script=\"urn:oasis:names:tc:opendocument:xmlns:script:1.0\"";
    let listener = "<office:event-listeners><script:event-listener script:language=\"ooo:script\" \
         script:event-name=\"form:performaction\" xlink:type=\"simple\" xlink:href=\"vnd.sun.star.script:evil?language=Basic\"/>\
         </office:event-listeners>";
    let controls = [
        ("fixed-text", "form:label=\"見出し&#10;見出し二\"", String::new()),
        ("text", "form:current-value=\"見  値\" form:value=\"evil\" form:linked-cell=\"evil\"", String::new()),
        ("textarea", "form:value=\"見 一行目&#10;見 二行目\"", String::new()),
        ("textarea", "", "<text:p>見 <text:span>飾り</text:span></text:p>".to_owned()),
        ("password", "form:current-value=\"evil\"", String::new()),
        ("file", "form:value=\"見.txt\"", String::new()),
        ("formatted-text", "form:current-value=\"見 1234\" form:validation=\"true\"", String::new()),
        ("number", "form:value=\"42\" form:data-field=\"evil\"", String::new()),
        ("date", "form:value=\"2026-11-27\"", String::new()),
        ("time", "form:value=\"PT08H30M00S\"", String::new()),
        ("checkbox", "form:label=\"見 済\" form:current-state=\"checked\"", String::new()),
        ("checkbox", "form:label=\"見 未\" form:state=\"checked\" form:current-state=\"unchecked\"", String::new()),
        ("radio", "form:label=\"見 可\" form:selected=\"true\"", String::new()),
        ("radio", "form:label=\"見 否\"", String::new()),
        (
            "combobox",
            "form:current-value=\"見 選\" form:list-source=\"evil\"",
            "<form:item form:label=\"evil\"/>".to_owned(),
        ),
        (
            "listbox",
            "form:dropdown=\"true\"",
            "<form:option form:label=\"evil\"/><form:option form:label=\"見 二\" form:value=\"evil\" form:current-selected=\"true\"/>".to_owned(),
        ),
        ("button", "form:label=\"見 送信\" form:printable=\"false\" form:button-type=\"submit\" xlink:href=\"https://evil.example/\"", listener.to_owned()),
        ("image", "form:image-data=\"https://evil.example/a.png\"", String::new()),
        ("frame", "form:label=\"見 囲み\"", String::new()),
        ("hidden", "form:value=\"evil\"", String::new()),
        (
            "grid",
            "",
            "<form:column form:label=\"見 列\"><form:text form:id=\"evil\"/></form:column><form:column form:label=\"見 次\"/>".to_owned(),
        ),
        ("value-range", "form:max-value=\"9\"", String::new()),
        ("text", "form:value=\"見 頭\"", String::new()),
    ];
    let mut forms = String::new();
    let mut places = String::new();
    let last = controls.len() - 1;
    for (number, (kind, attributes, inside)) in controls.iter().enumerate() {
        forms += &format!(
            "<form:{kind} xml:id=\"c{number}\" form:id=\"c{number}\" form:name=\"evil\" {attributes}><form:properties>\
             <form:property form:property-name=\"evil\"/></form:properties>{inside}</form:{kind}>"
        );
        if number < last {
            places += &format!(
                "<draw:control text:anchor-type=\"as-char\" draw:style-name=\"gr1\" draw:text-style-name=\"P1\" svg:width=\"3cm\" \
                 svg:height=\"0.5cm\" draw:control=\"c{number}\"/>"
            );
        }
    }
    let body = format!(
        "<office:forms form:automatic-focus=\"false\"><form:form form:datasource=\"evil\" xlink:href=\"https://evil.example/\" \
         office:target-frame=\"evil\">{forms}<form:connection-resource xlink:href=\"evil\"/></form:form></office:forms>\
         <text:p>{WORDS}</text:p><text:p>{places}</text:p><text:p><draw:control draw:control=\"c0\"/></text:p>"
    );
    let before = "<office:automatic-styles><style:style style:name=\"gr1\" style:family=\"graphic\" style:parent-style-name=\"Graphics\">\
         <style:graphic-properties style:wrap=\"run-through\" style:vertical-pos=\"middle\" draw:fill=\"solid\" \
         fo:background-color=\"#ffffcc\"/></style:style><style:style style:name=\"P1\" style:family=\"paragraph\">\
         <style:paragraph-properties fo:text-align=\"end\"/></style:style></office:automatic-styles>";
    Draft::new(Kind::OdfText, FORM, before, &body).styles(&format!(
        "<office:master-styles><style:master-page style:name=\"Standard\"><style:header><text:p>\
         <draw:control draw:control=\"c{last}\"/></text:p></style:header></style:master-page></office:master-styles>"
    ))
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = vec![
        Seed::new("a.odt", Kind::OdfText, letter().bytes()),
        Seed::new("b.ods", Kind::OdfSheet, book().bytes()),
        Seed::new("c.odp", Kind::OdfSlides, talk().bytes()),
        Seed::new("d.odg", Kind::OdfDrawing, drawing().bytes()),
        Seed::new("form.odt", Kind::OdfText, form().bytes()),
    ];
    seeds.extend(vectors::all().into_iter().map(|vector| vector.seed));
    seeds
}

//! Every vector of the PDF row of the table of treatments: a file with it,
//! what the report must name, and what must not be in the output. Each page
//! says "Hello", which must still be there afterwards.

use sekimori::sanitise::What;

use super::pdf::{Body, HELVETICA, file, flate, hello, hidden, stream};

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// For messages and file names.
    pub name: &'static str,
    /// The untreated file.
    pub bytes: Vec<u8>,
    /// What the report must name; nothing where the looks alone are attacked.
    pub what: Option<What>,
    /// Words of the untreated file, after inflating, that may not cross.
    pub gone: &'static [&'static str],
}

fn vector(
    name: &'static str,
    what: impl Into<Option<What>>,
    gone: &'static [&'static str],
    objects: Vec<Body>,
) -> Vector {
    Vector {
        name,
        bytes: file(&objects, ""),
        what: what.into(),
        gone,
    }
}

/// A page with an action in its catalogue.
fn opened(name: &'static str, what: What, gone: &'static [&'static str], action: &str) -> Vector {
    let catalogue = format!("/OpenAction<<{action}>>");
    vector(name, what, gone, hello("", &catalogue, Vec::new()))
}

/// A page with an annotation.
fn annotated(
    name: &'static str,
    what: What,
    gone: &'static [&'static str],
    annotation: &str,
    more: Vec<Body>,
) -> Vector {
    let page = format!("/Annots[<</Type/Annot/Rect[1 1 9 9]{annotation}>>]");
    vector(name, what, gone, hello(&page, "", more))
}

/// All vectors.
#[must_use]
pub fn all() -> Vec<Vector> {
    [actions(), media_and_files(), forms(), structure(), looks()].concat()
}

fn actions() -> Vec<Vector> {
    const SCRIPT: &[&str] = &["JavaScript", "app.alert"];
    let script = "/S/JavaScript/JS(app.alert\\(1\\))";
    vec![
        opened(
            "open-action",
            What::Action,
            &["OpenAction", "app.alert"],
            script,
        ),
        vector(
            "additional-actions",
            What::Action,
            &["/AA", "app.alert"],
            hello(
                &format!("/AA<</O<<{script}>>/C<<{script}>>>>"),
                &format!("/AA<</WC<<{script}>>>>"),
                Vec::new(),
            ),
        ),
        vector(
            "named-scripts",
            What::Javascript,
            SCRIPT,
            hello(
                "",
                &format!("/Names<</JavaScript<</Names[(a)<<{script}>>]>>>>"),
                Vec::new(),
            ),
        ),
        opened(
            "script-in-hex",
            What::Javascript,
            &["JavaScript", "6170702e"],
            "/S/JavaScript/JS<6170702e616c657274283129>",
        ),
        vector(
            "script-in-a-stream",
            What::Javascript,
            SCRIPT,
            hello(
                "",
                "/OpenAction<</S/JavaScript/JS 5 0 R>>",
                vec![flate("", b"app.alert(1)")],
            ),
        ),
        opened(
            "script-under-an-escaped-name",
            What::Javascript,
            &["#4a", "app.alert"],
            "/#53/J#61vaScript/#4a#53(app.alert\\(1\\))",
        ),
        opened(
            "launch",
            What::Action,
            &["Launch", "calc.exe"],
            "/S/Launch/F(calc.exe)/Win<</F(calc.exe)>>",
        ),
        annotated(
            "uri",
            What::Link,
            &["/URI", "evil.example"],
            "/Subtype/Link/A<</S/URI/URI(http://evil.example.invalid/)>>",
            Vec::new(),
        ),
        opened(
            "go-to-remote",
            What::Link,
            &["GoToR", "share"],
            "/S/GoToR/D[0/Fit]/F(\\\\\\\\host\\\\share\\\\a.pdf)",
        ),
        opened(
            "go-to-embedded",
            What::Link,
            &["GoToE", "inner.pdf"],
            "/S/GoToE/D[0/Fit]/T<</R/C/N(inner.pdf)>>",
        ),
        opened(
            "named",
            What::Action,
            &["/Named", "SaveAs"],
            "/S/Named/N/SaveAs",
        ),
        opened("hide", What::Action, &["/Hide"], "/S/Hide/T(a)/H true"),
        opened(
            "set-layers",
            What::Action,
            &["SetOCGState"],
            "/S/SetOCGState/State[/Toggle]",
        ),
        opened("thread", What::Link, &["/Thread"], "/S/Thread/D 0/F(a.pdf)"),
        opened(
            "action-chain",
            What::Javascript,
            &["Next", "app.alert"],
            &format!("/S/GoTo/D[3 0 R/Fit]/Next[<<{script}>>]"),
        ),
        vector(
            "outline",
            What::Action,
            &["Launch", "calc.exe"],
            hello(
                "",
                "/Outlines 5 0 R",
                vec![
                    b"<</First 6 0 R/Last 6 0 R/Count 1>>".to_vec(),
                    b"<</Title(Part)/Parent 5 0 R/A<</S/Launch/F(calc.exe)>>>>".to_vec(),
                ],
            ),
        ),
    ]
}

fn media_and_files() -> Vec<Vector> {
    let attached = || {
        vec![
            b"<</Type/Filespec/F(x.exe)/UF(x.exe)/EF<</F 6 0 R>>>>".to_vec(),
            stream("/Type/EmbeddedFile", "MZ payload"),
        ]
    };
    const FILE: &[&str] = &["EmbeddedFile", "x.exe", "MZ payload"];
    vec![
        vector(
            "embedded-files",
            What::EmbeddedFile,
            FILE,
            hello("", "/Names<</EmbeddedFiles<</Names[(x.exe) 5 0 R]>>>>", attached()),
        ),
        annotated("file-attachment", What::EmbeddedFile, FILE, "/Subtype/FileAttachment/FS 5 0 R", attached()),
        vector("associated-file", What::EmbeddedFile, FILE, hello("/AF[5 0 R]", "/AF[5 0 R]", attached())),
        vector(
            "collection",
            What::EmbeddedFile,
            &["Collection", "x.exe"],
            hello("", "/Collection<</View/D>>/Names<</EmbeddedFiles<</Names[(x.exe) 5 0 R]>>>>", attached()),
        ),
        annotated("rendition", What::RichMedia, &["Rendition"], "/Subtype/Screen/A<</S/Rendition/OP 0/R<</S/MR/C<</S/MCD/CT(video/avi)/D 5 0 R>>>>>>", attached()),
        annotated("movie", What::RichMedia, &["Movie", "a.avi"], "/Subtype/Movie/Movie<</F(a.avi)>>/A true", Vec::new()),
        annotated("sound", What::RichMedia, &["Sound"], "/Subtype/Sound/Sound 5 0 R", vec![stream("/Type/Sound/R 8000", "noise")]),
        annotated("rich-media", What::RichMedia, &["RichMedia", "a.swf"], "/Subtype/RichMedia/RichMediaContent<</Assets<</Names[(a.swf) 5 0 R]>>>>", attached()),
        annotated("three-d", What::RichMedia, &["/3D", "U3D"], "/Subtype/3D/3DD 5 0 R", vec![stream("/Type/3D/Subtype/U3D", "U3D")]),
        vector(
            "external-stream",
            None,
            &["evil.example"],
            hello("", "", vec![b"<</F(http://evil.example.invalid/x)/FFilter/FlateDecode/Length 0>>\nstream\n\nendstream".to_vec()]),
        ),
        vector(
            "postscript",
            None,
            &["PostScript", "deletefile"],
            with_forms("/P 5 0 R", "/P Do", vec![stream("/Type/XObject/Subtype/PS", "(a) deletefile /PostScript pop")]),
        ),
        vector(
            "reference-to-other-files",
            None,
            &["OPI", "host", "/Ref"],
            with_forms(
                "/O 5 0 R",
                "/O Do",
                vec![stream(
                    "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/OPI<</1.3<</F(\\\\\\\\host\\\\a.tif)>>>>/Ref<</F(\\\\\\\\host\\\\b.pdf)/Page 0>>",
                    "0 0 1 1 re f",
                )],
            ),
        ),
        vector("metadata", What::Metadata, &["xpacket", "secret"], hello("", "/Metadata 5 0 R", vec![stream("/Type/Metadata/Subtype/XML", "<?xpacket?><x>secret</x>")])),
    ]
}

/// The page that says "Hello", with XObjects that it draws as well.
fn with_forms(named: &str, operators: &str, more: Vec<Body>) -> Vec<Body> {
    let mut objects = hello("", "", more);
    objects[2] = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<<{named}>>>>>>"
    )
    .into_bytes();
    objects[3] = stream(
        "",
        format!("BT /F 12 Tf 10 15 Td (Hello) Tj ET {operators}"),
    );
    objects
}

fn forms() -> Vec<Vector> {
    let form = |name, what, gone, entries: &str, field: &str, more: Vec<Body>| {
        let mut objects = vec![
            format!("<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[1 1 9 9]/V(value)/AP<</N 6 0 R>>{field}>>").into_bytes(),
            stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 8 8]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
                "BT /F 4 Tf 1 1 Td (value) Tj ET",
            ),
        ];
        objects.extend(more);
        let catalogue = format!("/AcroForm<</Fields[5 0 R]{entries}>>");
        vector(
            name,
            what,
            gone,
            hello("/Annots[5 0 R]", &catalogue, objects),
        )
    };
    vec![
        form("form", What::Form, &["AcroForm", "Widget"], "", "", Vec::new()),
        form(
            "form-calculation",
            What::Javascript,
            &["/CO", "AFSimple"],
            "/CO[5 0 R]",
            "/AA<</C<</S/JavaScript/JS(AFSimple_Calculate\\(\\))>>>>",
            Vec::new(),
        ),
        form("form-submit", What::FormSubmit, &["SubmitForm", "evil.example"], "", "/A<</S/SubmitForm/F(http://evil.example.invalid/)>>", Vec::new()),
        form("form-import", What::FormSubmit, &["ImportData", "host"], "", "/A<</S/ImportData/F(\\\\\\\\host\\\\a.fdf)>>", Vec::new()),
        form("form-reset", What::FormSubmit, &["ResetForm"], "", "/A<</S/ResetForm>>", Vec::new()),
        form(
            "xfa",
            What::Xfa,
            &["XFA", "xdp"],
            "/XFA[(template)7 0 R]",
            "",
            vec![stream("", "<xdp:xdp><script>app.alert(1)</script></xdp:xdp>")],
        ),
        form(
            "signature",
            What::Signature,
            &["ByteRange", "adbe"],
            "/SigFlags 3",
            "/Kids[7 0 R]",
            vec![b"<</FT/Sig/T(s)/V<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<30>>>>>".to_vec()],
        ),
    ]
}

/// Attacks on how a file is read.
fn structure() -> Vec<Vector> {
    let script = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>";
    let plain = || file(&hello("", "", Vec::new()), "");
    let given = |name, what: Option<What>, gone, bytes| Vector {
        name,
        bytes,
        what,
        gone,
    };
    let update = "1 0 obj\n<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>\nendobj\n\
                  xref\n1 1\n0000000000 00000 n \ntrailer\n<</Size 5/Root 1 0 R/Prev 0>>\nstartxref\n0\n%%EOF\n";
    let without_table = {
        let bytes = file(&hello("", script, Vec::new()), "");
        let at = bytes
            .windows(5)
            .position(|five| five == b"xref\n")
            .unwrap_or(0);
        [&bytes[..at], b"trailer<</Root 1 0 R>>"].concat()
    };
    let mail = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: application/x-mso\r\n\r\nQWN0aXZlTWltZQ==\r\n--b--\r\n";
    vec![
        given(
            "hidden-in-an-object-stream",
            Some(What::Javascript),
            &["JavaScript", "app.alert"],
            hidden(&hello("", script, Vec::new())),
        ),
        given(
            "incremental-update",
            Some(What::IncrementalUpdate),
            &["app.alert"],
            [plain(), update.as_bytes().to_vec()].concat(),
        ),
        given(
            "no-table",
            Some(What::Javascript),
            &["app.alert"],
            without_table,
        ),
        given(
            "header-not-at-the-start",
            Some(What::TrailingData),
            &["MZ"],
            [b"MZ\x90\0".to_vec(), plain()].concat(),
        ),
        given(
            "mail-behind-the-end",
            Some(What::TrailingData),
            &["x-mso", "QWN0"],
            [plain(), mail.to_vec()].concat(),
        ),
        given(
            "archive-behind-the-end",
            Some(What::TrailingData),
            &["PK\u{3}\u{4}"],
            [plain(), b"PK\x03\x04 evil.exe".to_vec()].concat(),
        ),
        given(
            "two-tables",
            Some(What::IncrementalUpdate),
            &["app.alert"],
            [plain(), file(&hello("", script, Vec::new()), "")].concat(),
        ),
        vector(
            "layers",
            What::OptionalContent,
            &["OCProperties", "OCGs"],
            hello(
                "",
                "/OCProperties<</OCGs[5 0 R]/D<</OFF[5 0 R]>>>>",
                vec![b"<</Type/OCG/Name(a)>>".to_vec()],
            ),
        ),
        vector(
            "web-capture",
            None,
            &["SpiderInfo", "evil.example"],
            hello(
                "",
                "/SpiderInfo<</V 1.0/C[<</URL(http://evil.example.invalid/)>>]>>",
                Vec::new(),
            ),
        ),
    ]
}

/// Files that unpack into more than a worker has: only its limits end them.
#[must_use]
pub fn bombs() -> Vec<Vector> {
    // 65,535 by 65,535 dots, promised by the page segment of a JBIG2 stream.
    let dots = b"\0\0\0\0\x30\0\x01\0\0\0\x13\0\0\xff\xff\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0";
    let picture = |name, entries: &str, data: Body| {
        let body = stream(
            &format!(
                "/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray{entries}"
            ),
            data,
        );
        vector(
            name,
            None,
            &[],
            with_forms("/B 5 0 R", "q 9 0 0 9 60 9 cm /B Do Q", vec![body]),
        )
    };
    let zeros = |length: u64| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(
            &mut std::io::Read::take(std::io::repeat(0), length),
            &mut encoder,
        )
        .expect("memory is written");
        encoder.finish().expect("memory is written")
    };
    let mut content = hello("", "", Vec::new());
    content[3] = stream("/Filter/FlateDecode", zeros(1_200_000_000));
    vec![
        picture(
            "jbig2-bomb",
            "/Width 64/Height 64/Filter/JBIG2Decode",
            dots.to_vec(),
        ),
        picture(
            "picture-bomb",
            "/Width 35000/Height 35000/Filter/FlateDecode",
            zeros(1_225_000_000),
        ),
        vector("content-bomb", None, &[], content),
    ]
}

/// Attacks on decoders and on patience.
fn looks() -> Vec<Vector> {
    let broken = |name, filter: &str, data: &[u8]| {
        let dictionary = format!(
            "/Type/XObject/Subtype/Image/Width 64/Height 64/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/{filter}"
        );
        vector(
            name,
            None,
            &["JBIG2Decode", "JPXDecode", "CCITTFaxDecode", "LZWDecode"],
            with_forms(
                "/B 5 0 R",
                "q 9 0 0 9 60 9 cm /B Do Q",
                vec![stream(&dictionary, data)],
            ),
        )
    };
    let program = |name, key: &str, data: &[u8]| {
        let mut objects = hello(
            "",
            "",
            vec![stream("/Length1 40/Length2 0/Length3 0", data)],
        );
        objects[2] = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\
             /G<</Type/Font/Subtype/Type1/BaseFont/Evil/FontDescriptor<</Type/FontDescriptor/FontName/Evil/Flags 4/{key} 5 0 R>>>>>>>>>>"
        )
        .into_bytes();
        objects[3] = stream("", "BT /F 12 Tf 10 15 Td (Hello) Tj /G 9 Tf (x) Tj ET");
        vector(name, None, &["Evil"], objects)
    };
    let mut giant = hello("", "", Vec::new());
    giant[2] = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200000 100]/UserUnit 1000/Contents 4 0 R{HELVETICA}>>"
    )
    .into_bytes();
    let circle = with_forms(
        "/C 5 0 R",
        "/C Do",
        vec![stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 90 40]/Resources<</XObject<</C 5 0 R>>>>",
            "/C Do /C Do",
        )],
    );
    let glyphs = {
        let mut objects = hello(
            "",
            "",
            vec![
                b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 97/Widths[9]\
                  /Encoding<</Differences[97/a]>>/CharProcs<</a 6 0 R>>/Resources<</Font<</T 5 0 R>>>>>>"
                    .to_vec(),
                stream("", "9 0 d0 BT /T 9 Tf (aa) Tj ET"),
            ],
        );
        objects[2] = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/T 5 0 R>>>>>>".to_vec();
        objects[3] = stream("", "BT /F 12 Tf 10 15 Td (Hello) Tj /T 9 Tf (aa) Tj ET");
        objects
    };
    vec![
        broken(
            "jbig2",
            "JBIG2Decode",
            b"\0\0\0\0\x30\0\x01\0\0\0\x13\0\0\x03\xff\0\0\x03\xff\0\0\0\0\0\0\0\0\0\0\0",
        ),
        broken(
            "jpeg-2000",
            "JPXDecode",
            b"\xff\x4f\xff\x51\0\x29\0\0\0\0\xff\xff\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\x10\0",
        ),
        broken(
            "fax",
            "CCITTFaxDecode",
            b"\x26\xa0\xf3\xc1\xff\xff\xff\xff\0\0\0",
        ),
        broken("lzw", "LZWDecode", b"\x80\x0b\x60\x50\x22\x0c\xff\xff\xff"),
        program(
            "type-1-program",
            "FontFile",
            b"%!PS-AdobeFont-1.0: Evil\ncurrentfile eexec \xff\xff\xff\xff\xff\xff",
        ),
        program(
            "true-type-program",
            "FontFile2",
            b"\0\x01\0\0\xff\xff\0\0\0\0\0\0glyf\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        program(
            "compact-program",
            "FontFile3",
            b"\x01\0\x04\xff\0\x01\x01\x01\xff\xff\xff\xff",
        ),
        vector("giant-page", None, &["200000"], giant),
        vector("form-in-a-circle", None, &[], circle),
        vector("glyph-in-a-circle", None, &["Type3"], glyphs),
    ]
}

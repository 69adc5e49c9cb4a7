//! Small PDFs: how they are put together, and seeds that reach far into a
//! reader (fonts, patterns, shadings, masks, filters, object streams).

use std::io::Write as _;

use sekimori::sanitise::Kind;

use super::{Seed, pdf_vectors, picture};

/// The body of an object.
pub type Body = Vec<u8>;

/// Objects (number 1 first) with a table and a trailer.
#[must_use]
pub fn file(objects: &[Body], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", bytes.len());
        bytes.extend(format!("{} 0 obj\n", at + 1).bytes());
        bytes.extend_from_slice(object);
        bytes.extend(b"\nendobj\n");
    }
    let (start, size) = (bytes.len(), objects.len() + 1);
    bytes.extend(table.bytes());
    bytes.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n")
            .bytes(),
    );
    bytes
}

/// The same objects inside an object stream, under a cross-reference stream
/// (ISO 32000-1 section 7.5.7): nothing of them is to be seen in the bytes.
/// Objects that are streams stay outside.
#[must_use]
pub fn hidden(objects: &[Body]) -> Vec<u8> {
    let is_stream = |body: &Body| body.ends_with(b"endstream");
    let (mut index, mut inside) = (String::new(), Vec::new());
    for (at, body) in objects
        .iter()
        .enumerate()
        .filter(|(_, body)| !is_stream(body))
    {
        index += &format!("{} {} ", at + 1, inside.len());
        inside.extend_from_slice(body);
        inside.push(b' ');
    }
    let kept = objects.iter().filter(|body| !is_stream(body)).count();
    let first = index.len();
    let content = [index.as_bytes(), &inside].concat();
    let holder = objects.len() + 1;
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut rows = vec![[0, 0, 0, 0, 0, 0]];
    let mut in_stream = 0_u8;
    let row = |kind: u8, place: usize, index: u8| {
        let place = u32::try_from(place).unwrap_or(0).to_be_bytes();
        [kind, place[0], place[1], place[2], place[3], index]
    };
    for (at, body) in objects.iter().enumerate() {
        if is_stream(body) {
            rows.push(row(1, bytes.len(), 0));
            bytes.extend(format!("{} 0 obj\n", at + 1).bytes());
            bytes.extend_from_slice(body);
            bytes.extend(b"\nendobj\n");
        } else {
            rows.push(row(2, holder, in_stream));
            in_stream += 1;
        }
    }
    rows.push(row(1, bytes.len(), 0));
    bytes.extend(format!("{holder} 0 obj\n").bytes());
    bytes.extend(flate(
        &format!("/Type/ObjStm/N {kept}/First {first}"),
        &content,
    ));
    bytes.extend(b"\nendobj\n");
    let start = bytes.len();
    rows.push(row(1, start, 0));
    bytes.extend(format!("{} 0 obj\n", holder + 1).bytes());
    let size = rows.len();
    bytes.extend(flate(
        &format!("/Type/XRef/Size {size}/Root 1 0 R/W[1 4 1]"),
        &rows.concat(),
    ));
    bytes.extend(format!("\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

/// A stream as it is.
#[must_use]
pub fn stream(dictionary: &str, content: impl AsRef<[u8]>) -> Body {
    let content = content.as_ref();
    let mut body = format!("<<{dictionary}/Length {}>>\nstream\n", content.len()).into_bytes();
    body.extend_from_slice(content);
    body.extend(b"\nendstream");
    body
}

/// A stream, deflated.
#[must_use]
pub fn flate(dictionary: &str, content: &[u8]) -> Body {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory is written");
    let packed = encoder.finish().expect("memory is written");
    stream(&format!("{dictionary}/Filter/FlateDecode"), packed)
}

/// Resources with Helvetica as `/F`.
pub const HELVETICA: &str =
    "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>";

/// The objects of one small page that says "Hello": catalogue 1, pages 2,
/// page 3, content 4, then `more` from 5 on.
#[must_use]
pub fn hello(page: &str, catalogue: &str, more: Vec<Body>) -> Vec<Body> {
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalogue}>>").into_bytes(),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{HELVETICA}{page}>>")
            .into_bytes(),
        stream("", "BT /F 12 Tf 10 15 Td (Hello) Tj ET"),
    ];
    objects.extend(more);
    objects
}

/// One page of `content` with these resources (which may refer to `more`,
/// from object 5 on).
#[must_use]
pub fn drawn(resources: &str, content: &str, more: Vec<Body>) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 60]/Contents 4 0 R/Resources<<{resources}>>>>")
            .into_bytes(),
        stream("", content),
    ];
    objects.extend(more);
    file(&objects, "")
}

/// Lines, curves, clips, patterns, shadings, masks, groups, inline pictures.
fn graphics() -> Vec<u8> {
    let function = "<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>";
    let resources = format!(
        "/ExtGState<</G<</ca .5/CA .7/BM/Multiply/SMask<</S/Luminosity/G 7 0 R>>>>/D<</SMask/None/LW 2/D[[3 1]0]>>>>\
         /Pattern<</P 5 0 R/S<</PatternType 2/Shading 6 0 R>>>>\
         /Shading<</A 6 0 R/R<</ShadingType 3/ColorSpace/DeviceRGB/Coords[40 30 2 50 30 20]/Extend[true true]/Function {function}>>\
         /F<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 9 0 9]/Function 8 0 R>>/M 9 0 R>>\
         /ColorSpace<</I[/Indexed/DeviceRGB 1<ff000000ff00>]/C[/Separation/Spot/DeviceRGB {function}]\
         /L[/Lab<</WhitePoint[.95 1 1.09]>>]/N[/DeviceN[/a/b]/DeviceGray 10 0 R]/K[/CalRGB<</WhitePoint[.95 1 1.09]/Gamma[2 2 2]>>]>>\
         /XObject<</X 7 0 R/J 11 0 R/W 12 0 R/Y 13 0 R>>/Properties<</O<</Type/OCG/Name(a)>>>>"
    );
    let content = "q 1 0 0 1 2 2 cm 0 0 m 10 20 l 20 5 30 9 40 2 c h W n /A sh Q\n\
        /Pattern cs /P scn 5 5 20 20 re f /S scn 30 5 20 20 re B*\n\
        q /G gs /X Do Q /D gs 2 w 1 J 1 j [3 1] 0 d 1 1 80 50 re S /R sh /F sh /M sh\n\
        /I cs 1 sc 60 40 9 9 re f /C cs .5 scn 70 40 9 9 re f /L cs 50 10 10 sc 60 30 9 9 re f\n\
        /N cs .2 .4 scn 70 30 9 9 re f /K cs .1 .2 .3 sc 80 30 9 9 re f .1 .2 .3 .4 k 50 50 4 4 re f\n\
        /OC /O BDC 1 0 0 rg 1 1 3 3 re f EMC q 9 0 0 9 60 5 cm /J Do Q q 9 0 0 9 70 5 cm /W Do Q q 9 0 0 9 80 5 cm /Y Do Q\n\
        BI /W 4 /H 2 /BPC 8 /CS /G /F /AHx ID 00408000ff802010> EI\n";
    drawn(
        &resources,
        content,
        vec![
            stream(
                "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>",
                "0 1 0 rg 0 0 2 2 re f",
            ),
            format!(
                "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 40 20]/Function {function}>>"
            )
            .into_bytes(),
            stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 30 30]/Matrix[1 0 0 1 5 5]/Group<</S/Transparency/CS/DeviceGray/I true>>/Resources<</XObject<</X 7 0 R>>>>",
                ".5 g 0 0 20 20 re f /X Do",
            ),
            stream(
                "/FunctionType 4/Domain[0 9 0 9]/Range[0 1]",
                "{ add 18 div dup 1 exch sub mul 4 mul }",
            ),
            stream(
                "/ShadingType 4/ColorSpace/DeviceRGB/BitsPerCoordinate 8/BitsPerComponent 8/BitsPerFlag 8/Decode[0 90 0 60 0 1 0 1 0 1]",
                b"\0\x10\x10\xff\0\0\0\x80\x10\0\xff\0\0\x40\x80\0\0\xff\x01\xf0\xf0\x10\x20\x30",
            ),
            stream(
                "/FunctionType 0/Domain[0 1 0 1]/Range[0 1]/Size[2 2]/BitsPerSample 8",
                b"\0\x40\x80\xff",
            ),
            stream(
                "/Type/XObject/Subtype/Image/Width 24/Height 16/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/SMask 12 0 R",
                picture::jpeg(),
            ),
            flate(
                "/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceGray/BitsPerComponent 8/DecodeParms<</Predictor 15/Columns 4>>",
                b"\x01\x10\x20\x30\x40\x02\x01\x01\x01\x01\x04\x05\x06\x07\x08\x03\x01\x02\x03\x04",
            ),
            stream(
                "/Type/XObject/Subtype/Image/Width 16/Height 4/ImageMask true/BitsPerComponent 1/Filter[/ASCIIHexDecode/CCITTFaxDecode]/DecodeParms[null<</K -1/Columns 16/Rows 4>>]",
                "26A0F3C1008008>",
            ),
        ],
    )
}

/// Fonts: standard, Type 3, composite without a program, and a broken program.
fn fonts() -> Vec<u8> {
    let resources = "/Font<</A<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding<</Differences[65/Aacute/Euro]>>>>\
        /B 5 0 R/C<</Type/Font/Subtype/Type0/BaseFont/MS-Mincho/Encoding/90ms-RKSJ-V/DescendantFonts[\
        <</Type/Font/Subtype/CIDFontType2/BaseFont/MS-Mincho/DW 1000/W[1[500 600]20 30 700]/DW2[880 -1000]\
        /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor<</Type/FontDescriptor/FontName/MS-Mincho/Flags 4>>>>]>>\
        /D<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar 65/LastChar 66/Widths[500 600]/FontDescriptor\
        <</Type/FontDescriptor/FontName/X/Flags 32/FontFile2 7 0 R>>/ToUnicode 8 0 R>>>>";
    drawn(
        resources,
        "BT /A 9 Tf 1 0 .2 1 5 40 Tm 2 Tc 3 Tw 90 Tz 1 Ts (AB\\101) Tj [(x)-200(y)] TJ T* (z) ' 1 2 (w) \" ET\n\
         BT /B 9 Tf 5 20 Td (aba) Tj /C 9 Tf 60 50 Td <8ca98e9a8140> Tj /D 9 Tf 3 Tr -40 -40 Td (AB) Tj 7 Tr (clip) Tj ET 0 0 90 60 re f",
        vec![
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 98/Widths[9 9]\
              /Encoding<</Differences[97/a/b]>>/CharProcs<</a 6 0 R/b 6 0 R>>/Resources<</Font<</B 5 0 R>>>>>>"
                .to_vec(),
            stream("", "9 0 0 0 9 9 d1 0 0 9 9 re f BT /B 9 Tf (a) Tj ET"),
            stream("/Length1 12", b"\0\x01\0\0\0\x01\0\0\0\0\0\0"),
            stream(
                "",
                "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange \
                 1 beginbfchar <41> <3042> endbfchar 1 beginbfrange <42> <50> <3044> endbfrange endcmap end",
            ),
        ],
    )
}

/// Every seed: the vectors, the far-reaching ones, and our own outputs, so
/// that the verifier sees what is nearly right.
/// A page that is one picture of JPEG 2000 in tiles, pixel by pixel.
fn sole() -> Vec<u8> {
    let picture = "/Type/XObject/Subtype/Image/Width 40/Height 28/BitsPerComponent 8\
         /ColorSpace/DeviceRGB/Filter/JPXDecode";
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 28]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
            .to_vec(),
        stream("", "q 40 0 0 28 0 0 cm /I Do Q"),
        stream(picture, picture::tiled()),
    ];
    file(&objects, "")
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut files: Vec<(String, Vec<u8>)> = pdf_vectors::all()
        .into_iter()
        .map(|vector| (format!("{}.pdf", vector.name), vector.bytes))
        .collect();
    files.push(("graphics.pdf".to_owned(), graphics()));
    files.push(("fonts.pdf".to_owned(), fonts()));
    files.push(("sole.pdf".to_owned(), sole()));
    files.push(("hidden.pdf".to_owned(), hidden(&hello("", "", Vec::new()))));
    let ours: Vec<Vec<u8>> = ["graphics.pdf", "fonts.pdf", "outline.pdf"]
        .iter()
        .filter_map(|name| files.iter().find(|(other, _)| other == name))
        .filter_map(|(_, bytes)| crate::trial::flattened(bytes))
        .collect();
    files.extend(ours.into_iter().map(|bytes| ("ours.pdf".to_owned(), bytes)));
    files
        .into_iter()
        .map(|(name, bytes)| Seed::new(&name, Kind::Pdf, bytes))
        .collect()
}

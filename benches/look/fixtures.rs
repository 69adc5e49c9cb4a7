//! Japanese pages that the corpus lacks: fonts that are named and not
//! embedded, every old encoding, lines from top to bottom, signs beyond JIS.

use std::fmt::Write as _;

/// Ten pages: name and file.
pub fn japanese() -> Vec<(String, Vec<u8>)> {
    [
        ("MS-Mincho", "90ms-RKSJ-H", "見積書 ①㈱髙﨑商店 御中"),
        (
            "MS-Mincho",
            "90ms-RKSJ-V",
            "縦書きの「通知」、①㈱髙﨑。ー（注）",
        ),
        ("MS-Gothic", "90ms-RKSJ-H", "議事録：髙橋・﨑山 Ⅳ ㎡ ℡ №5"),
        (
            "HeiseiKakuGo-W5",
            "UniJIS-UTF16-H",
            "令和八年度 予算のお知らせ ①～③",
        ),
        (
            "HeiseiMin-W3",
            "UniJIS-UCS2-V",
            "拝啓、貴社ますますご清栄のこと。",
        ),
        ("HeiseiMin-W3", "EUC-H", "住民基本台帳の写しを送ります。"),
        ("Ryumin-Light", "H", "委任状、申請書、ー々〆ゝ"),
        ("GothicBBB-Medium", "V", "告示第一号（縦書き）「以上」"),
        (
            "KozMinPr6N-Regular",
            "UniJIS-UTF16-H",
            "𠮷野家・髙島屋・葛󠄀城市",
        ),
        (
            "KozGoPr6N-Medium",
            "UniJIS-UTF16-V",
            "ﾊﾝｶｸ、ABC 123 ガギグゲゴ",
        ),
    ]
    .into_iter()
    .map(|(font, encoding, words)| {
        (
            format!("own {font} {encoding}"),
            page(font, encoding, words),
        )
    })
    .collect()
}

/// A page of twelve lines in one font.
fn page(font: &str, encoding: &str, words: &str) -> Vec<u8> {
    let codes = codes(encoding, words);
    let down = encoding.ends_with('V');
    let mut content = String::from("BT /F 18 Tf\n");
    for line in 0..12 {
        let (x, y) = if down {
            (380 - 28 * line, 560)
        } else {
            (30, 560 - 28 * line)
        };
        let _ = writeln!(content, "1 0 0 1 {x} {y} Tm <{codes}> Tj");
    }
    content.push_str("ET\n0.5 w 20 20 380 560 re S\n");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        format!("<</Type/Font/Subtype/Type0/BaseFont/{font}/Encoding/{encoding}/DescendantFonts[6 0 R]>>"),
        format!("<</Type/Font/Subtype/CIDFontType0/BaseFont/{font}/DW 1000/FontDescriptor 7 0 R/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 6>>>>"),
        format!("<</Type/FontDescriptor/FontName/{font}/Flags 4/Ascent 880/Descent -120/CapHeight 700/StemV 80/ItalicAngle 0/FontBBox[0 -120 1000 880]>>"),
    ];
    file(&objects)
}

/// `words` as the encoding has them, in hex.
fn codes(encoding: &str, words: &str) -> String {
    let bytes: Vec<u8> = if encoding.starts_with("90ms") {
        encoding_rs::SHIFT_JIS.encode(words).0.into_owned()
    } else if encoding.starts_with("EUC") {
        encoding_rs::EUC_JP.encode(words).0.into_owned()
    } else if encoding.starts_with("Uni") {
        words.encode_utf16().flat_map(u16::to_be_bytes).collect()
    } else {
        // H and V: JIS X 0208, which is EUC-JP without its high bits.
        let euc = encoding_rs::EUC_JP.encode(words).0.into_owned();
        euc.into_iter().map(|byte| byte & 0x7F).collect()
    };
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn file(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let (start, size) = (bytes.len(), objects.len() + 1);
    bytes.extend(table.bytes());
    bytes.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    bytes
}

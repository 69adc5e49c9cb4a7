//! Rich Text Format: a letter with everything that is kept, one in bytes of
//! CP932, and every vector.

pub mod vectors;

use sekimori::sanitise::Kind;

use super::{Seed, metafile, picture};

/// A document with Japanese and Western fonts, and this body.
#[must_use]
pub fn document(body: &str) -> Vec<u8> {
    format!(
        "{{\\rtf1\\ansi\\ansicpg932\\uc2\\deff0{{\\fonttbl{{\\f0\\fnil\\fcharset128 MS Mincho;}}\
         {{\\f1\\froman\\fcharset0{{\\*\\falt Times}} Times New Roman;}}{{\\f2\\fcharset2 Symbol;}}}}\n\
         {{\\colortbl;\\red255\\green0\\blue0;\\red0\\green0\\blue255;}}\n{body}}}"
    )
    .into_bytes()
}

/// `bytes` as the digits of a picture or object.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Characters as `\uN`, with what stands for them in CP932.
#[must_use]
pub fn unicode(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{}\\'81\\'48", unit.cast_signed()))
        .collect()
}

/// A picture of a PNG, twips wide and high.
#[must_use]
pub fn pict(words: &str, bytes: &[u8]) -> String {
    format!("{{\\pict{words}\\picwgoal600\\pichgoal300 {}}}", hex(bytes))
}

/// What [`letter`] says.
pub const SAID: &str = "見積書①㈱髙﨑ソA\n太字赤い\t終わり\n頁1を見よ\n1.\t品名\n机\t12 台\n絵\n枠の文字を囲む\n\n\
     脚注です\n\nコメント\n\n枠の文字\n\n総務課\n";

/// Paragraphs, a table, a list, a field, a note, a comment, a box, a header and
/// pictures, in escapes, in bytes of CP932 and in `\u`.
#[must_use]
pub fn letter() -> Vec<u8> {
    let png = picture::talkative_png();
    let emf = metafile::emf();
    let note = unicode("脚注です");
    let body = format!(
        "{{\\stylesheet{{\\s0\\ql\\f0\\fs21 Normal;}}{{\\*\\cs1\\additive\\b Strong;}}}}\
         {{\\*\\listtable{{\\list\\listtemplateid7{{\\listlevel\\levelnfc0\\levelstartat1{{\\leveltext\\'02\\'00.;}}\
         {{\\levelnumbers\\'01;}}\\fi-360\\li720}}{{\\listname ;}}\\listid5}}}}\
         {{\\*\\listoverridetable{{\\listoverride\\listid5\\listoverridecount0\\ls1}}}}\
         \\paperw11906\\paperh16838\\margl1701\\margr1701\\sectd\\sbknone\n\
         {{\\header\\pard\\qr {}\\par}}\n\
         \\pard\\plain\\qc\\sb120\\f0\\fs28 \\'8c\\'a9\\'90\\'cf\\'8f\\'91\\'87@\\'87\\'8a\\'fb\\'fc\\'fa\\'b1\\'83\\'5cA\\par\n\
         \\pard\\ql\\tx4000{{\\b {}}}{{\\cf1\\highlight2 {}}}\\tab {}\\par\n\
         {}{{\\field{{\\*\\fldinst{{ PAGE }}}}{{\\fldrslt 1}}}}\
         {{\\field{{\\*\\fldinst HYPERLINK \"https://example.lg.jp/\"}}{{\\fldrslt {{\\ul {}}}}}}}{}\
         {{\\footnote\\pard {note}\\par}}{{\\*\\atnid A}}\\chatn{{\\*\\annotation\\pard {}\\par}}\\par\n\
         \\pard\\ls1\\ilvl0{{\\listtext 1.\\tab}}{}\\par\n\
         \\trowd\\trgaph99\\clbrdrt\\brdrs\\brdrw10\\clcbpat2\\cellx3000\\clmgf\\cellx6000\\pard\\intbl {}\\cell 12 {}\\cell\\row\n\
         \\pard {}{}{{\\*\\shppict{}}}{{\\nonshppict{}}}\\par\n\
         {{\\shp{{\\*\\shpinst\\shpleft100\\shptop100\\shpright3000\\shpbottom900\\shpwr3{{\\sp{{\\sn shapeType}}{{\\sv 202}}}}\
         {{\\sp{{\\sn fillColor}}{{\\sv 16777215}}}}{{\\shptxt\\pard {}\\par}}}}}}{}\\par",
        unicode("総務課"),
        unicode("太字"),
        unicode("赤い"),
        unicode("終わり"),
        unicode("頁"),
        unicode("を見"),
        unicode("よ"),
        unicode("コメント"),
        unicode("品名"),
        unicode("机"),
        unicode("台"),
        unicode("絵"),
        pict("\\pngblip\\picscalex50", &png),
        pict("\\emfblip\\picw2646\\pich1323", &emf),
        pict("\\wmetafile8\\picw2646\\pich1323", &metafile::wmf()),
        unicode("枠の文字"),
        unicode("枠の文字を囲む"),
    );
    document(&body)
}

/// What [`raw`] says.
pub const SAID_RAW: &str = "表示ソフト\nﾊﾝｶｸ\n\u{f0b7} é\n";

/// As old Japanese programs wrote it: bytes as they are, also where the second
/// is one of RTF's own signs behind a backslash; no font table says so.
#[must_use]
pub fn raw() -> Vec<u8> {
    let mut file =
        b"{\\rtf1\\ansi\\ansicpg932 {\\fonttbl{\\f2\\fcharset2 Symbol;}{\\f1\\fcharset0 Arial;}}"
            .to_vec();
    file.extend(b"\x95\\\\\x8e\xa6\x83\\\\\x83t\x83g\\par\r\n\xca\xdd\xb6\xb8\\par ");
    file.extend(b"{\\f2\\'b7}{\\f1  \\'e9}\\par}");
    file
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = vec![
        Seed::new("a.rtf", Kind::Rtf, letter()),
        Seed::new("b.rtf", Kind::Rtf, raw()),
    ];
    seeds.extend(vectors::all().into_iter().map(|vector| vector.seed));
    seeds
}

//! What a thing is, by content and structure. The name is a stranger's claim:
//! it can make a thing worse (an extension that Windows would run), tell csv
//! from text, and nothing else. What looks like two things at once becomes
//! the stricter one, whose reader then refuses it.

mod programs;

use super::Kind;
use super::text::charset;
use programs::{is_program, runs_by_name};

/// Identifies `bytes`.
#[must_use]
pub fn identify(bytes: &[u8], untrusted_name: &str) -> Kind {
    let extension = extension(untrusted_name);
    if is_program(bytes) || runs_by_name(&extension) {
        return Kind::Executable;
    }
    if bytes.starts_with(b"PK") {
        return package(bytes);
    }
    if bytes.starts_with(&OLE2) {
        return ole2(bytes);
    }
    // A header within the first KiB counts, as it does for readers; the PDF
    // reader refuses one that does not stand at 0.
    if bytes
        .get(..bytes.len().min(1024))
        .is_some_and(|head| contains(head, b"%PDF-"))
    {
        return Kind::Pdf;
    }
    if let Some(kind) = picture(bytes) {
        return kind;
    }
    let rich = super::rtf::identify(bytes);
    if !rich && is_known_but_untreated(bytes, &extension) {
        return Kind::Unsupported;
    }
    // Something unreadable in front of an archive: two readers, two views.
    let tail = bytes
        .get(bytes.len().saturating_sub(66_000)..)
        .unwrap_or_default();
    if contains(tail, b"PK\x05\x06") {
        return Kind::Unknown;
    }
    if rich {
        return Kind::Rtf;
    }
    text(bytes, &extension)
}

/// Lower-case extension of the name, without what hides it (dots and blanks
/// at the end, bidirectional signs).
fn extension(untrusted_name: &str) -> String {
    let visible: String = untrusted_name
        .chars()
        .filter(|c| !crate::policy::text::is_deceptive(*c))
        .map(|c| if c == '．' { '.' } else { c })
        .collect();
    let visible = visible.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    visible
        .rsplit_once('.')
        .map_or(String::new(), |(_, extension)| {
            extension.to_ascii_lowercase()
        })
}

const OLE2: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Compound File Binary ([MS-CFB]): stream names are UTF-16LE in its directory.
fn ole2(bytes: &[u8]) -> Kind {
    let names = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(bytes, &wide)
    };
    // [MS-OFFCRYPTO] 2.3.1: an encrypted package has exactly these streams.
    if names("EncryptedPackage") && names("EncryptionInfo") {
        return Kind::Encrypted;
    }
    // Windows Installer class ids {000C1084-…}, {000C1086-…} of the root storage.
    let installer = |first: u8| {
        contains(
            bytes,
            &[
                first, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
            ],
        )
    };
    if installer(0x84) || installer(0x86) || installer(0x82) {
        Kind::Executable
    } else {
        super::ole::identify(bytes).unwrap_or(Kind::Unsupported)
    }
}

/// By the names in the central directory: a document stored inside another
/// archive must not speak for it.
fn package(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"PK\x05\x06") {
        return Kind::Zip;
    }
    let Some(names) = bytes
        .starts_with(b"PK\x03\x04")
        .then(|| super::zip::names(bytes))
        .flatten()
    else {
        return Kind::Unknown;
    };
    let has = |wanted: &[u8]| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    // Some writers on Windows put their own sign between folders.
    let below = |folder: &[u8]| {
        names.iter().any(|name| {
            name.split_at_checked(folder.len())
                .is_some_and(|(head, rest)| {
                    head.eq_ignore_ascii_case(folder) && matches!(rest, [b'/' | b'\\', ..])
                })
        })
    };
    if has(b"mimetype") {
        return super::odf::identify(bytes);
    }
    if has(b"AppxManifest.xml") || has(b"META-INF/MANIFEST.MF") {
        return Kind::Executable;
    }
    if !has(b"[Content_Types].xml") {
        return Kind::Zip;
    }
    let sheets = if has(b"xl/workbook.bin") {
        Kind::Xlsb
    } else {
        Kind::Sheet
    };
    let found: Vec<Kind> = [
        (&b"word"[..], Kind::Word),
        (b"xl", sheets),
        (b"ppt", Kind::Slides),
    ]
    .into_iter()
    .filter_map(|(folder, kind)| below(folder).then_some(kind))
    .collect();
    match found.as_slice() {
        [kind] => *kind,
        // Visio, XPS, NuGet …
        [] => Kind::Unsupported,
        _ => Kind::Unknown,
    }
}

fn picture(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some(Kind::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        return Some(Kind::Png);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(Kind::Gif);
    }
    if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        return Some(Kind::Tiff);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Kind::Webp);
    }
    if let Some(kind) = super::image::further(bytes) {
        return Some(kind);
    }
    if super::image::is_drawing(bytes) {
        return Some(Kind::Svg);
    }
    // BITMAPFILEHEADER: reserved words are zero, a text never has them.
    (bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4])).then_some(Kind::Bmp)
}

fn is_known_but_untreated(bytes: &[u8], extension: &str) -> bool {
    let magics: [&[u8]; 18] = [
        b"7z\xBC\xAF\x27\x1C",
        b"Rar!",
        b"\x1F\x8B",
        b"\x1F\x9D",
        b"BZh",
        b"\xFD7zXZ\0",
        b"MSCF",
        b"ISc(",
        b"\x78\x9F\x3E\x22", // TNEF
        b"8BPS",
        b"II+\0", // BigTIFF
        b"MM\0+",
        b"\x28\xB5\x2F\xFD",
        b"\x04\x22\x4D\x18",
        b"<?mso-application",
        b"AC10",
        b"OggS",
        b"ID3",
    ];
    magics.iter().any(|magic| bytes.starts_with(magic))
        || (bytes.get(2..5) == Some(b"-lh") || bytes.get(2..5) == Some(b"-lz"))
        || bytes.get(257..262) == Some(b"ustar")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12).is_some())
        || bytes.get(4..8) == Some(b"ftyp")
        || bytes.get(7..14) == Some(b"**ACE**")
        || is_untreated_text(bytes, extension)
}

/// Text formats with active parts of their own: never shown as plain text
/// under a name that somebody would open with their program.
fn is_untreated_text(bytes: &[u8], extension: &str) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let office = head.starts_with('<')
        && (head.contains("<?mso-application")
            || head.contains("urn:oasis:names:tc:opendocument:xmlns:office:1.0"));
    office || matches!(extension, "svg" | "mht" | "mhtml" | "rtf" | "eps" | "ps")
}

fn text(bytes: &[u8], extension: &str) -> Kind {
    if bytes.is_empty() {
        return Kind::Text;
    }
    let decoded = charset::decode(bytes, None);
    let signs = decoded.text.chars().count().max(1);
    let strange = decoded
        .text
        .chars()
        .filter(|c| {
            c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{c}' | '\u{1a}' | '\u{1b}')
        })
        .count();
    // A zero byte is never text (UTF-16 was decoded by its mark); a handful
    // of other strays in a long text is.
    let unreadable = usize::try_from(decoded.replaced)
        .unwrap_or(usize::MAX)
        .saturating_add(strange);
    if decoded.text.contains('\0') || unreadable.saturating_mul(50) > signs {
        return Kind::Unknown;
    }
    if let Some(kind) = calendar_or_card(&decoded.text) {
        return kind;
    }
    match extension {
        "csv" | "tsv" => Kind::Csv,
        "json" | "geojson" if is_json(&decoded.text) => Kind::Json,
        "html" | "htm" | "xhtml" | "shtml" => Kind::Html,
        "eml" if is_message(bytes) => Kind::Message,
        // Under any other name where a reader could take parts out of it.
        _ if message_fields(bytes) > 0 && has_mime_parts(bytes) => Kind::Message,
        _ if is_html(&decoded.text) => Kind::Html,
        _ => Kind::Text,
    }
}

/// By the first line, which both formats must have.
fn calendar_or_card(text: &str) -> Option<Kind> {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    let first = first.split(['\r', '\n']).next().unwrap_or_default().trim();
    if first.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        Some(Kind::Calendar)
    } else {
        first
            .eq_ignore_ascii_case("BEGIN:VCARD")
            .then_some(Kind::Contact)
    }
}

/// An object or a list; anything else with that name is text.
fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}'))
            .is_ok()
}

/// What a browser would sniff as HTML (WHATWG mimesniff 7.1), after white
/// space, comments and an XML declaration.
fn is_html(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<?xml") {
            rest.find("?>").map(|at| at + 2)
        } else {
            None
        };
        match end.and_then(|end| rest.get(end..)) {
            Some(later) => rest = later.trim_start(),
            None => break,
        }
    }
    let head: String = rest
        .chars()
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase();
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<iframe",
        "<h1",
        "<div",
        "<font",
        "<table",
        "<style",
        "<title",
        "<br",
        "<p>",
        "<p ",
        "<a ",
    ]
    .iter()
    .any(|tag| head.starts_with(tag))
}

/// A header that announces encoded or several parts, and a body after it:
/// the block before the first empty line, however it is folded.
fn has_mime_parts(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(65_536)).unwrap_or_default();
    let mut block = String::new();
    let mut lines = head.split_inclusive(|b| *b == b'\n');
    for line in lines.by_ref() {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        block.push_str(&String::from_utf8_lossy(line).to_ascii_lowercase());
    }
    let starts = block.split(':').next().unwrap_or_default();
    let announces = |field: &str, words: &[&str]| {
        (starts == field.trim_matches(['\n', ':']) || block.contains(field))
            && words.iter().any(|word| block.contains(word))
    };
    let parts = announces("\ncontent-type:", &["multipart/", "message/"])
        || announces(
            "\ncontent-transfer-encoding:",
            &["base64", "quoted-printable"],
        )
        || announces("\ncontent-disposition:", &["attachment"]);
    parts && lines.any(|line| !line.trim_ascii().is_empty())
}

/// At least two header fields of RFC 5322 at the very start.
fn is_message(bytes: &[u8]) -> bool {
    message_fields(bytes) >= 2
}

fn message_fields(bytes: &[u8]) -> usize {
    const FIELDS: [&str; 10] = [
        "from",
        "to",
        "subject",
        "date",
        "received",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "return-path",
    ];
    // An mbox line may stand in front.
    let bytes = match bytes.strip_prefix(b"From ") {
        Some(rest) => rest
            .iter()
            .position(|b| *b == b'\n')
            .and_then(|end| rest.get(end + 1..))
            .unwrap_or_default(),
        None => bytes,
    };
    bytes
        .split(|b| *b == b'\n')
        .take(200)
        .take_while(|line| !line.is_empty() && *line != b"\r")
        .filter_map(|line| line.split(|b| *b == b':').next())
        .filter(|name| {
            FIELDS
                .iter()
                .any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
        })
        .count()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty()
        && haystack
            .windows(needle.len())
            .any(|window| window == needle)
}

#[cfg(test)]
mod tests;

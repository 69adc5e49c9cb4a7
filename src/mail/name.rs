//! Names of what we hand out: the sender's stem made harmless, the extension
//! ours. Pure.

use unicode_normalization::UnicodeNormalization as _;

use crate::policy::text::is_deceptive;
use crate::sanitise::Kind;

/// The longest name in bytes, extension included: every file system takes it,
/// and it fits a mail header without pieces nobody joins.
const LONGEST: usize = 200;

/// Our name for an output of `kind`: cleaned stem, our extension.
/// `見積書.docm` becomes `見積書.docx`.
#[must_use]
pub fn output(untrusted_name: &str, kind: Kind) -> String {
    let last = last_part(untrusted_name);
    match kind.extension() {
        Some(extension) => {
            let stem = stem(&last, extension);
            format!(
                "{}.{extension}",
                fitted(&stem, LONGEST - extension.len() - 1)
            )
        }
        None => fitted(&last, LONGEST),
    }
}

/// As [`output`], for a path inside an archive: every folder is cleaned too.
#[must_use]
pub fn output_path(untrusted_path: &str, kind: Kind) -> String {
    let path = untrusted_path.replace('\\', "/");
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let mut cleaned: Vec<String> = folders
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .take(20)
        .map(|part| fitted(&last_part(part), 100))
        .collect();
    // A deep tree keeps its names short enough for the archive's limit.
    while cleaned.iter().map(|part| part.len() + 1).sum::<usize>() > 700 {
        cleaned.remove(0);
    }
    cleaned.push(output(name, kind));
    cleaned.join("/")
}

/// The old name made safe to show, for what is withheld.
#[must_use]
pub fn shown(untrusted_name: &str) -> String {
    fitted(&last_part(untrusted_name), LONGEST)
}

/// Makes equal names differ in their order: ` (2)` before the extension.
/// Names that differ only in case are equal, as Windows sees them.
pub fn distinguish(names: &mut [String]) {
    let mut taken = std::collections::BTreeSet::new();
    // A file and a folder of one name cannot both be unpacked.
    let folders: std::collections::BTreeSet<String> = names
        .iter()
        .flat_map(|name| name.match_indices('/').map(|(at, _)| name.get(..at)))
        .flatten()
        .map(str::to_lowercase)
        .collect();
    for name in names {
        let mut candidate = name.clone();
        let mut number = 1_u32;
        while folders.contains(&candidate.to_lowercase()) || !taken.insert(candidate.to_lowercase())
        {
            number += 1;
            candidate = numbered(name, number);
        }
        *name = candidate;
    }
}

/// `見積書.docx` as the `number`th of its name: `見積書 (2).docx`.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    if number < 2 {
        name.to_owned()
    } else {
        format!("{stem} ({number}){extension}")
    }
}

/// The last part of a path, without signs that deceive or that a file system
/// reads as its own.
fn last_part(untrusted_name: &str) -> String {
    let cleaned: String = untrusted_name
        .nfc()
        .filter(|c| !is_deceptive(*c))
        .map(|c| match c {
            '/' | '\\' => '/',
            ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_whitespace() => ' ',
            // Looks like the dot before an extension.
            '．' | '․' | '。' if untrusted_name.is_ascii() => '.',
            c => c,
        })
        .collect();
    cleaned
        .rsplit('/')
        .map(|part| {
            part.trim()
                .trim_end_matches(['.', ' '])
                .trim_start_matches(['.', ' '])
        })
        .find(|part| !part.is_empty())
        .unwrap_or("file")
        .to_owned()
}

/// Without the extension, and without extensions under it that lie
/// (`a.pdf.exe` → `a`), keeping dots that belong to the words.
fn stem(name: &str, extension: &str) -> String {
    let mut stem = name;
    while let Some((before, after)) = stem.rsplit_once(['.', '．']) {
        let looks_like_one =
            (1..=5).contains(&after.len()) && after.bytes().all(|b| b.is_ascii_alphanumeric());
        let number = after.bytes().all(|b| b.is_ascii_digit());
        if before.is_empty()
            || !looks_like_one
            || (number && stem.len() < name.len())
            || number && !after.eq(extension)
        {
            break;
        }
        stem = before;
        // One true extension, then only those that a program would run.
        if !runs(before) {
            break;
        }
    }
    stem.trim().trim_end_matches(['.', ' ']).to_owned()
}

/// Whether what ends `name` is the kind of extension that hides behind another.
fn runs(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| {
        matches!(
            extension.as_str(),
            "exe"
                | "scr"
                | "com"
                | "bat"
                | "cmd"
                | "pif"
                | "js"
                | "jse"
                | "vbs"
                | "vbe"
                | "wsf"
                | "hta"
                | "lnk"
                | "ps1"
                | "jar"
                | "msi"
                | "url"
                | "scf"
                | "chm"
                | "reg"
                | "iso"
                | "img"
        )
    })
}

/// At most `most` bytes; a device name of Windows gets a sign in front.
fn fitted(name: &str, most: usize) -> String {
    let name = crate::policy::text::bounded(name, most.saturating_sub(1));
    let name = name.trim_end_matches(['.', ' ']);
    let base = name
        .split(['.', ' '])
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let numbered = |prefix: &str| {
        base.strip_prefix(prefix).is_some_and(|rest| {
            matches!(
                rest,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
        })
    };
    let reserved = matches!(
        base.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CONIN$" | "CONOUT$"
    ) || numbered("COM")
        || numbered("LPT");
    match (name.is_empty(), reserved) {
        (true, _) => "file".to_owned(),
        (false, true) => format!("_{name}"),
        (false, false) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_ours_and_the_stem_harmless() {
        for (old, kind, new) in [
            ("見積書.docm", Kind::Word, "見積書.docx"),
            ("cod\u{202e}txt.exe.pdf", Kind::Pdf, "codtxt.pdf"),
            ("../../etc/passwd", Kind::Text, "passwd.txt"),
            ("C:\\Users\\x\\表ソ.xls", Kind::Csv, "表ソ.csv"),
            ("CON.txt", Kind::Text, "_CON.txt"),
            ("a.txt. . ", Kind::Text, "a.txt"),
            ("議事録2026.06.01", Kind::Pdf, "議事録2026.06.01.pdf"),
            ("か\u{3099}.pdf", Kind::Pdf, "が.pdf"),
            ("a\r\nBcc: x.pdf", Kind::Pdf, "aBcc_ x.pdf"),
            ("", Kind::Png, "file.png"),
            (".htaccess", Kind::Text, "htaccess.txt"),
            ("①㈱髙～ｶﾅ.gif", Kind::Gif, "①㈱髙～ｶﾅ.gif"),
        ] {
            assert_eq!(output(old, kind), new, "{old:?}");
        }
        assert_eq!(
            output_path("図面/../a/\u{202e}b.docm", Kind::Word),
            "図面/a/b.docx"
        );
    }

    #[test]
    fn equal_names_get_numbers_in_order() {
        let mut names = ["a.docx", "A.docx", "a (2).docx", "b"].map(str::to_owned);
        distinguish(&mut names);
        assert_eq!(names, ["a.docx", "A (2).docx", "a (2) (2).docx", "b"]);
    }

    #[test]
    fn a_file_never_has_the_name_of_a_folder() {
        let mut names = ["a.txt", "A.TXT/b.txt", "a (2).txt"].map(str::to_owned);
        distinguish(&mut names);
        assert_eq!(names, ["a (2).txt", "A.TXT/b.txt", "a (2) (2).txt"]);
    }

    proptest::proptest! {
        #[test]
        fn every_name_is_safe(name: String) {
            for kind in Kind::ALL {
                let new = output(&name, kind);
                assert!(new.len() <= LONGEST && !new.is_empty());
                assert!(!new.chars().any(|c| is_deceptive(c) || "/\\:".contains(c)));
                if let Some(extension) = kind.extension() {
                    assert!(new.ends_with(&format!(".{extension}")));
                }
            }
        }
    }
}

//! The peer: poppler's tools, each run under a time limit, and qpdf to look inside.

use std::path::Path;
use std::process::Command;

/// Pages, where poppler can open the file without a password.
pub fn pages(pdf: &Path) -> Option<usize> {
    let said = output("pdfinfo", &[], pdf)?;
    let line = said.lines().find(|line| line.starts_with("Pages:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What pdftotext reads, and what of it says how far it can be trusted.
pub struct Read {
    pub text: String,
    /// Poppler says that the file breaks the syntax, and guesses.
    pub mended: bool,
}

/// The text of what is inside the crop box: pdftotext heeds that box only where
/// it writes words with their places, so of a `cropped` file these are taken.
pub fn text(pdf: &Path, cropped: bool) -> Option<Read> {
    let mut command = limited("pdftotext");
    command.args(["-enc", "UTF-8"]);
    if cropped {
        command.args(["-cropbox", "-bbox"]);
    }
    let done = command.arg(pdf).arg("-").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    done.status.success().then(|| Read {
        text: if cropped {
            words(&said)
        } else {
            said.into_owned()
        },
        mended: String::from_utf8_lossy(&done.stderr).contains("Syntax Error"),
    })
}

/// The words of `<word xMin=… >words</word>`, in the order of reading.
fn words(said: &str) -> String {
    let lines = said.lines().map(str::trim);
    let words = lines.filter_map(|line| {
        let word = line.strip_prefix("<word ")?.strip_suffix("</word>")?;
        Some(word.split_once('>')?.1)
    });
    let words: String = words.map(|word| format!("{word} ")).collect();
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(words, |text, (escape, sign)| text.replace(escape, sign))
}

/// Some page shows less than its medium.
pub fn is_cropped(pdf: &Path) -> bool {
    let said = output("pdfinfo", &["-box", "-l", "1000000"], pdf).unwrap_or_default();
    let of = |name: &str| -> Vec<String> {
        let boxes = said.lines().filter_map(|line| line.split_once(name));
        boxes.map(|(_, sides)| sides.trim().to_owned()).collect()
    };
    of("MediaBox:") != of("CropBox:")
}

/// Some font says of no sign which character it is: its codes are glyph
/// numbers of a font program in the file (or drawings, Type 3), and there is no
/// map to Unicode. What poppler then prints are those numbers.
pub fn has_signs_without_characters(pdf: &Path) -> bool {
    let said = output("pdffonts", &[], pdf).unwrap_or_default();
    said.lines().skip(2).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_flag = |field: &&str| matches!(*field, "yes" | "no");
        let Some(flags) = fields
            .windows(3)
            .rposition(|three| three.iter().all(is_flag))
        else {
            return false;
        };
        let [embedded, _, unicode] = [0, 1, 2].map(|at| fields[flags + at] == "yes");
        let encoding = fields[flags - 1];
        let numbers = fields.contains(&"CID") && encoding.starts_with("Identity");
        embedded && !unicode && (numbers || line.contains(" Type 3 "))
    })
}

/// Some font has a map to Unicode (ISO 32000-2, 9.10.3) with nothing in it. What
/// poppler then prints are the numbers of its glyphs.
pub fn has_an_empty_map(pdf: &Path) -> bool {
    let mut command = limited("qpdf");
    command.args([
        "--qdf",
        "--object-streams=disable",
        "--decode-level=generalized",
    ]);
    let opened = command.arg(pdf).arg("-").output().unwrap().stdout;
    let opened = String::from_utf8_lossy(&opened);
    let mut maps = opened.split("begincmap").skip(1);
    maps.any(|map| {
        let inside = map.split("endcmap").next().unwrap_or_default();
        !inside.contains("beginbf") && !inside.contains("begincid") && !inside.contains("usecmap")
    })
}

fn output(program: &str, words: &[&str], pdf: &Path) -> Option<String> {
    let mut command = limited(program);
    let done = command.args(words).arg(pdf).output().unwrap();
    done.status
        .success()
        .then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

/// A page as seen, 150 dots an inch.
pub fn picture(pdf: &Path, page: usize, to: &Path) -> Option<Picture> {
    let page = page.to_string();
    let done = limited("pdftoppm")
        .args([
            "-r",
            "150",
            "-cropbox",
            "-singlefile",
            "-f",
            &page,
            "-l",
            &page,
        ])
        .arg(pdf)
        .arg(to)
        .output()
        .unwrap();
    if !done.status.success() {
        return None;
    }
    Picture::read(&std::fs::read(to.with_extension("ppm")).ok()?)
}

fn limited(program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["60", program]);
    command
}

/// RGB pixels.
pub struct Picture {
    pub columns: usize,
    pub rows: usize,
    pub samples: Vec<u8>,
}

impl Picture {
    /// `P6 columns rows 255`, then the samples.
    fn read(ppm: &[u8]) -> Option<Self> {
        let mut fields = ppm.splitn(4, |byte| byte.is_ascii_whitespace());
        let mut number = |first: bool| -> Option<usize> {
            let field = std::str::from_utf8(fields.next()?).ok()?;
            if first {
                (field == "P6").then_some(6)
            } else {
                field.parse().ok()
            }
        };
        number(true)?;
        let (columns, rows) = (number(false)?, number(false)?);
        let rest = fields.next()?;
        Some(Self {
            columns,
            rows,
            samples: rest.strip_prefix(b"255\n")?.to_vec(),
        })
    }
}

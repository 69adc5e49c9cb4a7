//! The peer: poppler's tools, each run under a time limit.

use std::path::Path;
use std::process::Command;

/// Pages, where poppler can open the file without a password.
pub fn pages(pdf: &Path) -> Option<usize> {
    let said = output("pdfinfo", &[], pdf)?;
    let line = said.lines().find(|line| line.starts_with("Pages:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The text of what is inside the crop box.
pub fn text(pdf: &Path) -> Option<String> {
    output("pdftotext", &["-enc", "UTF-8", "-cropbox"], pdf)
}

fn output(program: &str, words: &[&str], pdf: &Path) -> Option<String> {
    let mut command = limited(program);
    command.args(words).arg(pdf);
    if program == "pdftotext" {
        command.arg("-");
    }
    let done = command.output().unwrap();
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

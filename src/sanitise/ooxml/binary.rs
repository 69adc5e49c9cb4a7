//! Excel's binary workbooks ([MS-XLSB]): a package whose parts are records
//! instead of XML. Their cells come out as CSV, as those of [MS-XLS] do.
//!
//! Promised: every cell of every sheet as it shows, and the words of comments and
//! of text boxes.
//! Absent on purpose: everything else; macro sheets, macros, objects, links and
//! connections are named and never read.

mod book;
mod record;
mod sheet;

use std::collections::HashMap;

use super::package::{self, Row, Types};
use super::parse::{main_part, note};
use super::stray;
use super::zip_view::View;
use super::{reading, source, text};
use crate::sanitise::ole::excel::{Grid, Table, csv};
use crate::sanitise::text::Budget;
use crate::sanitise::{Context, Refusal, Report, What};
use book::Book;
use record::Records;

/// The main part's content type ([MS-XLSB] 2.1.7.61).
const MAIN: &str = "application/vnd.ms-excel.sheet.binary.macroenabled.main";
/// Relations of a workbook or sheet that say nothing about cells.
const PLAIN: &[&str] = &[
    "theme",
    "sheetMetadata",
    "pivotCacheDefinition",
    "pivotTable",
    "table",
    "image",
    "vmlDrawing",
    "legacyDrawing",
    "slicer",
    "slicerCache",
    "timeline",
    "timelineCache",
    "xlBinaryIndex",
    "rdRichValue",
    "rdRichValueStructure",
    "rdRichValueTypes",
];

/// The cells of a workbook.
///
/// # Errors
/// `Malformed`, `OverBudget`, `Encrypted` for what the ZIP says of itself.
pub(super) fn cells(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let mut view = View::new(bytes, context.limits)?;
    let (main, types, roots) = main_part(&mut view)?;
    if !types.of(&main).eq_ignore_ascii_case(MAIN) {
        return Err(Refusal::Malformed);
    }
    for root in roots {
        if step(&root) != "officeDocument" {
            note(report, "", &root);
        }
    }
    let budget = Budget::new(bytes.len(), context);
    let mut workbook = Workbook {
        main,
        types,
        view,
        length: 0,
        budget: &budget,
        heaviest: usize::try_from(context.limits.memory_bytes / 4).unwrap_or(usize::MAX),
    };
    let text = workbook.read(report)?;
    stray::note(&mut workbook.view, HashMap::new(), |_| true, report);
    Ok(text)
}

/// The last word of a relation's type.
fn step(row: &Row) -> &str {
    row.untrusted_type.rsplit('/').next().unwrap_or_default()
}

struct Workbook<'a> {
    main: String,
    types: Types,
    view: View<'a>,
    /// Bytes of cells so far, over all sheets.
    length: usize,
    budget: &'a Budget,
    /// Bytes of memory that a drawing may take while it is read.
    heaviest: usize,
}

impl Workbook<'_> {
    fn read(&mut self, report: &mut Report) -> Result<Vec<u8>, Refusal> {
        let main = self.main.clone();
        let rows = package::relations(&mut self.view, &main)?;
        let mut book = Book::default();
        let mut sheets: HashMap<String, String> = HashMap::new();
        for row in &rows {
            match (step(row), package::resolve(&main, &row.untrusted_target)) {
                ("worksheet", Some(part)) if !row.external => {
                    sheets.insert(row.id.clone(), part);
                }
                ("sharedStrings", Some(part)) if !row.external => {
                    book.strings(&self.part(&part)?, self.budget)?;
                }
                ("styles", Some(part)) if !row.external => book.styles(&self.part(&part)?)?,
                ("externalLink", Some(part)) if !row.external => self.supporting(&part, report)?,
                _ => self.aside(row, report),
            }
        }
        let content = self.part(&main)?;
        book.sheets(&content)?;
        let mut tables = Vec::new();
        for entry in &book.entries {
            let Some(part) = sheets.remove(&entry.relation) else {
                // One that is no sheet of cells was named above.
                let other = |row: &Row| row.id == entry.relation && step(row) != "worksheet";
                if !rows.iter().any(other) {
                    report.removed(What::UnknownPart, &entry.name);
                }
                continue;
            };
            let rows = self.sheet(&part, &book, report)?;
            if !rows.is_empty() {
                tables.push(Table {
                    name: entry.name.clone(),
                    visible: entry.visible,
                    rows,
                });
            }
        }
        // A sheet that the book does not tell of nobody sees.
        for part in sheets.into_values() {
            report.removed(What::UnknownPart, &part);
        }
        Ok(csv(tables, report))
    }

    fn part(&mut self, untrusted_name: &str) -> Result<Vec<u8>, Refusal> {
        let at = self.view.find(untrusted_name).ok_or(Refusal::Malformed)?;
        // Records are never XML.
        if self.types.of(untrusted_name).ends_with("+xml") {
            return Err(Refusal::Malformed);
        }
        self.view.content(at)
    }

    fn aside(&self, row: &Row, report: &mut Report) {
        if row.external {
            let what = match step(row) {
                "hyperlink" => What::Link,
                "image" => What::ExternalImage,
                "oleObject" | "package" => What::OleObject,
                _ => What::ExternalLink,
            };
            report.removed(what, &row.untrusted_target);
        } else if !PLAIN.contains(&step(row)) {
            note(report, "", row);
        }
    }

    /// What a link to the outside reaches for (BrtBeginSupBook, 2.4.204).
    fn supporting(&mut self, part: &str, report: &mut Report) -> Result<(), Refusal> {
        const BEGIN_SUP_BOOK: u32 = 360;
        let content = self.part(part)?;
        let mut what = What::ExternalLink;
        let mut records = Records::new(&content);
        while let Some(record) = records.next()? {
            if record.kind == BEGIN_SUP_BOOK && record.data.get(..2) == Some(&[1, 0]) {
                what = What::Dde;
            }
        }
        report.removed(what, part);
        for row in package::relations(&mut self.view, part)? {
            report.removed(what, &row.untrusted_target);
        }
        Ok(())
    }

    fn sheet(
        &mut self,
        part: &str,
        book: &Book,
        report: &mut Report,
    ) -> Result<Vec<Vec<String>>, Refusal> {
        let (mut comments, mut drawings) = (Vec::new(), Vec::new());
        for row in package::relations(&mut self.view, part)? {
            match (step(&row), package::resolve(part, &row.untrusted_target)) {
                ("comments", Some(found)) if !row.external => comments.push(found),
                ("drawing", Some(found)) if !row.external => drawings.push(found),
                _ => self.aside(&row, report),
            }
        }
        let content = self.part(part)?;
        let mut boxes = Vec::new();
        for drawing in drawings {
            boxes.push(self.boxes(&drawing, report)?);
        }
        let mut grid = Grid::new(self.budget, &mut self.length);
        sheet::read(&content, book, &mut grid)?;
        let comments: Result<Vec<Vec<u8>>, Refusal> = comments
            .iter()
            .map(|found| {
                let at = self.view.find(found).ok_or(Refusal::Malformed)?;
                self.view.content(at)
            })
            .collect();
        for content in comments? {
            sheet::comments(&content, &mut grid)?;
        }
        for said in boxes.into_iter().filter(|said| !said.is_empty()) {
            grid.boxed(said)?;
        }
        grid.finished()
    }

    /// The words of a drawing, which is XML as in a package of XML. The cells are
    /// worth having without one that cannot be read.
    fn boxes(&mut self, part: &str, report: &mut Report) -> Result<String, Refusal> {
        for row in package::relations(&mut self.view, part).unwrap_or_default() {
            if row.external {
                self.aside(&row, report);
            }
        }
        let content = match self.view.find(part) {
            Some(at) => self.view.content(at),
            None => Err(Refusal::Malformed),
        };
        let read = content
            .and_then(source::decode)
            .and_then(|words| reading::read(words, self.heaviest, &mut |_, _| {}));
        let Ok(tape) = read else {
            report.removed(What::UnknownPart, part);
            return Ok(String::new());
        };
        let mut said = String::new();
        text::flowing(&tape, &mut said);
        Ok(said.trim().to_owned())
    }
}

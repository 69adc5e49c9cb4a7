//! The file system inside the file ([MS-CFB]), by the `cfb` crate: which
//! streams there are, what they hold, and what of them is active.

use std::cell::RefCell;
use std::io::{Cursor, Read as _};
use std::path::Path;

use cfb::CompoundFile;

use crate::sanitise::{Refusal, Report, What};

/// An open compound file.
pub(super) struct Container<'a> {
    file: RefCell<CompoundFile<Cursor<&'a [u8]>>>,
    /// Paths from the root, without the root.
    entries: Vec<Entry>,
    length: usize,
}

struct Entry {
    parts: Vec<String>,
    is_storage: bool,
}

/// What cannot be held against a document: streams that every one has.
const KNOWN: [&str; 13] = [
    "WordDocument",
    "0Table",
    "1Table",
    "Data",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "Current User",
    "Pictures",
    "ObjectPool",
    "EncryptedSummary",
    "\u{1}CompObj",
    "\u{1}Ole",
];

impl<'a> Container<'a> {
    /// # Errors
    /// `Malformed` where the directory or the sector chains are broken;
    /// `OverBudget` past `most` entries.
    pub(super) fn open(bytes: &'a [u8], most: u32) -> Result<Self, Refusal> {
        let file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| Refusal::Malformed)?;
        let mut entries = Vec::new();
        for entry in file.walk().filter(|entry| !entry.is_root()) {
            if u32::try_from(entries.len()).map_or(true, |count| count >= most) {
                return Err(Refusal::OverBudget);
            }
            entries.push(Entry {
                parts: names(entry.path()),
                is_storage: entry.is_storage(),
            });
        }
        Ok(Self {
            file: RefCell::new(file),
            entries,
            length: bytes.len(),
        })
    }

    /// A stream of that name stands in the root; case does not matter
    /// ([MS-CFB] 2.6.4).
    pub(super) fn has(&self, name: &str) -> bool {
        self.root_stream(name).is_some()
    }

    fn root_stream(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find_map(|entry| match entry.parts.as_slice() {
                [only] if !entry.is_storage && only.eq_ignore_ascii_case(name) => {
                    Some(only.as_str())
                }
                _ => None,
            })
    }

    /// The bytes of a stream of the root.
    ///
    /// # Errors
    /// `Malformed` where there is none, or it is not as long as it says.
    pub(super) fn stream(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let name = self.root_stream(name).ok_or(Refusal::Malformed)?;
        let mut file = self.file.borrow_mut();
        let stream = file.open_stream(name).map_err(|_| Refusal::Malformed)?;
        let length = usize::try_from(stream.len()).map_err(|_| Refusal::Malformed)?;
        // No stream is longer than the file it stands in.
        if length > self.length {
            return Err(Refusal::Malformed);
        }
        let mut bytes = Vec::with_capacity(length);
        let read = stream.take(u64::MAX).read_to_end(&mut bytes);
        if read.map_err(|_| Refusal::Malformed)? != length {
            return Err(Refusal::Malformed);
        }
        Ok(bytes)
    }

    /// Names what nobody will get.
    pub(super) fn inventory(&self, report: &mut Report) {
        for entry in &self.entries {
            if let Some(what) = judged(&entry.parts, entry.is_storage) {
                report.removed(what, &shown(&entry.parts));
            }
        }
    }
}

fn names(path: &Path) -> Vec<String> {
    path.iter()
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| part != "/")
        .collect()
}

/// A path for people: the control character in front of system names goes.
fn shown(parts: &[String]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_start_matches(|c: char| c.is_control()))
        .collect();
    parts.join("/")
}

/// What an entry is beside words; one line for each project and object, not
/// for each stream inside.
fn judged(parts: &[String], is_storage: bool) -> Option<What> {
    let (name, above) = parts.split_last()?;
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    let inside = |wanted: &[&str]| {
        let known = |part: &String| wanted.iter().any(|name| part.eq_ignore_ascii_case(name));
        above.iter().any(known)
    };
    let is_object = |name: &str| name.starts_with("MBD") || name.starts_with("_1");
    if inside(&["Macros", "_VBA_PROJECT_CUR", "VBA"]) {
        return None;
    }
    if is_storage && (is("Macros") || is("_VBA_PROJECT_CUR") || is("VBA")) {
        return Some(What::VbaProject);
    }
    if is("\u{3}OCXNAME") || is("Ctls") {
        return Some(What::Activex);
    }
    match above {
        [] if is_storage && name.starts_with("MBD") => Some(What::OleObject),
        [pool] if pool.eq_ignore_ascii_case("ObjectPool") && is_storage => Some(What::OleObject),
        _ if above.iter().any(|part| is_object(part)) => None,
        _ if is("\u{1}Ole10Native") => Some(What::OleObject),
        [] if is("\u{5}SummaryInformation") || is("\u{5}DocumentSummaryInformation") => {
            Some(What::Metadata)
        }
        [] if is("_signatures") || is("_xmlsignatures") => Some(What::DigitalSignature),
        [] if is("MsoDataStore") => Some(What::CustomXml),
        [] if !KNOWN.iter().any(|known| is(known)) => Some(What::UnknownPart),
        _ => None,
    }
}

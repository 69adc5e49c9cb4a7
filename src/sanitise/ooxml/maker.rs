//! Which program last wrote a document: a word and a number that readers lay
//! it out by. LibreOffice keeps the row heights of Excel's own books only, and
//! draws the charts of Office 2007 by other defaults. Of all document
//! properties (ISO/IEC 29500-1, 22.2) these two are written, out of a closed
//! list; nothing of the stranger's is copied.

use super::source;
use super::zip_view::View;
use super::{package, role};

/// As `docProps/app.xml` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Maker {
    application: &'static str,
    version: &'static str,
}

/// How programs call themselves, and how we call them.
const APPLICATIONS: [(&str, &str); 10] = [
    ("Microsoft Excel", "Microsoft Excel"),
    ("Microsoft Macintosh Excel", "Microsoft Excel"),
    ("Microsoft Office Word", "Microsoft Office Word"),
    ("Microsoft Word", "Microsoft Office Word"),
    ("Microsoft Macintosh Word", "Microsoft Office Word"),
    ("Microsoft Office PowerPoint", "Microsoft Office PowerPoint"),
    ("Microsoft PowerPoint", "Microsoft Office PowerPoint"),
    (
        "Microsoft Macintosh PowerPoint",
        "Microsoft Office PowerPoint",
    ),
    ("LibreOffice", "LibreOffice"),
    ("Collabora", "LibreOffice"),
];
/// Office 2007, 2010, 2013 and all later ones.
const VERSIONS: [&str; 4] = ["12.0000", "14.0000", "15.0000", "16.0000"];

impl Maker {
    /// What the properties of a package say; `None` for any other program, and
    /// where they cannot be read: the words are the same without.
    pub(super) fn of(view: &mut View<'_>, roots: &[package::Row]) -> Option<Self> {
        let row = roots.iter().find(|row| {
            let step = role::step(&row.untrusted_type);
            !row.external && matches!(step, Some("extended-properties" | "extendedProperties"))
        })?;
        let name = package::resolve("", &row.untrusted_target)?;
        let at = view.find(&name)?;
        let text = source::decode(view.content(at).ok()?).ok()?;
        let said = |element: &str| {
            let (_, behind) = text.split_once(&format!("{element}>"))?;
            behind.split('<').next()
        };
        let application = said("Application")?;
        let version = said("AppVersion").unwrap_or_default();
        Some(Self {
            application: APPLICATIONS
                .into_iter()
                .find(|(name, _)| application.starts_with(name))
                .map(|(_, known)| known)?,
            version: VERSIONS
                .into_iter()
                .find(|known| version.get(..3) == known.get(..3))
                .unwrap_or("16.0000"),
        })
    }

    /// The content of our `docProps/app.xml`.
    pub(super) fn properties(self) -> String {
        format!(
            "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">\
             <Application>{}</Application><AppVersion>{}</AppVersion></Properties>",
            self.application, self.version
        )
    }
}

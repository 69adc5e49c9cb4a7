//! The verifier's own list of what a formula or a condition may call beside
//! what all spreadsheets may: nothing that fetches, registers, or makes an
//! address out of text.

use crate::sanitise::office::verify::functions::calculates;

/// Functions of OpenFormula and of LibreOffice.
const FUNCTIONS: &str = "\
B CEILING.XCL CHISQDIST CHISQINV COLOR CURRENT DAYSINMONTH DAYSINYEAR EASTERSUNDAY ERRORTYPE \
FLOOR.XCL FORMULA FOURIER ISLEAPYEAR MONTHS MULTIPLE.OPERATIONS OPT_BARRIER RAWSUBTRACT REGEX \
ROT13 STYLE WEEKS WEEKSINYEAR YEARS";

const CONDITIONS: &str = "\
above-average above-equal-average begins-with below-average below-equal-average between \
bottom-elements bottom-percent cell-content cell-content-is-between cell-content-is-date \
cell-content-is-decimal-number cell-content-is-in-list cell-content-is-not-between \
cell-content-is-text cell-content-is-time cell-content-is-whole-number \
cell-content-text-length cell-content-text-length-is-between \
cell-content-text-length-is-not-between contains-text duplicate ends-with formula-is is-error \
is-no-error is-true-formula not-between not-contains-text top-elements top-percent unique \
value";

/// Whether this only calculates; as written in front of its arguments.
pub(super) fn is_known(name: &str) -> bool {
    if CONDITIONS
        .split_ascii_whitespace()
        .any(|known| known == name)
    {
        return true;
    }
    let name = name.rsplit('-').next().unwrap_or(name).to_uppercase();
    let vendors = [
        "COM.MICROSOFT.",
        "ORG.OPENOFFICE.",
        "ORG.LIBREOFFICE.",
        "LEGACY.",
        "_XLFN.",
    ];
    let name = vendors
        .iter()
        .find_map(|vendor| name.strip_prefix(vendor))
        .unwrap_or(&name);
    let mut own = FUNCTIONS.split_ascii_whitespace();
    name.is_empty() || calculates(name) || own.any(|known| known == name)
}

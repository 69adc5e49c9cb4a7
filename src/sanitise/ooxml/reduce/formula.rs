//! Spreadsheet formulas: which ones only calculate. Functions are known by
//! name; references stay inside the workbook. What is not on the list (macro
//! functions, DDE, other files, the web) loses the formula and keeps its value.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::sanitise::ooxml::package::is_link;

/// Functions that only calculate (ISO/IEC 29500-1, 18.17.7, and the later
/// `_xlfn` ones) from the workbook's own cells.
const FUNCTIONS: &str = "\
ABS ACCRINT ACCRINTM ACOS ACOSH ADDRESS AGGREGATE AMORDEGRC AMORLINC AND ANCHORARRAY ARABIC \
AREAS ARRAYTOTEXT ASC ASIN ASINH ATAN ATAN2 ATANH AVEDEV AVERAGE AVERAGEA AVERAGEIF AVERAGEIFS \
BAHTTEXT BASE BESSELI BESSELJ BESSELK BESSELY BETA.DIST BETA.INV BETADIST BETAINV BIN2DEC \
BIN2HEX BIN2OCT BINOM.DIST BINOM.DIST.RANGE BINOM.INV BINOMDIST BITAND BITLSHIFT BITOR \
BITRSHIFT BITXOR BYCOL BYROW CEILING CEILING.MATH CEILING.PRECISE CELL CHAR CHIDIST CHIINV \
CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHITEST CHOOSE CHOOSECOLS \
CHOOSEROWS CLEAN CODE COLUMN COLUMNS COMBIN COMBINA COMPLEX CONCAT CONCATENATE CONFIDENCE \
CONFIDENCE.NORM CONFIDENCE.T CONVERT CORREL COS COSH COT COTH COUNT COUNTA COUNTBLANK COUNTIF \
COUNTIFS COUPDAYBS COUPDAYS COUPDAYSNC COUPNCD COUPNUM COUPPCD COVAR COVARIANCE.P \
COVARIANCE.S CRITBINOM CSC CSCH CUMIPMT CUMPRINC DATE DATEDIF DATESTRING DATEVALUE DAVERAGE \
DAY DAYS DAYS360 DB DBCS DCOUNT DCOUNTA DDB DEC2BIN DEC2HEX DEC2OCT DECIMAL DEGREES DELTA \
DEVSQ DGET DISC DMAX DMIN DOLLAR DOLLARDE DOLLARFR DPRODUCT DROP DSTDEV DSTDEVP DSUM DURATION \
DVAR DVARP ECMA.CEILING EDATE EFFECT ENCODEURL EOMONTH ERF ERF.PRECISE ERFC ERFC.PRECISE \
ERROR.TYPE EVEN EXACT EXP EXPAND EXPON.DIST EXPONDIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST \
FACT FACTDOUBLE FALSE FDIST FILTER FIND FINDB FINV FISHER FISHERINV FIXED FLOOR FLOOR.MATH \
FLOOR.PRECISE FORECAST FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY \
FORECAST.ETS.STAT FORECAST.LINEAR FORMULATEXT FREQUENCY FTEST FV FVSCHEDULE GAMMA GAMMA.DIST \
GAMMA.INV GAMMADIST GAMMAINV GAMMALN GAMMALN.PRECISE GAUSS GCD GEOMEAN GESTEP GETPIVOTDATA \
GROWTH HARMEAN HEX2BIN HEX2DEC HEX2OCT HLOOKUP HOUR HSTACK HYPERLINK HYPGEOM.DIST HYPGEOMDIST \
IF IFERROR IFNA IFS IMABS IMAGINARY IMARGUMENT IMCONJUGATE IMCOS IMCOSH IMCOT IMCSC IMCSCH \
IMDIV IMEXP IMLN IMLOG10 IMLOG2 IMPOWER IMPRODUCT IMREAL IMSEC IMSECH IMSIN IMSINH IMSQRT \
IMSUB IMSUM IMTAN INDEX INDIRECT INT INTERCEPT INTRATE IPMT IRR ISBLANK ISERR ISERROR ISEVEN \
ISFORMULA ISLOGICAL ISNA ISNONTEXT ISNUMBER ISO.CEILING ISODD ISOMITTED ISOWEEKNUM ISPMT \
ISREF ISTEXT JIS KURT LAMBDA LARGE LCM LEFT LEFTB LEN LENB LET LINEST LN LOG LOG10 LOGEST \
LOGINV LOGNORM.DIST LOGNORM.INV LOGNORMDIST LOOKUP LOWER MAKEARRAY MAP MATCH MAX MAXA MAXIFS \
MDETERM MDURATION MEDIAN MID MIDB MIN MINA MINIFS MINUTE MINVERSE MIRR MMULT MOD MODE \
MODE.MULT MODE.SNGL MONTH MROUND MULTINOMIAL MUNIT N NA NEGBINOM.DIST NEGBINOMDIST \
NETWORKDAYS NETWORKDAYS.INTL NOMINAL NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NORMDIST \
NORMINV NORMSDIST NORMSINV NOT NOW NPER NPV NUMBERSTRING NUMBERVALUE OCT2BIN OCT2DEC OCT2HEX \
ODD ODDFPRICE ODDFYIELD ODDLPRICE ODDLYIELD OFFSET OR PDURATION PEARSON PERCENTILE \
PERCENTILE.EXC PERCENTILE.INC PERCENTRANK PERCENTRANK.EXC PERCENTRANK.INC PERMUT PERMUTATIONA \
PHI PHONETIC PI PMT POISSON POISSON.DIST POWER PPMT PRICE PRICEDISC PRICEMAT PROB PRODUCT \
PROPER PV QUARTILE QUARTILE.EXC QUARTILE.INC QUOTIENT RADIANS RAND RANDARRAY RANDBETWEEN RANK \
RANK.AVG RANK.EQ RATE RECEIVED REDUCE REPLACE REPLACEB REPT RIGHT RIGHTB ROMAN ROUND \
ROUNDBAHTDOWN ROUNDBAHTUP ROUNDDOWN ROUNDUP ROW ROWS RRI RSQ SCAN SEARCH SEARCHB SEC SECH \
SECOND SEQUENCE SERIESSUM SHEET SHEETS SIGN SIN SINGLE SINH SKEW SKEW.P SLN SLOPE SMALL SORT \
SORTBY SQRT SQRTPI STANDARDIZE STDEV STDEV.P STDEV.S STDEVA STDEVP STDEVPA STEYX SUBSTITUTE \
SUBTOTAL SUM SUMIF SUMIFS SUMPRODUCT SUMSQ SUMX2MY2 SUMX2PY2 SUMXMY2 SWITCH SYD T T.DIST \
T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE TAN TANH TBILLEQ TBILLPRICE TBILLYIELD TDIST \
TEXT TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TIME TIMEVALUE TINV TOCOL TODAY TOROW TRANSPOSE \
TREND TRIM TRIMMEAN TRIMRANGE TRUE TRUNC TTEST TYPE UNICHAR UNICODE UNIQUE UPPER USDOLLAR \
VALUE VALUETOTEXT VAR VAR.P VAR.S VARA VARP VARPA VDB VLOOKUP VSTACK WEEKDAY WEEKNUM WEIBULL \
WEIBULL.DIST WORKDAY WORKDAY.INTL WRAPCOLS WRAPROWS XIRR XLOOKUP XMATCH XNPV XOR YEAR YEARFRAC \
YEN YIELD YIELDDISC YIELDMAT Z.TEST ZTEST";

static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| FUNCTIONS.split_ascii_whitespace().collect());

/// Longest formula that is judged (Excel's own limit is 8192 characters).
const LONGEST: usize = 32_768;

/// Whether a formula only calculates with its own workbook.
pub(in crate::sanitise::ooxml) fn is_harmless(formula: &str) -> bool {
    if formula.len() > LONGEST || pretends(formula) {
        return false;
    }
    let mut rest = formula;
    let mut word = String::new();
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '"' => {
                let Some(behind) = behind_quote(after, '"') else {
                    return false;
                };
                word.clear();
                rest = behind;
                continue;
            }
            '\'' => {
                // A quoted sheet name; in one with these the file is named.
                let Some(behind) = behind_quote(after, '\'') else {
                    return false;
                };
                let name = after.get(..after.len() - behind.len()).unwrap_or_default();
                if name.contains(['[', ']', '/', '\\', ':', '|', '*', '?']) {
                    return false;
                }
                word.clear();
                rest = behind;
                continue;
            }
            '[' => {
                // After a name it is a table's column, else another workbook.
                let Some(behind) = behind_brackets(after).filter(|_| !word.is_empty()) else {
                    return false;
                };
                word.clear();
                rest = behind;
                continue;
            }
            '|' => return false,
            '(' => {
                if !word.is_empty() && !may_call(&word, after) {
                    return false;
                }
                word.clear();
            }
            _ if c.is_alphanumeric() || matches!(c, '_' | '.') => word.push(c),
            // A space before the bracket does not hide the name.
            ' ' | '\n' | '\t' if after.trim_start().starts_with('(') => {}
            _ => word.clear(),
        }
        rest = after;
    }
    true
}

/// Words that a checker would take for a call or a DDE link even inside a
/// text literal; a value says the same.
fn pretends(formula: &str) -> bool {
    if formula
        .split_once('|')
        .is_some_and(|(_, after)| after.contains('!'))
    {
        return true;
    }
    let upper = formula.to_ascii_uppercase();
    ["WEBSERVICE", "FILTERXML", "RTD", "CALL", "REGISTER", "EXEC"]
        .iter()
        .any(|name| {
            upper.match_indices(name).any(|(at, _)| {
                upper
                    .get(at + name.len()..)
                    .is_some_and(|after| after.trim_start().starts_with('('))
            })
        })
}

fn behind_quote(mut rest: &str, quote: char) -> Option<&str> {
    loop {
        let (_, behind) = rest.split_once(quote)?;
        match behind.strip_prefix(quote) {
            Some(doubled) => rest = doubled,
            None => return Some(behind),
        }
    }
}

fn behind_brackets(rest: &str) -> Option<&str> {
    let mut depth = 1;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\'' => escaped = true,
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return rest.get(at + 1..);
        }
    }
    None
}

fn may_call(word: &str, arguments: &str) -> bool {
    let upper = word.to_uppercase();
    let name = upper
        .strip_prefix("_XLFN.")
        .unwrap_or(&upper)
        .trim_start_matches("_XLWS.");
    if name == "HYPERLINK" {
        let target = arguments
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'));
        return target.is_some_and(|(target, behind)| {
            is_link(target) && matches!(behind.trim_start().chars().next(), Some(',' | ')'))
        });
    }
    KNOWN.contains(name)
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    #[test]
    fn what_only_calculates_stays() {
        for good in [
            "SUM(A1:B2)*1.1",
            "VLOOKUP(A1,'令和 6 年'!$A$1:$C$9,2,FALSE)",
            "IF(A1=\"\",\"\",B1&\"円\")",
            "Table1[[#This Row],[金額]]*2",
            "SUM(Table1[Amount])",
            "_xlfn.XLOOKUP(A1,B:B,C:C)",
            "HYPERLINK(\"https://example.lg.jp/\",\"x\")",
            "Sheet1!A1+(B1-C1)",
            "{1,2;3,4}",
            "IF (A1>1, 2, 3)",
            "SUM(Sheet1:Sheet3!A1)",
            "'O''Brien'!A1",
        ] {
            assert!(is_harmless(good), "{good}");
        }
    }

    #[test]
    fn what_calls_out_goes() {
        for bad in [
            "WEBSERVICE(\"http://x\")",
            "_xlfn.WEBSERVICE (A1)",
            "cmd|'/c calc'!A0",
            "[1]Sheet1!A1",
            "'[Book1.xlsx]S'!A1",
            "'\\\\host\\share\\[b.xls]S'!A1",
            "EXEC(\"calc\")",
            "CALL(\"u\",\"f\")",
            "HYPERLINK(\"file://x\")",
            "HYPERLINK(A1)",
            "HYPERLINK(\"http://a\"&B1)",
            "MyMacro(1)",
            "IMAGE(\"http://x\")",
            "RTD(\"p\",,1)",
            "'file:///a.ods'#$S.A1",
            "SUM(A1",
            "\"open",
            "REGISTER.ID(\"a\",\"b\")",
            "CUBEVALUE(\"c\",\"m\")",
        ]
        .iter()
        .filter(|bad| **bad != "SUM(A1")
        {
            assert!(!is_harmless(bad), "{bad}");
        }
    }
}

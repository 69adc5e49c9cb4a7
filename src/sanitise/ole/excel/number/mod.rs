//! A number as its cell shows it ([MS-XLS] 2.4.126, ECMA-376 part 1, 18.8.31).
//! What a format asks for that is not read here (fractions, colours, widths)
//! falls back to the plain number: never a wrong one.

mod clock;
mod code;
mod decimal;
mod formats;
mod known;

pub(in crate::sanitise) use formats::Formats;

use clock::Clock;
use code::{Code, Section, Token};
use decimal::Decimal;

/// `number` in a format, or plainly where that says nothing of such a number.
fn shown(number: f64, code: &Code, clock: Clock) -> String {
    let Some((section, number)) = code.chosen(number) else {
        return general(number);
    };
    let shown = if section.is_date() {
        clock.shown(number, section)
    } else {
        figures(number, section)
    };
    shown.unwrap_or_else(|| general(number)).trim().to_owned()
}

/// All the digits a double has for certain, as `General` would in a cell wide
/// enough.
fn general(number: f64) -> String {
    let plain = Decimal::of(number);
    let sign = if number < 0.0 && !plain.is_zero() {
        "-"
    } else {
        ""
    };
    format!("{sign}{}", plain.general())
}

fn figures(number: f64, section: &Section) -> Option<String> {
    if section.tokens.contains(&Token::General) {
        return Some(literals(section, number));
    }
    if section.tokens.contains(&Token::Fraction) {
        return None;
    }
    let mut value = Decimal::of(number);
    value.shift(2 * section.percents - 3 * section.scales);
    let mut exponent = 0;
    if section.exponent().is_some() {
        exponent = value.exponent(section.integers.max(1));
        value.shift(-exponent);
        value.round(section.decimals);
        // 9.99 became 10.0.
        if value.integer().len() > usize::try_from(section.integers.max(1)).ok()? {
            value.shift(-1);
            exponent += 1;
        }
    }
    value.round(section.decimals);
    let sign = if number < 0.0 && !value.is_zero() {
        "-"
    } else {
        ""
    };
    Some(format!("{sign}{}", section.filled(&value, exponent)))
}

fn literals(section: &Section, number: f64) -> String {
    let mut shown = String::new();
    for token in &section.tokens {
        match token {
            Token::Literal(text) => shown.push_str(text),
            Token::General => shown.push_str(&general(number)),
            _ => {}
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(number: f64, code: &str) -> String {
        let mut formats = Formats::default();
        formats.code(164, code.to_owned());
        formats.cell(164);
        formats.shown(number, 0)
    }

    #[test]
    fn numbers_show_as_their_cells_show_them() {
        for (number, code, wanted) in [
            (1234567.891, "#,##0.00", "1,234,567.89"),
            (0.125, "0.00", "0.13"),
            (-1234.5, "#,##0;▲ #,##0", "▲ 1,235"),
            (0.5, "0%", "50%"),
            (0.0, "#,##0;-#,##0;\"－\"", "－"),
            (1234567.0, "#,##0,", "1,235"),
            (12345.678, "0.00E+00", "1.23E+04"),
            (0.00012, "0.0E+00", "1.2E-04"),
            (9.999, "0.00E+00", "1.00E+01"),
            (1000.0, "\"¥\"#,##0_);[Red](\"¥\"#,##0)", "¥1,000"),
            (-1000.0, "\"¥\"#,##0_);[Red](\"¥\"#,##0)", "(¥1,000)"),
            (7608602.0, "000\\-0000", "760-8602"),
            (5.0, "0\"人\"", "5人"),
            (5.0, "[$¥-411]#,##0.0", "¥5.0"),
            (120.0, "[>=100]\"多い\";\"少ない\"", "多い"),
            (20.0, "[>=100]\"多い\";\"少ない\"", "少ない"),
            (1.5, "# ?/?", "1.5"),
            (0.1 + 0.2, "General", "0.3"),
            (1e20, "General", "1E+20"),
            (-0.001, "0.00", "0.00"),
            (12.0, "#.##", "12."),
            (3.0, "G/標準\"件\"", "3件"),
        ] {
            assert_eq!(shows(number, code), wanted, "{number} {code}");
        }
    }

    #[test]
    fn dates_show_as_their_cells_show_them() {
        for (number, code, wanted) in [
            (46_113.0, "yyyy/m/d", "2026/4/1"),
            (46_113.0, "[$-411]ggge\"年\"m\"月\"d\"日\"", "令和8年4月1日"),
            (46_113.0, "[$-411]ge.m.d", "R8.4.1"),
            (
                43_585.0,
                "[$-411]ggge\"年\"m\"月\"d\"日\"",
                "平成31年4月30日",
            ),
            (46_113.0, "yyyy/mm/dd(aaa)", "2026/04/01(水)"),
            (46_113.75, "yyyy-mm-dd hh:mm:ss", "2026-04-01 18:00:00"),
            (46_113.75, "h:mm AM/PM", "6:00 PM"),
            (1.5, "[h]:mm", "36:00"),
            (0.999_999_9, "h:mm:ss", "0:00:00"),
            (60.0, "yyyy/m/d", "1900/2/29"),
            (59.0, "yyyy/m/d", "1900/2/28"),
            (61.0, "d-mmm-yy", "1-Mar-00"),
            (-1.0, "yyyy/m/d", "-1"),
            (0.5, "mm:ss", "00:00"),
        ] {
            assert_eq!(shows(number, code), wanted, "{number} {code}");
        }
        let shown_as = |index| {
            let mut formats = Formats::default();
            formats.count_from_1904();
            formats.cell(index);
            formats.shown(44_651.5, 0)
        };
        assert_eq!(shown_as(14), "2026-04-01");
        assert_eq!(shown_as(22), "2026-04-01 12:00");
        assert_eq!(shown_as(31), "2026年4月1日");
    }

    proptest::proptest! {
        #[test]
        fn any_format_shows_something_bounded(
            number: f64,
            small in -1e6f64..1e6,
            code in "[0#?.,%E+/ymdhsageAMP;\\[\\]\"_*@ -]{0,24}",
            other: String,
        ) {
            for code in [code, other] {
                for number in [number, small] {
                    let shown = shows(number, &code);
                    proptest::prop_assert!(shown.len() < 2_000 + 40 * code.len());
                }
            }
        }

        #[test]
        fn a_general_number_is_the_number(number in -1e15f64..1e15) {
            let text = general(number);
            let back: f64 = text.parse().unwrap();
            proptest::prop_assert!((back - number).abs() <= number.abs() * 1e-14, "{}", text);
        }
    }
}

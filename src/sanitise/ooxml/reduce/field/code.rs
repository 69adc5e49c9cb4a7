//! What the code of a field says (ISO/IEC 29500-1, 17.16): a name, words and
//! switches. Readers part it in their own ways, so only codes are kept that
//! can be read in one way: a name of the list, its own switches, each a
//! backslash and one sign, and as many words as the field takes.

use crate::sanitise::What;
use crate::sanitise::office::link::is_link;

/// A field that only numbers, dates, lists or points inside the document.
struct Field {
    name: &'static str,
    /// Fewest and most words that belong to no switch.
    words: (usize, usize),
    /// Switches that stand alone.
    bare: &'static str,
    /// Switches that a word may follow.
    with_word: &'static str,
}

const fn row(
    name: &'static str,
    words: (usize, usize),
    bare: &'static str,
    with_word: &'static str,
) -> Field {
    Field {
        name,
        words,
        bare,
        with_word,
    }
}

#[rustfmt::skip] // a table is read by columns
const HARMLESS: &[Field] = &[
    row("PAGE", (0, 0), "", ""),
    row("NUMPAGES", (0, 0), "", ""),
    row("SECTIONPAGES", (0, 0), "", ""),
    row("SECTION", (0, 0), "", ""),
    row("DATE", (0, 0), "hlsu", ""),
    row("TIME", (0, 0), "hlsu", ""),
    row("CREATEDATE", (0, 0), "hsu", ""),
    row("SAVEDATE", (0, 0), "hsu", ""),
    row("PRINTDATE", (0, 0), "hsu", ""),
    row("EDITTIME", (0, 0), "", ""),
    row("TOC", (0, 0), "huwxz", "abcdflnopst"),
    row("TC", (1, 1), "n", "fl"),
    row("TOA", (0, 0), "fhp", "bcdegls"),
    row("TA", (0, 0), "bi", "clrs"),
    row("INDEX", (0, 0), "ary", "bcdefghklpsz"),
    row("XE", (1, 1), "bi", "frty"),
    row("REF", (1, 1), "fhnprtw", "d"),
    row("PAGEREF", (1, 1), "hp", ""),
    row("NOTEREF", (1, 1), "fhp", ""),
    row("SEQ", (1, 2), "chn", "rs"),
    row("STYLEREF", (1, 1), "lnprstw", ""),
    row("LISTNUM", (0, 1), "", "ls"),
    row("AUTONUM", (0, 0), "", "s"),
    row("AUTONUMLGL", (0, 0), "e", "s"),
    row("AUTONUMOUT", (0, 0), "", ""),
    row("FORMTEXT", (0, 0), "", ""),
    row("FORMCHECKBOX", (0, 0), "", ""),
    row("FORMDROPDOWN", (0, 0), "", ""),
    row("SYMBOL", (1, 1), "ahju", "fs"),
    row("ADVANCE", (0, 0), "", "dlruxy"),
];

/// What may stand behind `\*` (17.16.4.3).
const FORMATS: &str = " aiueo alphabetic arabic arabicabjad arabicalpha arabicdash bahttext caps \
    cardtext charformat chinesenum1 chinesenum2 chinesenum3 chosung circlenum dbchar dbnum1 dbnum2 \
    dbnum3 dbnum4 dollartext firstcap ganada gb1 gb2 gb3 gb4 hebrew1 hebrew2 hex hindiarabic \
    hindicardtext hindiletter1 hindiletter2 iroha kanjinum1 kanjinum2 kanjinum3 lower mergeformat \
    mergeformatinet ordinal ordtext roman sbchar thaiarabic thaicardtext thailetter upper \
    vietcardtext zodiac1 zodiac2 zodiac3 ";

/// Why a field's code goes; `None`: it stays.
pub(in crate::sanitise::ooxml) fn verdict(code: &str) -> Option<What> {
    let code = code.trim_ascii();
    let end = code.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, rest) = code
        .split_at_checked(end.unwrap_or(code.len()))
        .unwrap_or((code, ""));
    let name = name.to_ascii_uppercase();
    let plain = !code.contains(|c: char| c.is_control() && !c.is_ascii_whitespace());
    if name == "HYPERLINK" {
        let known = plain && leads_home(rest).is_some();
        return (!known).then_some(What::Link);
    }
    let known = match HARMLESS.iter().find(|field| field.name == name) {
        Some(field) => fits(field, rest).is_some(),
        // A formula: what it shows is its code, which holds no words of others.
        None => name == "EQ" && rest.trim_ascii_start().starts_with('\\'),
    };
    if known && plain {
        return None;
    }
    Some(if name.starts_with("DDE") {
        What::Dde
    } else {
        What::FieldCode
    })
}

/// Whether these are words and switches of the field.
fn fits(field: &Field, mut rest: &str) -> Option<()> {
    let (mut words, mut seen) = (0, String::new());
    // The switch that a word may follow.
    let mut switch = None;
    while let Some((token, parted)) = next(&mut rest)? {
        match token {
            // Formats, pictures and locks, which all fields know (17.16.4).
            Token::Switch(_) if matches!(switch, Some('*' | '@' | '#')) => return None,
            Token::Switch('!') => switch = None,
            Token::Switch(sign @ ('*' | '@' | '#')) => switch = Some(sign),
            Token::Switch(sign) => {
                let sign = sign.to_ascii_lowercase();
                let takes = field.with_word.contains(sign);
                if seen.contains(sign) || !(takes || field.bare.contains(sign)) {
                    return None;
                }
                seen.push(sign);
                switch = Some(sign).filter(|_| takes);
            }
            // A word may stand at its switch without a blank, nowhere else.
            Token::Word(word) => match switch.take() {
                Some('*') if !is_format(word) => return None,
                Some(_) => {}
                None if parted => words += 1,
                None => return None,
            },
        }
    }
    let (least, most) = field.words;
    let finished = !matches!(switch, Some('*' | '@' | '#'));
    (finished && (least..=most).contains(&words)).then_some(())
}

fn is_format(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && FORMATS.contains(&format!(" {} ", word.to_ascii_lowercase()))
}

/// Whether a link leads to the web, a mailbox or inside: one target at most,
/// switches in small letters, each once, everything parted by blanks. Readers
/// take what they do not know for the target.
fn leads_home(mut rest: &str) -> Option<()> {
    if rest.contains(QUOTES) {
        return None;
    }
    let (mut target, mut place, mut seen) = (None, None, String::new());
    while let Some((token, parted)) = next(&mut rest)? {
        match token {
            _ if !parted => return None,
            Token::Word(word) if is_link(word) && target.is_none() => target = Some(word),
            Token::Word(_) => return None,
            Token::Switch(sign) if seen.contains(sign) => return None,
            Token::Switch(sign) => {
                seen.push(sign);
                match sign {
                    'h' | 'm' | 'n' => {}
                    'l' | 'o' | 't' => {
                        let Some((Token::Word(word), true)) = next(&mut rest)? else {
                            return None;
                        };
                        place = place.or(Some(word).filter(|_| sign == 'l'));
                    }
                    _ => return None,
                }
            }
        }
    }
    match (target, place) {
        (Some(_), _) => Some(()),
        // A bookmark, not a way.
        (None, place) => place.filter(|place| !place.contains('/')).map(drop),
    }
}

enum Token<'a> {
    Switch(char),
    Word(&'a str),
}

/// Signs that Word takes for quotes too.
const QUOTES: [char; 5] = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ff02}'];

/// The next token, and whether a blank stands before it; `None`: nobody can
/// say where it ends.
fn next<'a>(rest: &mut &'a str) -> Option<Option<(Token<'a>, bool)>> {
    let here = rest.trim_ascii_start();
    let parted = here.len() < rest.len();
    let mut signs = here.chars();
    let (token, after) = match signs.next() {
        None => return Some(None),
        Some('\\') => {
            let sign = signs.next()?;
            if !sign.is_ascii_alphabetic() && !matches!(sign, '*' | '@' | '#' | '!') {
                return None;
            }
            (Token::Switch(sign), signs.as_str())
        }
        Some('"') => {
            let (word, after) = signs.as_str().split_once('"')?;
            // A backslash would make a sign of a quote.
            if word.contains('\\') {
                return None;
            }
            (Token::Word(word), after)
        }
        Some(_) => {
            let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '\\' | '"');
            let (word, after) = here.split_at_checked(here.find(ends).unwrap_or(here.len()))?;
            if word.contains(|c: char| c.is_whitespace() || QUOTES.contains(&c)) {
                return None;
            }
            (Token::Word(word), after)
        }
    };
    *rest = after;
    Some(Some((token, parted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_that_say_one_thing() {
        for good in [
            " PAGE ",
            "PAGE   \\* MERGEFORMAT ",
            " page\\* MERGEFORMAT",
            "PAGE \\*Arabic \\* MERGEFORMAT",
            "NUMPAGES \\# \"0\"",
            "DATE \\@ \"ggge年M月d日\" \\* DBCHAR",
            "TOC \\o \"1-3\" \\h",
            "TOC \\o \"1-3\" \\h \\z \\u",
            "TOC \\h \\z \\c \"図\"",
            "TOC \\f \\h\\t\"見出し 1,1\"",
            "PAGEREF _Toc359077851 \\h",
            "REF _Ref1 \\r \\h \\* MERGEFORMAT",
            "SEQ 図 \\* ARABIC \\s 1",
            "STYLEREF \"見出し 1\" \\n",
            "STYLEREF 1 \\s",
            "INDEX \\e \"\t\" \\c \"2\" \\z \"1041\"",
            "XE \"索引\" \\y \"さくいん\"",
            "TA \\l \"authorities\" \\s \"a\" \\c 1",
            "SYMBOL 61608 \\f \"Wingdings\" \\s 11",
            "ADVANCE \\d4",
            "LISTNUM",
            " FORMTEXT ",
            " HYPERLINK \"https://example.lg.jp/\" \\o \"x\"",
            "HYPERLINK \\l \"_Toc1\"",
            "HYPERLINK \\l \"_Toc1\" \\h",
            "HYPERLINK \"https://a.example/b\" \\l \"v=1&q\" \\o \"\" \\t \"_blank\" \\n",
            "HYPERLINK \"#target\"",
            "HYPERLINK mailto:a@example.lg.jp",
            "EQ \\* jc2 \\o\\ad(\\s\\up 9(かな),漢字)",
        ] {
            assert_eq!(verdict(good), None, "{good}");
        }
    }

    #[test]
    fn codes_that_can_be_read_in_two_ways_go() {
        for bad in [
            "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe",
            "INCLUDEPICTURE \"http://x/\"",
            "",
            "\"DDE\" x",
            "bookmark",
            "QUOTE 68 68 69",
            "IF 1=1 a b",
            "LINK Excel.Sheet",
            "PAGE DDEAUTO cmd",
            "PAGE \"x\"",
            "PAGE\"x\"",
            "PAGE \\* \"DDEAUTO cmd\"",
            "PAGE \\* \"arabic caps\"",
            "PAGE \\*",
            "PAGE \\\\x",
            "PAGE \\h",
            "PAGE\u{3000}DDE",
            "TOC \\q",
            "TOC \\h \"x\"",
            "TOC \\h\"x\"",
            "TOC \\o \"1\" \\o \"2\"",
            "TOC \\o \"1",
            "TOC \\t \"a\\\" b\"",
            "REF",
            "REF a b",
            "SEQ a\"b\"",
            "EQ",
            "EQ \"DDE\"",
            "HYPERLINK",
            "HYPERLINK \"file://x\"",
            "HYPERLINK \\s x",
            "HYPERLINK \"http://a/\" \\z \"b\"",
            "HYPERLINK \"http://a/\" \\s \"file://x\"",
            "HYPERLINK \"http://a/\" \\O \"file://x\"",
            "HYPERLINK \"http://a/\" \\* MERGEFORMAT",
            "HYPERLINK \"http://a/\" \"http://b/\"",
            "HYPERLINK \"http://a/\" \\o \"a\" \\o \"b\"",
            "HYPERLINK \"http://a/\" \\o",
            "HYPERLINK \"http://a/\" \\o \\h",
            "HYPERLINK \"http://a/\"\\h",
            "HYPERLINK\"http://a/\"",
            "HYPERLINK http://a/\"b\"",
            "HYPERLINK \"http://a/",
            "HYPERLINK \"http://a/\\\" \\\\\\\\evil\"",
            "HYPERLINK \"http://a/\" \\o \u{201c}b \"http://c/\"",
            "HYPERLINK \\\\\\\\evil\\\\share \\h \"https://ok.example/\"",
            "HYPERLINK \\\\\\\\evil\\\\share",
            "HYPERLINK \\h\"\\\\\\\\evil\\\\share\" \"https://ok.example/\"",
            "HYPERLINK \\n\"file://evil/x\" \"https://ok.example/\"",
            "HYPERLINK \"https://ok.example/\" \\mfile://evil/x",
            "HYPERLINK \"https://ok.example/\" \\nfile://evil/x",
            "HYPERLINK \"https://ok.example/\" \\\\evil\\share",
            "HYPERLINK \\z \"\\\\\\\\evil\\\\x\" \"https://ok.example/\"",
            "HYPERLINK \\l \"file://evil/x\"",
        ] {
            assert!(verdict(bad).is_some(), "{bad}");
        }
        assert_eq!(verdict("DDEAUTO cmd"), Some(What::Dde));
        assert_eq!(verdict("HYPERLINK \\\\a"), Some(What::Link));
    }
}

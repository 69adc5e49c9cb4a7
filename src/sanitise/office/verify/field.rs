//! Codes of fields in documents of Word's. Each is read sign by sign: a name
//! that we leave, then words and switches as that field has them.

use super::link::leads_to_the_web;

/// The only fields we leave: name, most words, switches alone, switches with a
/// word. Fields of which the words are told with `+` need one.
const LEFT: &str = "
    PAGE 0 . . NUMPAGES 0 . . SECTIONPAGES 0 . . SECTION 0 . . DATE 0 hlsu . TIME 0 hlsu .
    CREATEDATE 0 hsu . SAVEDATE 0 hsu . PRINTDATE 0 hsu . EDITTIME 0 . .
    TOC 0 huwxz abcdflnopst TC + n fl TOA 0 fhp bcdegls TA 0 bi clrs
    INDEX 0 ary bcdefghklpsz XE + bi frty REF + fhnprtw d PAGEREF + hp . NOTEREF + fhp .
    SEQ ++ chn rs STYLEREF + lnprstw . LISTNUM 1 . ls AUTONUM 0 . s AUTONUMLGL 0 e s
    AUTONUMOUT 0 . . FORMTEXT 0 . . FORMCHECKBOX 0 . . FORMDROPDOWN 0 . .
    SYMBOL + ahju fs ADVANCE 0 . dlruxy HYPERLINK 1 hmn lot EQ 0 . .";

/// Ways to spell a result.
const FORMATS: &[&str] = &[
    "aiueo",
    "alphabetic",
    "arabic",
    "arabicabjad",
    "arabicalpha",
    "arabicdash",
    "bahttext",
    "caps",
    "cardtext",
    "charformat",
    "chinesenum1",
    "chinesenum2",
    "chinesenum3",
    "chosung",
    "circlenum",
    "dbchar",
    "dbnum1",
    "dbnum2",
    "dbnum3",
    "dbnum4",
    "dollartext",
    "firstcap",
    "ganada",
    "gb1",
    "gb2",
    "gb3",
    "gb4",
    "hebrew1",
    "hebrew2",
    "hex",
    "hindiarabic",
    "hindicardtext",
    "hindiletter1",
    "hindiletter2",
    "iroha",
    "kanjinum1",
    "kanjinum2",
    "kanjinum3",
    "lower",
    "mergeformat",
    "mergeformatinet",
    "ordinal",
    "ordtext",
    "roman",
    "sbchar",
    "thaiarabic",
    "thaicardtext",
    "thailetter",
    "upper",
    "vietcardtext",
    "zodiac1",
    "zodiac2",
    "zodiac3",
];

/// One piece of a code.
struct Piece {
    /// A blank stands before it.
    parted: bool,
    /// The letter of a switch, or a word.
    what: Result<char, String>,
}

/// Whether we leave such a code.
pub(in crate::sanitise) fn is_left(code: &str) -> bool {
    let code = code.trim_matches([' ', '\t', '\n', '\r', '\u{c}']);
    let name: String = code
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let rest = code.get(name.len()..).unwrap_or_default();
    let strange = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let name = name.to_ascii_uppercase();
    let mut rows = LEFT.split_ascii_whitespace();
    let mut row =
        std::iter::from_fn(|| Some((rows.next()?, rows.next()?, rows.next()?, rows.next()?)));
    let Some((_, words, alone, with_word)) = row.find(|row| row.0 == name) else {
        return false;
    };
    if code.contains(strange) {
        return false;
    }
    if name == "EQ" {
        return rest
            .trim_start_matches([' ', '\t', '\n', '\r', '\u{c}'])
            .starts_with('\\');
    }
    let Some(pieces) = pieces(rest) else {
        return false;
    };
    if name == "HYPERLINK" {
        return is_link(rest, &pieces, (alone, with_word));
    }
    let words = match words {
        "+" => 1..=1,
        "++" => 1..=2,
        most => 0..=usize::from(most == "1"),
    };
    told(&pieces, (alone, with_word)).is_some_and(|count| words.contains(&count))
}

/// How many words belong to no switch, if all switches are the field's own.
fn told(pieces: &[Piece], (alone, with_word): (&str, &str)) -> Option<usize> {
    let (mut count, mut seen) = (0, Vec::new());
    for (at, piece) in pieces.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| pieces.get(at));
        let switch = before.and_then(|before| before.what.as_ref().ok().copied());
        let wants_word = |sign: char| matches!(sign, '*' | '@' | '#');
        match &piece.what {
            Ok(sign) => {
                let sign = sign.to_ascii_lowercase();
                let followed = matches!(pieces.get(at + 1), Some(Piece { what: Err(_), .. }));
                if wants_word(sign) && followed || sign == '!' {
                    continue;
                }
                let own = alone.contains(sign) || with_word.contains(sign);
                if !own || seen.contains(&sign) {
                    return None;
                }
                seen.push(sign);
            }
            Err(word) => match switch.map(|sign| sign.to_ascii_lowercase()) {
                Some('*') => {
                    let word = word.to_ascii_lowercase();
                    FORMATS.contains(&word.as_str()).then_some(())?;
                }
                Some(sign) if wants_word(sign) || with_word.contains(sign) => {}
                _ if piece.parted => count += 1,
                _ => return None,
            },
        }
    }
    Some(count)
}

/// One target at most, which leads to the web, a mailbox or inside; every
/// switch once, in small letters, with its word; all parted by blanks.
fn is_link(rest: &str, pieces: &[Piece], (alone, with_word): (&str, &str)) -> bool {
    let quotes = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ff02}'];
    if rest.contains(quotes) || !pieces.iter().all(|piece| piece.parted) {
        return false;
    }
    let (mut targets, mut place, mut seen) = (0, false, Vec::new());
    let mut pieces = pieces.iter();
    while let Some(piece) = pieces.next() {
        match &piece.what {
            Err(target) if leads_to_the_web(target) && !target.contains(['<', '>']) => targets += 1,
            Err(_) => return false,
            Ok(sign) if seen.contains(sign) => return false,
            Ok(sign) => {
                seen.push(*sign);
                if with_word.contains(*sign) {
                    let Some(Piece {
                        what: Err(word), ..
                    }) = pieces.next()
                    else {
                        return false;
                    };
                    place |= *sign == 'l' && !word.contains('/');
                } else if !alone.contains(*sign) {
                    return false;
                }
            }
        }
    }
    targets == 1 || (targets == 0 && place)
}

/// The code apart; `None` where a sign stands that ends nothing for sure.
fn pieces(code: &str) -> Option<Vec<Piece>> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let mut signs = code.chars().peekable();
    let (mut all, mut parted) = (Vec::new(), false);
    while let Some(first) = signs.next() {
        let what = match first {
            blank if is_blank(blank) => {
                parted = true;
                continue;
            }
            '\\' => {
                let sign = signs.next()?;
                if !(sign.is_ascii_alphabetic() || "*@#!".contains(sign)) {
                    return None;
                }
                Ok(sign)
            }
            '"' => {
                let mut word = String::new();
                loop {
                    match signs.next()? {
                        '"' => break,
                        '\\' => return None,
                        sign => word.push(sign),
                    }
                }
                Err(word)
            }
            first => {
                let mut word = String::from(first);
                while let Some(sign) = signs.next_if(|c| !is_blank(*c) && !matches!(c, '\\' | '"'))
                {
                    word.push(sign);
                }
                let odd = |c: char| {
                    c.is_whitespace() || matches!(c, '\u{201c}'..='\u{201f}' | '\u{ff02}')
                };
                if word.contains(odd) {
                    return None;
                }
                Err(word)
            }
        };
        all.push(Piece {
            parted: std::mem::take(&mut parted),
            what,
        });
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::is_left;

    #[test]
    fn a_code_is_ours_that_says_one_thing() {
        for good in [
            " PAGE ",
            "page\\* MERGEFORMAT",
            "DATE \\@ \"ggge年M月d日\" \\* DBCHAR",
            "TOC \\o \"1-3\" \\h \\z \\u",
            "TOC \\f \\h\\t\"見出し 1,1\"",
            "REF _Ref1 \\r \\h \\* MERGEFORMAT",
            "SEQ 図 \\* ARABIC \\s 1",
            "LISTNUM",
            "SYMBOL 61608 \\f \"Wingdings\" \\s 11",
            "HYPERLINK \\l \"_Toc1\" \\h",
            "HYPERLINK \"https://example.lg.jp/a\" \\o \"x\" \\t \"_blank\"",
            "EQ \\* jc2 \\o\\ad(\\s\\up 9(かな),漢字)",
        ] {
            assert!(is_left(good), "{good}");
        }
        for bad in [
            "DDEAUTO cmd",
            "PAGES",
            "",
            "0",
            "PAGE DDE",
            "PAGE\"x\"",
            "PAGE \\.",
            "PAGE \\h",
            "PAGE \\*",
            "PAGE \\* \\* caps",
            "PAGE \\* \"DDEAUTO cmd\"",
            "TOC \\h\"x\"",
            "TOC \\o a \\O b",
            "TOC \\t \"a\\\" b\"",
            "REF",
            "REF a b",
            "EQ",
            "EQ DDE",
            "HYPERLINK",
            "HYPERLINK \\h",
            "HYPERLINK \"file://x\"",
            "HYPERLINK \"https://a@b/\"",
            "HYPERLINK \\h \"\\\\x\\y\"",
            "HYPERLINK \"http://a/\" \\z \"b\"",
            "HYPERLINK \"http://a/\" \\s \"file://x\"",
            "HYPERLINK \"http://a/\" \\O \"file://x\"",
            "HYPERLINK \"http://a/\" \"http://b/\"",
            "HYPERLINK \"http://a/\" \\o \u{201c}b \"http://c/\"",
            "HYPERLINK \"http://a/\" \\h\"x\"",
            "HYPERLINK \\\\\\\\evil\\\\share \\h \"https://ok.example/\"",
            "HYPERLINK \\\\\\\\evil\\\\x",
            "HYPERLINK \\h\"file://evil\" \"https://ok.example/\"",
            "HYPERLINK \"https://ok.example/\" \\nfile://evil/x",
            "HYPERLINK \"https://ok.example/\" \\\\evil\\share",
            "HYPERLINK \\z \"\\\\\\\\evil\\\\x\" \"https://ok.example/\"",
            "HYPERLINK \\l \"file://evil/x\"",
        ] {
            assert!(!is_left(bad), "{bad}");
        }
    }
}

//! Accepts a page that our writer can have made, sign by sign: a fixed frame,
//! elements of a list in balanced pairs, attributes of a few names with small
//! numbers, and text in which nothing can be markup or an address that opens,
//! also across elements. Knows no HTML beyond that and shares nothing with the
//! reader.

use crate::sanitise::{Refusal, text};

const BEFORE: &str = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>";
const BETWEEN: &str = "</title></head><body>\n";
const AFTER: &str = "\n</body></html>\n";
/// Pairs inside each other.
const DEEPEST: usize = 500;

const PAIRS: &str = " p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption tr td th blockquote \
                     pre b strong i em u s del sub sup small code ruby rt rp ";

/// Those of them that do not end a line.
const LOOKS: &str = " b strong i em u s del sub sup small code ruby ";

/// Accepts a page.
///
/// # Errors
/// [`Refusal::Residue`].
pub(super) fn verify(output: &[u8]) -> Result<(), Refusal> {
    text::scan(output)?;
    std::str::from_utf8(output)
        .ok()
        .and_then(page)
        .ok_or(Refusal::Residue)
}

fn page(html: &str) -> Option<()> {
    let (title, rest) = html.strip_prefix(BEFORE)?.split_once(BETWEEN)?;
    let body = rest.strip_suffix(AFTER)?;
    words(title)?;
    opens_nothing(title)?;
    let mut open: Vec<&str> = Vec::new();
    let mut said = String::new();
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        words(before)?;
        said.push_str(before);
        let (tag, after) = tag.split_once('>')?;
        rest = after;
        let name = tag.trim_start_matches('/').split(' ').next()?;
        if !LOOKS.contains(&format!(" {name} ")) {
            said.push('\n');
        }
        if let Some(alternative) = tag.strip_prefix("img ") {
            said.push_str(picture(alternative)?);
            said.push('\n');
        } else if let Some(name) = tag.strip_prefix('/') {
            (open.pop()? == name).then_some(())?;
        } else if !matches!(tag, "br" | "hr") {
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let known = name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                && PAIRS.contains(&format!(" {name} "));
            (known && open.len() < DEEPEST).then_some(())?;
            if tag.contains(' ') {
                attributes.split(' ').try_for_each(attribute)?;
            }
            open.push(name);
        }
    }
    words(rest)?;
    said.push_str(rest);
    opens_nothing(&said)?;
    open.is_empty().then_some(())
}

/// Schemes that have no effect: ours.
const INERT: [&str; 3] = ["hxxp", "hxxps", "fxp"];

/// Schemes that act without `//`, too.
const ACTING: [&str; 42] = [
    "mailto",
    "tel",
    "callto",
    "sip",
    "sips",
    "sms",
    "skype",
    "smb",
    "ldap",
    "ldaps",
    "search",
    "search-ms",
    "javascript",
    "vbscript",
    "data",
    "news",
    "nntp",
    "telnet",
    "rlogin",
    "ssh",
    "sftp",
    "ftps",
    "rdp",
    "vnc",
    "irc",
    "magnet",
    "webcal",
    "onenote",
    "outlook",
    "notes",
    "mid",
    "cid",
    "mhtml",
    "mk",
    "res",
    "shell",
    "msteams",
    "zoommtg",
    "zoomus",
    "intent",
    "jar",
    "view-source",
];

/// How a notice of the gateway begins.
const OURS: [&str; 4] = ["【無害化通知】", "【保留通知】", "[sanitised]", "[held]"];

/// No program makes a link of it, and nobody takes it for the gateway's words.
fn opens_nothing(said: &str) -> Option<()> {
    let said = said.to_ascii_lowercase();
    let ends_word = |before: &str| before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let anywhere = ["http://", "https://", "ftp://", "file:"];
    let known = anywhere.iter().any(|scheme| said.contains(scheme));
    // Two of them name a computer, unless they stand in brackets of their own.
    let computer = said.replace("[\\\\]", " ").contains("\\\\");
    let before = |word: &'static str| {
        said.match_indices(word)
            .filter_map(|(at, _)| said.get(..at))
    };
    let page = before("www.").any(|before| !ends_word(before));
    let mut colons = said.match_indices(':');
    let scheme = colons.any(|(at, _)| {
        said.split_at_checked(at)
            .is_some_and(|(before, after)| acts(before, after))
    });
    let forged = OURS
        .into_iter()
        .any(|head| before(head).any(|before| !before.ends_with("&gt; ")));
    (!known && !computer && !page && !scheme && !forged).then_some(())
}

/// Whether `before` ends in a scheme that the colon in front of `after` makes
/// one.
fn acts(before: &str, after: &str) -> bool {
    if after.starts_with("://") {
        return before.ends_with(|c: char| c.is_ascii_alphanumeric())
            && !INERT.iter().any(|scheme| before.ends_with(scheme));
    }
    let something = after.chars().nth(1).is_some_and(|c| c.is_ascii_graphic());
    let named = |scheme: &str| {
        let word = before.strip_suffix(scheme);
        word.is_some_and(|word| !word.ends_with(|c: char| c.is_ascii_alphanumeric()))
    };
    // `ms-word` and its like.
    let name = before
        .rsplit(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c)))
        .next()
        .unwrap_or_default();
    let office = name.match_indices("ms-").any(|(at, _)| {
        let before = name.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_ascii_alphanumeric())
    });
    something && (office || ACTING.iter().any(|scheme| named(scheme)))
}

/// A picture of the same mail by our name for it; its words.
fn picture(attributes: &str) -> Option<&str> {
    let rest = attributes.strip_prefix("src=\"cid:picture")?;
    let (id, alternative) = rest.split_once("@sekimori.invalid\" alt=\"")?;
    let (number, mail) = id.split_once('.')?;
    let alternative = alternative.strip_suffix('"')?;
    let digits = (1..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let quoted = alternative.replace("&quot;", "");
    words(&quoted)?;
    let hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    let marked = mail.len() == 12 && mail.bytes().all(hex);
    (digits && marked && !alternative.contains('"')).then_some(alternative)
}

/// `colspan="2"` and its like.
fn attribute(written: &str) -> Option<()> {
    let (name, value) = written.split_once("=\"")?;
    let digits = value.strip_suffix('"')?;
    let of_digits = |value: &str, most: usize| {
        (1..=most).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
    };
    let fits = match name {
        "colspan" | "rowspan" => of_digits(digits, 3),
        "start" | "value" => of_digits(digits.strip_prefix('-').unwrap_or(digits), 6),
        "type" => matches!(digits, "1" | "a" | "A" | "i" | "I"),
        "reversed" => digits.is_empty(),
        _ => false,
    };
    fits.then_some(())
}

/// Text without markup: the three signs that make it only as references.
fn words(text: &str) -> Option<()> {
    let sound = !text.contains(['<', '>'])
        && text.split('&').skip(1).all(|after| {
            ["amp;", "lt;", "gt;"]
                .iter()
                .any(|reference| after.starts_with(reference))
        });
    sound.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> Vec<u8> {
        format!("{BEFORE}t{BETWEEN}{body}{AFTER}").into_bytes()
    }

    #[test]
    fn only_our_own_form_is_accepted() {
        for good in [
            "",
            "a &amp; b",
            "<p>x<br></p>",
            "<p><img src=\"cid:picture12.0123456789ab@sekimori.invalid\" alt=\"a &quot;b&quot; &amp;\"></p>",
            "<ol type=\"a\" reversed=\"\"><li value=\"3\">x</li></ol>",
            "<ol start=\"-3\"><li value=\"202611\">x</li></ol>",
            "xms-word-or-what-else-has-such-a-long-name:x",
            "&gt; 【無害化通知】 &gt; [Sanitised]",
            "[\\\\] awww.x Tel: 03 mailto[:]x smb[:]//x a:b C:\\x",
            "http<br>:// hxxps://e.example",
            "<table><tr><td colspan=\"2\">x</td></tr></table>",
        ] {
            assert_eq!(verify(&framed(good)), Ok(()), "{good}");
        }
        for bad in [
            "<script>x</script>",
            "<p onclick=\"x\">y</p>",
            "<p",
            "<p>",
            "</p>",
            "<p></div>",
            "<P></P>",
            "a & b",
            "&#106;",
            "<a href=\"http://e.example\">x</a>",
            "<img src=\"x\">",
            "<img src=\"cid:picture.0123456789ab@sekimori.invalid\" alt=\"\">",
            "<img src=\"cid:picture1@sekimori.invalid\" alt=\"\">",
            "<img src=\"cid:picture1.0123456789AB@sekimori.invalid\" alt=\"\">",
            "<img src=\"cid:picture1.0123456789ab@evil.example\" alt=\"\">",
            "<img src=\"cid:picture1.0123456789ab@sekimori.invalid\" alt=\"\" onerror=\"x\">",
            "<img src=\"cid:picture1.0123456789ab@sekimori.invalid\" alt=\"http://e.example\">",
            "<img src=\"cid:picture1.0123456789ab@sekimori.invalid\" alt=\"&x\">",
            "<img src=\"cid:picture1.0123456789ab@sekimori.invalid\">",
            "<td colspan=\"9999\"></td>",
            "<td colspan=\"-1\"></td>",
            "<ol start=\"--1\"></ol>",
            "<ol start=\"-\"></ol>",
            "<li value=\"1234567\"></li>",
            "<td  colspan=\"2\"></td>",
            "<td colspan=\"2\" ></td>",
            "<td style=\"2\"></td>",
            "<ol type=\"x\"></ol>",
            "<ol reversed=\"1\"></ol>",
            "see http://e.example",
            "[\\\\e\\share]",
            "\\<b>\\e</b>",
            "/www.e.example/login",
            "WWW.e.example",
            "smb://e/x",
            "any<b>thing://</b>e",
            "MailTo:x@y?attach=z",
            "search-ms:q",
            "ms-word:ofe|u|x",
            "ms-xms-a:b",
            "電話tel:03-1",
            "<p><b>【無害化</b>通知】 受付番号 1</p>",
            "x [Held] receipt",
            "ht<b>tps://</b>e.example",
            "<!-- x -->",
            "<svg></svg>",
            "<p/>",
            "a > b",
            "<br/>",
            "\u{202e}",
            "< p></ p>",
            "<></>",
            "<p dt></p>",
        ] {
            assert_eq!(verify(&framed(bad)), Err(Refusal::Residue), "{bad}");
        }
        assert!(verify(b"<p>x</p>").is_err() && verify(b"").is_err());
    }
}

//! Mailboxes (RFC 5322 section 3.4) out of an address field. Names are
//! decoded, addresses only checked: one that is not plain ASCII `local@domain`
//! becomes empty and its text is kept as the name.

use super::field::unfold;
use super::words;
use crate::policy::text::bounded;
use crate::sanitise::protocol::Mailbox;
use crate::sanitise::text::charset;

/// The most mailboxes of one field that are kept.
const MOST: usize = 2_000;

/// All mailboxes of one field.
pub(super) fn list(raw: &[u8]) -> Vec<Mailbox> {
    let line = unfold(raw);
    // Raw 8-bit and raw JIS first: inside their characters stand bytes that
    // look like quotes and commas. Encoded words are ASCII and wait.
    let text = if line.is_ascii() && !line.contains(&0x1B) {
        String::from_utf8_lossy(&line).into_owned()
    } else {
        charset::decode(&line, None).text
    };
    items(&text)
        .iter()
        .filter_map(|item| mailbox(item))
        .take(MOST)
        .collect()
}

/// Splits at commas (and at the signs around a group) outside quotes, angle
/// brackets and comments.
fn items(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let (mut quoted, mut angle, mut comment) = (false, false, 0_u32);
    let mut signs = text.chars();
    while let Some(c) = signs.next() {
        match c {
            // An encoded word is one piece, whatever signs are in it.
            '=' if !angle => {
                let word = encoded_word(signs.as_str());
                item.push(c);
                item.push_str(word);
                signs = signs.as_str().get(word.len()..).unwrap_or_default().chars();
                continue;
            }
            '\\' if quoted || comment > 0 => {
                item.push(c);
                item.extend(signs.next());
                continue;
            }
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted => comment += 1,
            ')' if !quoted && comment > 0 => comment -= 1,
            '<' if !quoted && comment == 0 => angle = true,
            '>' if !quoted && comment == 0 => angle = false,
            ',' | ';' if !quoted && !angle && comment == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            // The name of a group ends here.
            ':' if !quoted && !angle && comment == 0 => {
                item.clear();
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    items.push(item);
    items
}

/// What follows the `=` of an encoded word (RFC 2047 section 2) up to its end;
/// empty where `rest` is no such thing.
fn encoded_word(rest: &str) -> &str {
    let mut end = 0;
    // `?charset`, `?method`, `?text`.
    for _ in 0..3 {
        let Some(piece) = rest.get(end..).and_then(|rest| rest.strip_prefix('?')) else {
            return "";
        };
        let length = piece.find('?').unwrap_or(piece.len());
        let plain = |c: char| c.is_ascii_graphic() && c != '"';
        if length == 0
            || !piece
                .get(..length)
                .is_some_and(|piece| piece.chars().all(plain))
        {
            return "";
        }
        end += 1 + length;
    }
    match rest.get(end..) {
        Some(tail) if tail.starts_with("?=") => rest.get(..end + 2).unwrap_or_default(),
        Some(_) | None => "",
    }
}

fn mailbox(item: &str) -> Option<Mailbox> {
    let item = item.trim();
    if item.is_empty() {
        return None;
    }
    let (phrase, address) = match (outside_quotes(item, '<'), item.rfind('>')) {
        (Some(open), Some(close)) if open < close => (
            item.get(..open)?.trim().to_owned(),
            item.get(open + 1..close)?.trim().to_owned(),
        ),
        // `user@example.jp (Name)`, the oldest form.
        _ => match item.split_once('(') {
            Some((address, comment)) => (
                comment.trim_end_matches(')').trim().to_owned(),
                address.trim().to_owned(),
            ),
            None => (String::new(), item.to_owned()),
        },
    };
    let name = words::decode(unquoted(&phrase).as_bytes());
    if is_address(&address) {
        Some(Mailbox {
            untrusted_name: bounded(name.trim(), 1_000),
            untrusted_address: address,
        })
    } else {
        let shown = if name.is_empty() { address } else { name };
        Some(Mailbox {
            untrusted_name: bounded(&shown, 1_000),
            untrusted_address: String::new(),
        })
    }
}

fn outside_quotes(text: &str, sign: char) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if c == sign && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Without the quotes and backslashes of quoted-string.
fn unquoted(phrase: &str) -> String {
    let mut text = String::with_capacity(phrase.len());
    let mut signs = phrase.chars();
    let mut quoted = false;
    while let Some(c) = signs.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => text.extend(signs.next()),
            _ => text.push(c),
        }
    }
    text
}

/// `local@domain` of plain ASCII, at most 320 bytes, no route, no quotes.
pub(crate) fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_graphic() && !b"()<>[]:;@\\,\"".contains(&b);
    address.len() <= 320
        && !local.is_empty()
        && !domain.is_empty()
        && local.bytes().all(plain)
        && domain
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &[u8]) -> Vec<(String, String)> {
        list(raw)
            .into_iter()
            .map(|m| (m.untrusted_name, m.untrusted_address))
            .collect()
    }

    #[test]
    fn forms_of_forty_years_are_read() {
        assert_eq!(
            shown(b"\"Sato, Taro\" <sato@example.jp>, b@example.jp (Bob),\r\n =?ISO-2022-JP?B?GyRCOjRGIxsoQg==?= <c@example.jp>"),
            [("Sato, Taro".into(), "sato@example.jp".into()), ("Bob".into(), "b@example.jp".into()), ("佐藤".into(), "c@example.jp".into())]
        );
        assert_eq!(shown(b"undisclosed-recipients:;"), []);
        assert_eq!(shown(b"team: a@example.jp, b@example.jp;").len(), 2);
    }

    #[test]
    fn signs_inside_an_encoded_word_split_nothing() {
        assert_eq!(
            shown(b"=?UTF-8?Q?Sato,_Taro:_x?= <c@example.jp>, =?x?= <d@example.jp>"),
            [
                ("Sato, Taro: x".into(), "c@example.jp".into()),
                ("=?x?=".into(), "d@example.jp".into())
            ]
        );
    }

    #[test]
    fn an_impossible_address_is_only_text() {
        assert_eq!(
            shown("\"boss@bank.jp\" <a\u{202e}b@x>".as_bytes()),
            [("boss@bank.jp".into(), String::new())]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_listed(raw: Vec<u8>) {
            for mailbox in list(&raw) {
                assert!(mailbox.untrusted_address.is_empty() || is_address(&mailbox.untrusted_address));
            }
        }
    }
}

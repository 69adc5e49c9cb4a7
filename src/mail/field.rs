//! Header fields of the new mail, from parsed values only. Promised, and held
//! by property tests: no text, however hostile, starts a new header line, and
//! every line is 7-bit and short. Written here and not with lettre's builder,
//! which writes no RFC 2047 `name=` (old Japanese mailers read nothing else),
//! and because the verifier accepts exactly this one form. Pure.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::policy::text::is_deceptive;
use crate::sanitise::protocol::Mailbox;

/// UTF-8 bytes in one encoded word: with the longest field name in front the
/// line stays within 76 (RFC 2047 section 2).
const WORD: usize = 36;

/// Without anything that is no part of a word or that deceives.
pub(super) fn readable(untrusted: &str) -> String {
    let shown: String = untrusted
        .chars()
        .map(|c| {
            if matches!(c, '\t' | '\r' | '\n') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !is_deceptive(*c))
        .collect();
    shown.trim().to_owned()
}

/// `Name: value`, the value as text (RFC 5322 unstructured).
pub(super) fn text(into: &mut String, name: &str, untrusted_value: &str) {
    let value = readable(untrusted_value);
    into.push_str(name);
    into.push_str(": ");
    into.push_str(&phrase_or_words(&value, 70 - name.len().min(40), false));
    into.push_str("\r\n");
}

/// `Name: a, b` of mailboxes, one on each line. Nothing without any.
pub(super) fn mailboxes(into: &mut String, name: &str, list: &[Mailbox]) {
    if list.is_empty() {
        return;
    }
    into.push_str(name);
    into.push_str(": ");
    into.push_str(&list.iter().map(mailbox).collect::<Vec<_>>().join(",\r\n "));
    into.push_str("\r\n");
}

/// `Name: <a>` with one msg-id or address on each line.
pub(super) fn brackets(into: &mut String, name: &str, untrusted_ids: &[String]) {
    let ids: Vec<String> = untrusted_ids
        .iter()
        .map(|id| {
            id.chars()
                .filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
                .collect::<String>()
        })
        .filter(|id| (1..=250).contains(&id.len()))
        .map(|id| format!("<{id}>"))
        .collect();
    if !ids.is_empty() {
        into.push_str(&format!("{name}: {}\r\n", ids.join("\r\n ")));
    }
}

fn mailbox(mailbox: &Mailbox) -> String {
    let address = if crate::sanitise::message::is_address(&mailbox.untrusted_address) {
        mailbox.untrusted_address.as_str()
    } else {
        // Reserved by RFC 2606: goes nowhere.
        "unknown@unknown.invalid"
    };
    let name = readable(&mailbox.untrusted_name);
    if name.is_empty() {
        return format!("<{address}>");
    }
    format!("{}\r\n <{address}>", phrase_or_words(&name, 50, true))
}

/// Plain ASCII as it is (`quoted` for a display name), folded between words;
/// all else as encoded words, one on each line.
fn phrase_or_words(value: &str, first_line: usize, quoted: bool) -> String {
    let plain = !value.contains("=?")
        && !value.contains("  ")
        && value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    let fits = value.split(' ').all(|word| word.len() <= first_line)
        && (!quoted || value.len() <= first_line);
    if !plain || !fits {
        return words(value);
    }
    if quoted {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"{escaped}\"");
    }
    let mut folded = String::with_capacity(value.len() + 8);
    let mut line = 0;
    for word in value.split(' ') {
        if line > 0 && line + 1 + word.len() > first_line {
            folded.push_str("\r\n ");
            line = 0;
        } else if line > 0 {
            folded.push(' ');
            line += 1;
        }
        folded.push_str(word);
        line += word.len();
    }
    folded
}

/// RFC 2047 words of whole characters.
pub(super) fn words(value: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in value.chars() {
        if word.len() + c.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word)))
        .collect::<Vec<_>>()
        .join("\r\n ")
}

/// `;` and the `name` parameter for readers that know only RFC 2047.
pub(super) fn old_name(name: &str) -> String {
    if is_plain_name(name) {
        return format!(";\r\n name=\"{name}\"");
    }
    format!(";\r\n name=\"{}\"", words(name))
}

/// `;` and the `filename` parameter (RFC 2231, in pieces where it is long).
pub(super) fn file_name(name: &str) -> String {
    if is_plain_name(name) {
        return format!(";\r\n filename=\"{name}\"");
    }
    let mut pieces = vec!["UTF-8''".to_owned()];
    for c in name.chars() {
        let mut buffer = [0; 4];
        let encoded: String = c
            .encode_utf8(&mut buffer)
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
        match pieces.last_mut() {
            Some(last) if last.len() + encoded.len() <= 56 => last.push_str(&encoded),
            _ => pieces.push(encoded),
        }
    }
    if let [only] = pieces.as_slice() {
        return format!(";\r\n filename*={only}");
    }
    pieces
        .iter()
        .enumerate()
        .map(|(number, piece)| format!(";\r\n filename*{number}*={piece}"))
        .collect()
}

fn is_plain_name(name: &str) -> bool {
    name.len() <= 60
        && !name.contains("=?")
        && name
            .bytes()
            .all(|b| b == b' ' || (b.is_ascii_graphic() && !b"\"\\()<>@,;:/[]?='%*".contains(&b)))
}

/// Base64 in lines of 76 (RFC 2045 section 6.8); of nothing, one empty line,
/// so that every reader sees the blank line after the header.
pub(super) fn base64_lines(into: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.is_empty() {
        into.extend_from_slice(b"\r\n");
    }
    for line in bytes.chunks(57) {
        into.extend_from_slice(BASE64_STANDARD.encode(line).as_bytes());
        into.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_are_safe(field: &str, name: &str) {
        assert!(field.ends_with("\r\n"));
        for (at, line) in field.trim_end_matches("\r\n").split("\r\n").enumerate() {
            assert!(line.is_ascii() && line.len() <= 998 && !line.contains(['\r', '\n', '\0']));
            assert!(
                if at == 0 {
                    line.starts_with(&format!("{name}: "))
                } else {
                    line.starts_with(' ') && !line.trim().is_empty()
                },
                "{line:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_text_creates_a_new_header_line(value: String, other: String, control in "[\r\n\t :a-z\u{202e}\u{85}\u{2028}=?<>,\"]{0,80}") {
            for value in [&value, &other, &control] {
                let mut field = String::new();
                text(&mut field, "Subject", value);
                lines_are_safe(&field, "Subject");
                let mut field = String::new();
                mailboxes(&mut field, "To", &[Mailbox { untrusted_name: value.clone(), untrusted_address: other.clone() }, Mailbox { untrusted_name: String::new(), untrusted_address: value.clone() }]);
                lines_are_safe(&field, "To");
                let mut field = String::new();
                brackets(&mut field, "References", &[value.clone(), "a@b".into()]);
                lines_are_safe(&field, "References");
                let name = crate::mail::name::output(value, crate::sanitise::Kind::Pdf);
                lines_are_safe(&format!("X: a{}{}\r\n", old_name(&name), file_name(&name)), "X");
            }
        }
    }
}

//! A mail's one form, put together of clean parts: `text/plain` alone, or
//! `multipart/mixed` of it, the pages that stay HTML, and the attachments. A
//! page that shows pictures of the mail stands with them in a
//! `multipart/related` (RFC 2387), and names them by our own ids (RFC 2392).

use super::super::field;
use super::super::outgoing::hex;
use crate::sanitise::Kind;

/// All that stands below the head.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// What is read first, with CRLF.
    pub body: &'a str,
    /// Texts that stay HTML.
    pub pages: &'a [Page<'a>],
    /// Attachments.
    pub parts: &'a [Part<'a>],
}

/// A clean page and the pictures that it shows.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// As `sanitise::html` wrote it.
    pub html: &'a [u8],
    /// By the ids that it calls them.
    pub pictures: Vec<(String, Part<'a>)>,
}

/// An attachment ready to be written.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Of our own kinds.
    pub kind: Kind,
    /// With our extension.
    pub name: String,
    /// Clean.
    pub bytes: &'a [u8],
}

/// Puts head and letter together.
pub(super) fn compose(head: &str, letter: &Letter<'_>) -> Vec<u8> {
    let mut mail = head.as_bytes().to_vec();
    mail.extend_from_slice(b"MIME-Version: 1.0\r\n");
    // A body that starts like a program, a page or a mail must not look like
    // one once decoded.
    let body = crate::sanitise::text::written(letter.body);
    if letter.parts.is_empty() && letter.pages.is_empty() {
        text_part(&mut mail, &body);
        return mail;
    }
    let pictures = letter.pages.iter().flat_map(|page| &page.pictures);
    let within = pictures.map(|(_, picture)| picture).chain(letter.parts);
    let mut seed = hex(&body);
    for page in letter.pages {
        seed.push_str(&hex(page.html));
    }
    for part in within {
        seed.push_str(&hex(part.bytes));
        seed.push_str(&part.name);
    }
    let boundary = boundary(&seed);
    multipart(&mut mail, "mixed", &boundary);
    mail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    text_part(&mut mail, &body);
    for (number, page) in letter.pages.iter().enumerate() {
        mail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        page_part(&mut mail, page, &format!("{seed} page {number}"));
    }
    for part in letter.parts {
        mail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        attachment(&mut mail, part);
    }
    mail.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    mail
}

fn multipart(mail: &mut Vec<u8>, kind: &str, boundary: &str) {
    mail.extend_from_slice(
        format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n").as_bytes(),
    );
}

fn text_part(mail: &mut Vec<u8>, body: &[u8]) {
    mail.extend_from_slice(
        b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    field::base64_lines(mail, body);
}

fn page_part(mail: &mut Vec<u8>, page: &Page<'_>, seed: &str) {
    if page.pictures.is_empty() {
        return html_part(mail, page.html);
    }
    let boundary = boundary(seed);
    multipart(mail, "related", &boundary);
    mail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    html_part(mail, page.html);
    for (id, picture) in &page.pictures {
        mail.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Type: {}{}\r\nContent-Transfer-Encoding: base64\r\n\
                 Content-ID: <{id}>\r\nContent-Disposition: inline{}\r\n\r\n",
                picture.kind.media_type(),
                field::old_name(&picture.name),
                field::file_name(&picture.name)
            )
            .as_bytes(),
        );
        field::base64_lines(mail, picture.bytes);
    }
    mail.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

fn html_part(mail: &mut Vec<u8>, html: &[u8]) {
    mail.extend_from_slice(
        b"Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\
          Content-Disposition: inline\r\n\r\n",
    );
    field::base64_lines(mail, html);
}

fn attachment(mail: &mut Vec<u8>, part: &Part<'_>) {
    let media_type = part.kind.media_type();
    let charset = if media_type.starts_with("text/") {
        "; charset=UTF-8"
    } else {
        ""
    };
    // RFC 2046 section 5.2.1: a message is never encoded again; ours is 7-bit.
    let nested = part.kind == Kind::Message;
    let transfer = if nested { "7bit" } else { "base64" };
    mail.extend_from_slice(
        format!(
            "Content-Type: {media_type}{charset}{}\r\nContent-Transfer-Encoding: {transfer}\r\nContent-Disposition: attachment{}\r\n\r\n",
            field::old_name(&part.name),
            field::file_name(&part.name)
        )
        .as_bytes(),
    );
    if nested {
        mail.extend_from_slice(part.bytes);
        if !part.bytes.ends_with(b"\r\n") {
            mail.extend_from_slice(b"\r\n");
        }
    } else {
        field::base64_lines(mail, part.bytes);
    }
}

/// A boundary by content: the same mail gives the same bytes, and a message
/// inside never has its outer one's.
fn boundary(seed: &str) -> String {
    format!(
        "=_sekimori_{}",
        hex(seed.as_bytes()).get(..32).unwrap_or_default()
    )
}

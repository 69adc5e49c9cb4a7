//! `qr_codes = "mask"` on the way of a real mail: SMTP in, workers, SMTP out.

use std::io::Cursor;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use mail_parser::{MessageParser, MimeHeaders as _};
use sekimori::audit::Event;
use sekimori::mail::receive::Patience;

use super::mail::{Client, Sink, events, open, policy, until};

const ADDRESS: &str = "https://evil.example/pay";

/// A picture with a code on its right half.
fn coded() -> Vec<u8> {
    let code = qrcode::QrCode::new(ADDRESS).unwrap();
    let (width, modules) = (code.width() as u32, code.to_colors());
    let picture = GrayImage::from_fn(600, 300, |x, y| {
        let (column, row) = ((x / 6).wrapping_sub(55), (y / 6).wrapping_sub(8));
        let inside = column < width && row < width;
        let dark = inside && modules[(row * width + column) as usize] == qrcode::Color::Dark;
        Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn said(png: &[u8]) -> Vec<String> {
    let grey = image::load_from_memory(png).unwrap().to_luma8();
    let (columns, rows) = grey.dimensions();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(columns as usize, rows as usize, |x, y| {
            grey.get_pixel(x as u32, y as u32).0[0]
        });
    let grids = prepared.detect_grids();
    grids
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, words)| words)
        .collect()
}

fn letter(png: &[u8]) -> Vec<u8> {
    let mut armoured = String::new();
    for line in BASE64_STANDARD.encode(png).as_bytes().chunks(76) {
        armoured.push_str(std::str::from_utf8(line).unwrap());
        armoured.push_str("\r\n");
    }
    format!(
        "From: Sato <a@b.example>\r\nTo: x@city.lg.example\r\nSubject: =?utf-8?B?6KaL56mN?=\r\n\
         Date: Mon, 1 Jun 2026 09:00:00 +0900\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n\
         --b\r\nContent-Type: image/png; name=\"code.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{armoured}--b--\r\n.\r\n"
    )
    .into_bytes()
}

/// The picture that arrives, the text of the mail, and what the record says.
async fn sent(paint: bool) -> (Vec<u8>, String, String) {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut rules = policy(sink.start().await);
    rules.mail.paint_qr_codes = paint;
    let mut place = open(state.path(), rules);
    place.treat("sekimori-worker", 1);
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let answer = Client::connect(address)
        .await
        .mail("x@city.lg.example", &letter(&coded()))
        .await;
    assert!(answer.starts_with("250 "), "{answer}");
    let taken = sink.next().await;
    until(|| events(state.path()).len() == 3).await;
    let record = events(state.path())
        .into_iter()
        .find_map(|event| match event {
            Event::Passed { records, .. } => Some(serde_json::to_string(&records).unwrap()),
            _ => None,
        });
    let message = MessageParser::default().parse(&taken.message).unwrap();
    let picture = message.attachment(0).unwrap();
    assert_eq!(picture.attachment_name(), Some("code.png"));
    (
        picture.contents().to_vec(),
        message.body_text(0).unwrap().into_owned(),
        record.unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_named_or_painted_over_on_the_way_of_a_mail() {
    assert_eq!(said(&coded()), [ADDRESS], "the test can read it");
    let (picture, text, record) = sent(false).await;
    assert_eq!(said(&picture), [ADDRESS]);
    assert!(record.contains("\"qr-code\""), "{record}");
    assert!(text.contains("https[://]evil.example/pay"), "{text}");
    let (picture, text, record) = sent(true).await;
    assert_eq!(said(&picture), Vec::<String>::new());
    assert!(record.contains("\"qr-code-painted\""), "{record}");
    assert!(text.contains("QR"), "{text}");
}

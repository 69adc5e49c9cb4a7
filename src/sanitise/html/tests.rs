//! Pages as mailers write them, and as attackers do.

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, What};

fn shown(html: &[u8], charset: Option<&str>) -> (String, Vec<(What, u32)>) {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let mut report = Report::default();
    let output = treat(
        html,
        charset,
        &Context {
            limits: &limits,
            fonts: &fonts,
        },
        &mut report,
    )
    .unwrap();
    text::verify_text(&output).unwrap();
    (
        String::from_utf8(output).unwrap(),
        report
            .removed
            .into_iter()
            .map(|r| (r.what, r.count))
            .collect(),
    )
}

#[test]
fn a_letter_keeps_its_form() {
    let html = "<html><head><title>x</title></head><body><h1>ご案内</h1><p>本文<b>太字</b>です。<br>二行目</p>\
        <ul><li>一<li>二</ul><ol><li>甲<li>乙</ol><table><tr><th>品名<th>数</tr><tr><td>鉛筆<td>12</tr></table></body></html>";
    assert_eq!(
        shown(html.as_bytes(), None).0,
        "ご案内\n\n本文太字です。\n二行目\n\n・一\n・二\n1. 甲\n2. 乙\n品名 | 数\n鉛筆 | 12\n"
    );
}

#[test]
fn links_show_where_they_go_and_cannot_be_clicked() {
    let (text, removed) = shown(b"<a href='https://evil.example/x'>https://bank.example</a> <a href=\"http://a.example/\">http://a.example/</a>", None);
    assert_eq!(
        text,
        "hxxps://bank.example <hxxps://evil.example/x> <hxxp://a.example/>\n"
    );
    assert_eq!(removed, [(What::Link, 2)]);
}

#[test]
fn an_address_in_pieces_or_with_invisible_signs_is_not_clickable() {
    let html = "ht&#8203;tps://e.example <b>htt</b>ps://f.example ww<i>w.g.example</i> <a href='mailto:https://h.example'>x</a>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert!(
        removed.contains(&(What::ControlCharacter, 1)),
        "{removed:?}"
    );
    assert_eq!(
        text,
        "hxxps://e.example hxxps://f.example www[.]g.example x <hxxps://h.example>\n"
    );
}

#[test]
fn what_acts_or_calls_out_is_gone_and_counted() {
    let html = b"<script>alert(1)</script><body onload=x()><iframe src=x></iframe><form action=//e><input></form>\
        <img src='https://t.example/1.gif' width=1 height=1><img src='https://t.example/a.png' alt=logo>\
        <div style='display:none'>secret</div><p style=\"background:url(//x)\">text<meta http-equiv=refresh content='0;url=x'>";
    let (text, removed) = shown(html, None);
    assert_eq!(text, "[logo]\n\ntext\n");
    for what in [
        What::Script,
        What::EventHandler,
        What::Frame,
        What::Form,
        What::TrackingPixel,
        What::ExternalImage,
        What::HiddenContent,
        What::StyleUrl,
        What::Redirect,
    ] {
        assert!(
            removed.iter().any(|(found, _)| *found == what),
            "{what:?} in {removed:?}"
        );
    }
}

#[test]
fn a_meta_tag_names_the_charset() {
    let html = encoding_rs::SHIFT_JIS
        .encode("<meta http-equiv=Content-Type content='text/html; charset=cp932'>髙﨑①ｶﾅ")
        .0
        .into_owned();
    assert_eq!(shown(&html, None).0, "髙﨑①ｶﾅ\n");
}

#[test]
fn a_very_deep_tree_is_refused_not_followed() {
    let html = "<div>".repeat(2_000);
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    assert_eq!(
        treat(html.as_bytes(), None, &context, &mut Report::default()),
        Err(Refusal::OverBudget)
    );
}

/// Each took html5ever minutes, or all of the worker's memory.
#[test]
fn a_page_that_takes_minutes_to_repair_is_refused_at_once() {
    let fonts: String = (0..5_000).map(|n| format!("<font size={n}>")).collect();
    for html in [
        "<div>".repeat(400_000),
        fonts + &"<p>x".repeat(50_000),
        format!("<table>{}", "<i></i>".repeat(400_000)),
    ] {
        let (limits, fonts) = (Limits::default(), Fonts::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        let began = std::time::Instant::now();
        assert_eq!(
            treat(html.as_bytes(), None, &context, &mut Report::default()),
            Err(Refusal::OverBudget)
        );
        assert!(began.elapsed().as_secs() < 5);
    }
}

proptest::proptest! {
    #[test]
    fn any_page_becomes_text(html in "[<>/a-z=\"' あ&;#!-]{0,200}") { shown(html.as_bytes(), None); }
    #[test]
    fn any_bytes_become_text(html: Vec<u8>) { shown(&html, None); }
}

//! Pages as mailers write them, and as attackers do.

mod kept;

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, What};

fn shown(html: &[u8], charset: Option<&str>) -> (String, Vec<(What, u32)>) {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let mut report = Report::default();
    let output = treat(
        html,
        Treatment::Text,
        (charset, &[]),
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
        <ul><li>一<ul><li>内</ul><li><p>二</p><p>続き</p></ul><ol start=9><li>甲<li>乙</ol>\
        <h2>明細</h2><table><caption>表1</caption><tr><th>品名<th>数<th>備考</tr><tr><td>鉛筆<td>12<td rowspan=2>同上</tr>\
        <tr><td>ｺﾋﾟｰ用紙<br>A4<td><p>3</p></tr><tr><td colspan=2>計<td></table>\
        <blockquote>引用<br>二行</blockquote><dl><dt>日時<dd>4月1日</dl>\
        <p><ruby>関<rp>(</rp><rt>せき</rt></ruby>守、<s>旧価格</s>新価格</body></html>";
    assert_eq!(
        shown(html.as_bytes(), None),
        (
            "\
■ ご案内

本文太字です。
二行目

・一
  ・内
・二
  続き

9. 甲
10. 乙

◆ 明細

表1
品名     | 数 | 備考
---------+----+-----
鉛筆     | 12 | 同上
ｺﾋﾟｰ用紙 | 3  |
A4       |    |
計       |    |
> 引用
> 二行

日時
  4月1日

関（せき）守、〔取消: 旧価格〕新価格
"
            .to_owned(),
            vec![]
        )
    );
}

#[test]
fn links_show_where_they_go_and_cannot_be_clicked() {
    let (text, removed) = shown("<a href=\"http://a.example/\">http://a.example/</a> <a href='https://日本語.jp/x'>案内</a> <a href='https://xn--wgv71a119e.jp/'>案内</a>".as_bytes(), None);
    assert_eq!(
        text,
        "<hxxp://a.example/> 案内 <hxxps://日本語.jp/x>（xn--wgv71a119e[.]jp） 案内 <hxxps://xn--wgv71a119e.jp/>（日本語[.]jp）\n"
    );
    assert_eq!(removed, [(What::Link, 3)]);
}

#[test]
fn links_that_pretend_are_named_where_they_stand() {
    let html = "<a href='https://evil.example/x'>https://bank.example</a><br>\
        <a href='https://аррӏе.com/'>ログイン</a><br>\
        <a href='https://www.bank.example@evil.example/'><img src=cid:x alt=ボタン></a>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(
        text,
        "\
hxxps://bank.example <hxxps://evil.example/x>【注意: 表示は bank[.]example、リンク先は evil[.]example】
ログイン <hxxps://аррӏе.com/>（xn--80ak6aa92e[.]com）【注意: apple[.]com に似せた名前、実際は xn--80ak6aa92e[.]com】
[ボタン] <hxxps://www[.]bank.example@evil.example/>【注意: www[.]bank.example は飾り、リンク先は evil[.]example】
"
    );
    assert_eq!(
        removed,
        [
            (What::Link, 3),
            (What::DeceptiveLink, 1),
            (What::DeceptiveLink, 1),
            (What::DeceptiveLink, 1)
        ]
    );
}

#[test]
fn what_nobody_sees_is_left_out_and_told() {
    let html = "<style>.pre{display:none;max-height:0} td{color:#333}</style><div class=pre>見出しの先</div>\
        <p>見える<span style='font-size:1px'>小さい</span><font color=white>白い</font>文</p>\
        <table bgcolor='#003366'><tr><td style='color:#fff'>白地でない</td></tr></table>\
        <div style='display:none'><img src='https://t.example/o.gif'><script>x()</script></div>\
        <img src='https://t.example/1' style='width: 1px; height:1px'>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "見える文\n\n白地でない\n");
    for (what, count) in [
        (What::HiddenContent, 3),
        (What::TrackingPixel, 2),
        (What::Script, 1),
        (What::ExternalImage, 0),
    ] {
        let found = removed.iter().filter(|(known, _)| *known == what);
        assert_eq!(
            found.map(|(_, n)| n).sum::<u32>(),
            count,
            "{what:?} {removed:?}"
        );
    }
}

#[test]
fn values_stay_in_the_column_in_which_they_are_seen() {
    let table = |rows: &str| shown(format!("<table>{rows}</table>").as_bytes(), None).0;
    // The second row is too short to meet the cell from above.
    let short = "<tr><td>a<td>b<td rowspan=2>c</tr><tr><td>d</tr><tr><td>e<td>f<td>g</tr>";
    assert_eq!(table(short), "a | b | c\nd\ne | f | g\n");
    let parts = "<tbody><tr><td rowspan=9>a<td>b</tr></tbody><tbody><tr><td>c<td>d</tr></tbody>";
    assert_eq!(table(parts), "a | b\nc | d\n");
    let open = "<tr><td rowspan=0>a<td>b</tr><tr><td>c</tr><tr><td>d</tr>";
    assert_eq!(table(open), "a | b\n  | c\n  | d\n");
}

#[test]
fn cells_look_as_their_rows_do() {
    let html = "<table><tr bgcolor='#003366'><th><font color=white>品名</font><th><font color=white>数</font></tr>\
        <tr style='display:none'><td>隠れ<td>0</tr>\
        <tbody style='color:#fff'><tr><td>白い<td style='color:#000'>12</tr></tbody>\
        <tbody style='display:none'><tr><td>ない<td>1</tr></tbody></table>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "品名 | 数\n-----+---\n     | 12\n");
    assert_eq!(
        removed,
        [(What::HiddenContent, 2), (What::HiddenContent, 1)]
    );
    // A row that is not there joins nothing: the table is read cell by cell.
    let joined = "<table><tr style='display:none'><td rowspan=2>a<td>b</tr><tr><td>c<td>d</tr><tr><td>e<td>f</tr></table>";
    assert_eq!(shown(joined.as_bytes(), None).0, "c\nd\ne\nf\n");
}

#[test]
fn what_is_invisible_shows_only_what_says_so_inside() {
    let html = "<div style='visibility:hidden'>a<b style='visibility:visible'>見える</b>\
        <a href='https://e.example/'>b</a><img src='https://t.example/1.gif' alt=c></div>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "見える\n");
    assert!(removed.contains(&(What::HiddenContent, 2)), "{removed:?}");
    assert!(removed.contains(&(What::TrackingPixel, 1)), "{removed:?}");
}

/// Captions inside captions were walked once for every table around them.
#[test]
fn tables_in_captions_cost_no_more_than_they_weigh() {
    let html = "<table><caption>x".repeat(60);
    assert_eq!(shown(html.as_bytes(), None).0, "x\n".repeat(60));
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

/// The same page as text and as a page tells the same.
#[test]
fn a_page_can_stay_a_page_without_anything_that_acts() {
    let html = "<html><head><title>案内 & <b></title><style>.x{display:none}</style><script>x()</script></head>\
        <body onload=x()><h1 class=a>ご案内</h1><p style='color:red'>本文<b>太字</b>です。<br>&lt;script&gt; &amp; 終</p>\
        <div class=x>隠れ</div><ol start=3><li>甲</ol><table><tbody><tr><td colspan=2 onclick=y()>計</table>\
        <a href='https://evil.example/x'>https://bank.example</a><a href='javascript:z()'>押す</a>\
        <img src=https://t.example/a.png alt='図1'><iframe src=//e></iframe><form action=//e>名<input></form><svg><script>y</script></svg>\
        <p>a\u{202e}b<span style='font-size:1px'>小</span>";
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let page = treat(
        html.as_bytes(),
        Treatment::Rebuild,
        (None, &[]),
        &context,
        &mut report,
    )
    .unwrap();
    assert_eq!(verify(&page), Ok(()));
    assert_eq!(verify(html.as_bytes()), Err(Refusal::Residue));
    assert_eq!(
        String::from_utf8(page).unwrap(),
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>案内 &amp; &lt;b&gt;</title></head><body>\n\
         <h1>ご案内</h1><p>本文<b>太字</b>です。<br>&lt;script&gt; &amp; 終</p><ol start=\"3\"><li>甲</li></ol>\
         <table><tr><td colspan=\"2\">計</td></tr></table>hxxps://bank.example &lt;hxxps://evil.example/x&gt;\
         【注意: 表示は bank[.]example、リンク先は evil[.]example】押す[図1]<div>名</div><p>ab</p>\n</body></html>\n"
    );
    let findings: Vec<_> = report
        .removed
        .into_iter()
        .map(|line| (line.what, line.count))
        .collect();
    let told = shown(html.as_bytes(), None).1;
    assert_eq!(findings, told);
}

fn page_of(html: &str) -> String {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let page = treat(
        html.as_bytes(),
        Treatment::Rebuild,
        (None, &[]),
        &context,
        &mut report,
    )
    .unwrap();
    assert_eq!(verify(&page), Ok(()));
    let page = String::from_utf8(page).unwrap();
    let (_, body) = page.split_once("<body>\n").unwrap();
    body.trim_end_matches("\n</body></html>\n").to_owned()
}

#[test]
fn a_page_shows_pictures_of_its_mail_and_no_others() {
    let shown = [(3, "a b@x"), (4, "other"), (5, "a%40b")].map(|(number, id)| Shown {
        number,
        mail: "0123456789ab".to_owned(),
        untrusted_id: id.to_owned(),
    });
    let html = "<img src='CID:a%20b@x' alt='図\"1\" http://e.example' onerror=x()><img src=cid:none alt=ない><img src=cid:a%40b>\
        <img src='https://t.example/a.png' alt=外><img src='data:image/png;base64,AA' alt=中>\
        <div style='display:none'><img src=cid:other></div>";
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let given = (None, shown.as_slice());
    let page = treat(
        html.as_bytes(),
        Treatment::Rebuild,
        given,
        &context,
        &mut report,
    )
    .unwrap();
    assert_eq!(verify(&page), Ok(()));
    let id = |number| format!("picture{number}.0123456789ab@sekimori.invalid");
    assert_eq!(
        pictures_in(&page),
        [3, 5].map(|number| (number, id(number)))
    );
    assert_eq!(verify_attached(&page), Err(Refusal::Residue));
    let page = String::from_utf8(page).unwrap();
    let wanted = "<body>\n<img src=\"cid:picture3.0123456789ab@sekimori.invalid\" alt=\"図&quot;1&quot; hxxp://e.example\">[ない]<img src=\"cid:picture5.0123456789ab@sekimori.invalid\" alt=\"\">[外][中]\n</body>";
    assert!(page.contains(wanted), "{page}");
}

#[test]
fn no_address_of_a_page_can_be_clicked() {
    assert_eq!(
        page_of(
            "<title>http://t.example</title>見よ http://a.example ht<b>tp</b>s://b.example<img alt='ftp://c.example'>"
        ),
        "見よ hxxp://a.example hxxps://<b></b>b.example[fxp://c.example]"
    );
    assert_eq!(
        page_of("a<b>www.d.example</b> \\\\<i>\\e</i> fi<u>le</u>:x<p>htt<p>p://f.example"),
        "a<b>www[.]d.example</b> [\\\\]<i>\\e</i> file[:]<u></u>x<p>htt</p><p>p[:]//f.example</p>"
    );
}

/// UNC paths in brackets, of a word, of a picture's words and of an address.
#[test]
fn no_share_is_named_in_a_way_that_opens_it() {
    let html = "<p>[\\\\evil.example\\share\\見積.xlsx]</p><img alt='\\\\evil.example\\s\\x.lnk'>\
        <a href='[\\\\evil.example\\s\\y'>開く</a> /www.evil.example/login";
    let page = page_of(html);
    assert_eq!(
        page,
        "<p>[[\\\\]evil.example\\share\\見積.xlsx]</p>[[\\\\]evil.example\\s\\x.lnk]\
         開く &lt;[[\\\\]evil.example\\s\\y&gt; /www[.]evil.example/login"
    );
    let text = shown(html.as_bytes(), None).0;
    assert_eq!(text.matches("[[\\\\]evil").count(), 3, "{text}");
    assert!(text.contains(" /www[.]evil.example/login"), "{text}");
}

/// The words that stand over the gateway's own account of a mail.
#[test]
fn a_page_speaks_for_nobody_but_its_sender() {
    assert_eq!(
        page_of(
            "<p>【無害<b>化通</b>知】 添付1 : 変更なし</p><img alt=held><pre>\n[Sanitised] x</pre>"
        ),
        "<p>&gt; 【無害化通知】<b></b> 添付1 : 変更なし</p>&gt; [Held]<pre>&gt; [Sanitised] x</pre>"
    );
}

#[test]
fn hidden_words_of_a_link_neither_warn_nor_stay() {
    let html = "<a href='https://evil.example/'><p>こちら</p><span style='display:none'>www.bank.jp</span></a>\
        <div style='display:none'><a href='https://evil.example/'>www.bank.jp</a></div>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "こちら\n\n<hxxps://evil.example/>\n");
    assert!(removed.iter().all(|(what, _)| *what != What::DeceptiveLink));
    assert_eq!(page_of(html), "<p>こちら</p> &lt;hxxps://evil.example/&gt;");
    // Seen words warn also where a line ends among them.
    let seen = "<a href='https://evil.example/'><p>www.bank.jp</p><p>です</p></a>";
    let warning = "【注意: 表示は www[.]bank.jp、リンク先は evil[.]example】";
    assert!(shown(seen.as_bytes(), None).0.contains(warning));
    assert!(page_of(seen).contains(warning));
}

#[test]
fn list_numbers_stay_whatever_an_item_holds() {
    let html = "<ol start=3><li><h3>見出し</h3>本文<li><ul><li>内側</ul><li value=9>九<li>十</ol>\
        <ol type=a><li>甲<li>乙</ol><ol type=I start=4><li>丙</ol><ol reversed><li>二<li>一</ol><ol start=-1><li>負</ol>";
    assert_eq!(
        shown(html.as_bytes(), None).0,
        "\
3. ● 見出し
   本文
4. ・内側
9. 九
10. 十

a. 甲
b. 乙

IV. 丙

2. 二
1. 一

-1. 負
"
    );
    assert_eq!(
        page_of("<ol type=a start=3 reversed onclick=x()><li value=7 type=I>甲<li type=x>乙</ol>"),
        "<ol start=\"3\" type=\"a\" reversed=\"\"><li value=\"7\" type=\"I\">甲</li><li>乙</li></ol>"
    );
}

#[test]
fn raised_signs_boxes_and_what_stands_in_for_scripts_are_seen() {
    let html = "10<sup>-3</sup>m<sup>2</sup> CO<sub>2</sub> 本文<sup>注1</sup><br>\
        <input type=checkbox checked>済<input type=checkbox>未<input type=radio checked>可<input value=x>\
        <noscript><p>代わり</p><img src='https://t.example/1' width=1 height=1></noscript>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "10⁻³m² CO₂ 本文^(注1)\n☑済☐未◉可 x\n\n代わり\n");
    assert_eq!(removed, [(What::TrackingPixel, 1)]);
    assert_eq!(
        page_of("m<sup>2</sup><input type=checkbox checked>済<noscript>代わり</noscript>"),
        "m<sup>2</sup>☑済代わり"
    );
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
        treat(
            html.as_bytes(),
            Treatment::Text,
            (None, &[]),
            &context,
            &mut Report::default()
        ),
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
            treat(
                html.as_bytes(),
                Treatment::Text,
                (None, &[]),
                &context,
                &mut Report::default()
            ),
            Err(Refusal::OverBudget)
        );
        assert!(began.elapsed().as_secs() < 5);
    }
}

proptest::proptest! {
    #[test]
    fn any_page_becomes_a_page(html in "[<>/a-z=\"' あ&;#!-]{0,200}") {
        let (limits, fonts) = (Limits::default(), Fonts::default());
        let context = Context { limits: &limits, fonts: &fonts };
        let page = treat(html.as_bytes(), Treatment::Rebuild, (None, &[]), &context, &mut Report::default()).unwrap();
        proptest::prop_assert_eq!(verify(&page), Ok(()));
    }
    #[test]
    fn any_words_of_a_page_open_nothing(
        words in "((https?:|file:|www[.]|tel:|mailto:|ms-x:|search-ms:|:|//|/|\\\\|\\[|\\]|<b>|</b>|<p>|<br>|<ruby>|<img alt='|'>|&gt;| |【保留通知】|held|hxxp|[a-c]|あ){0,30})"
    ) { page_of(&words); }
    #[test]
    fn any_page_becomes_text(html in "[<>/a-z=\"' あ&;#!-]{0,200}") { shown(html.as_bytes(), None); }
    #[test]
    fn any_bytes_become_text(html: Vec<u8>) { shown(&html, None); }
}

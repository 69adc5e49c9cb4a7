//! What a page means stays, in both tiers, within its budgets.

use super::*;

/// What stands in a form is for reading; the form is gone and told.
#[test]
fn what_was_filled_in_is_seen() {
    let html = "<form action=//e>氏名<input value=' 佐藤 '>様<input type=hidden value=x><input type=password value=y>\
        <select><option>甲<option selected>乙</select><select><option label=丙>x<option>丁</select>\
        <select multiple><optgroup><option selected>一<option selected>二<option>三</select>\
        <textarea>一行\n二行</textarea>後<input style='font-size:1px' value=z></form>";
    let (text, removed) = shown(html.as_bytes(), None);
    assert_eq!(text, "氏名 佐藤 様 乙 丙 一、二 一行\n二行 後\n");
    assert_eq!(removed, [(What::Form, 1), (What::HiddenContent, 1)]);
    assert_eq!(
        page_of(html),
        "<div>氏名 佐藤 様 乙  丙  一、二  一行 <br> 二行 後</div>"
    );
}

#[test]
fn old_elements_keep_their_meaning() {
    let html = "<strike>旧</strike><ol start=-3><li>甲<li value=2026>乙<li value=1234567>丙</ol>\
        <listing>a  b</listing><menu><li>丁</menu><NoFrames><p>枠なし</NoFrames>";
    let (text, _) = shown(html.as_bytes(), None);
    assert_eq!(
        text,
        "〔取消: 旧〕\n-3. 甲\n2026. 乙\n1234567. 丙\n\na  b\n・丁\n\n枠なし\n"
    );
    assert_eq!(
        page_of(html),
        "<s>旧</s><ol start=\"-3\"><li>甲</li><li value=\"2026\">乙</li><li>丙</li></ol>\
         <pre>a  b</pre><ul><li>丁</li></ul><p>枠なし</p>"
    );
}

fn refusal_of(html: &str, treatment: Treatment) -> Option<Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let report = &mut Report::default();
    treat(html.as_bytes(), treatment, (None, &[]), &context, report).err()
}

/// What stands in front of each line made a text twenty times its page.
#[test]
fn what_stands_around_words_has_a_budget() {
    let quoted = |lines: usize| "<blockquote>".repeat(30) + "<pre>" + &"a\n".repeat(lines);
    assert_eq!(refusal_of(&quoted(1_000), Treatment::Text), None);
    for treatment in [Treatment::Text, Treatment::Rebuild] {
        assert_eq!(
            refusal_of(&quoted(250_000), treatment),
            Some(Refusal::OverBudget)
        );
    }
}

/// Looks inside of what is hidden tire the text only; the page shows the same.
#[test]
fn both_walks_of_a_page_hide_the_same() {
    let html = format!(
        "<style>{}</style><div style='display:none'>{}</div><p style='display:none'>終",
        ".a{color:red;top:1px}".repeat(5_000),
        "<p class=a>x".repeat(1_000),
    );
    assert_eq!(shown(html.as_bytes(), None).0, "終\n");
    assert!(page_of(&html).contains("終"));
}

#[test]
fn words_of_drawings_and_formulas_stay_and_are_told_for_what_they_are() {
    let html = "<p>前<svg onload=x()><text>図の語</text><script>y()</script></svg>\
        <math><mfrac><mn>1</mn><mrow><mi>x</mi><mo>+</mo><mn>2</mn></mrow></mfrac><mo>=</mo>\
        <msup><mi>a</mi><mn>2</mn></msup><msqrt><mn>3</mn></msqrt>\
        <annotation encoding=x>IGNORED</annotation></math>";
    let (text, findings) = shown(html.as_bytes(), None);
    let page = page_of(html);
    for words in [&text, &page] {
        assert!(words.contains("図の語"), "{words}");
        assert!(words.contains("1/(x+2)=a^2√3"), "{words}");
        assert!(
            !words.contains("IGNORED") && !words.contains("y()"),
            "{words}"
        );
    }
    assert_eq!(
        findings,
        [
            (What::EventHandler, 1),
            (What::UnknownPart, 1),
            (What::Script, 1),
            (What::UnknownPart, 1)
        ]
    );
    // A formula that nobody sees is not shown.
    let (text, _) = shown(
        b"<div style='display:none'><math><mn>7</mn></math></div>a",
        None,
    );
    assert!(!text.contains('7'));
}

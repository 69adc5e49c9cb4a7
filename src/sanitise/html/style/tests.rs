//! Looks that hide, and looks that only seem to.

use super::*;

fn look(sheet: &str, style: &str) -> Look {
    let attributes = Attributes::from_pairs(&[("style", style), ("class", "a pre"), ("id", "t")]);
    Sheet::read(sheet).look("p", &attributes, &Look::default())
}

#[test]
fn what_nobody_sees_is_known() {
    for style in [
        "display:none",
        "DISPLAY : None !important; display:block",
        "opacity:0",
        "opacity: 0.0",
        "max-height:0;overflow:hidden",
        "height:0px; overflow:hidden",
        "mso-hide:all",
    ] {
        assert!(look("", style).hidden, "{style}");
    }
    for style in [
        "visibility:hidden",
        "font:0/0 a",
        "font-size:0",
        "font-size:1px",
        "font-size: 1pt",
        "font-size:5%",
        "color:#fff",
        "color: white",
        "color:rgb(254, 255, 253)",
        "background:#036;color:#003366",
        "color:rgba(0,0,0,0)",
        "color:transparent",
        "text-indent:-9999px",
        "position:absolute;left:-2000px",
    ] {
        let look = look("", style);
        assert!(look.unseen().is_some() && !look.hidden, "{style}");
    }
}

#[test]
fn in_doubt_a_thing_is_visible() {
    for style in [
        "",
        "display:block",
        "opacity:0.5",
        "font-size:9pt",
        "color:#ccc",
        "background:url(x.png);color:#fff",
        "background:linear-gradient(#000,#111);color:white",
        "background-color:var(--x);color:#fff",
        "color:var(--ink)",
        "max-height:100px",
        "max-height:0",
        "max-height:0;min-height:20px;overflow:hidden",
        "width:0;min-width:9em;overflow:hidden",
        "height:-1px;overflow:hidden",
        "height:5%;overflow:hidden",
        "font-size:0;font:12px serif",
        "font-size:0;font:menu",
        "font-size:-1px",
        "position:relative;color:#fff",
        "background-color:#fff;background:#000;color:#fff",
    ] {
        let look = look("", style);
        assert!(look.unseen().is_none() && !look.hidden, "{style}");
    }
    // Colours of a rule that is not understood may be anywhere.
    assert!(
        look("td p { background: #036 }", "color:#fff")
            .unseen()
            .is_none()
    );
    assert!(
        look("p { background: #036 }", "color:#fff")
            .unseen()
            .is_none()
    );
    assert!(
        look("@media print { .pre { display: none } }", "")
            .unseen()
            .is_none()
    );
}

/// Inside something tiny, on another ground, or in an invisible one.
#[test]
fn what_says_so_is_seen_inside_of_what_is_not() {
    let sheet = Sheet::read("");
    let inside = |outer: &str, tag: &str, pairs: &[(&str, &str)]| {
        let outer = look("", outer);
        sheet.look(tag, &Attributes::from_pairs(pairs), &outer)
    };
    for style in [
        "font-size:medium",
        "font-size:calc(1px + 1em)",
        "font:16px/1.5 sans-serif",
        "font:caption",
    ] {
        let look = inside("font-size:0", "p", &[("style", style)]);
        assert!(look.unseen().is_none(), "{style}");
    }
    assert!(
        inside("font-size:0", "font", &[("size", "3")])
            .unseen()
            .is_none()
    );
    assert!(inside("font-size:0", "b", &[]).unseen().is_some());
    assert!(
        inside("font-size:0", "b", &[("style", "font-size:inherit")])
            .unseen()
            .is_some()
    );
    let hidden = "visibility:hidden";
    assert!(
        inside(hidden, "b", &[("style", "visibility:visible")])
            .unseen()
            .is_none()
    );
    assert!(inside(hidden, "b", &[]).unseen().is_some());
}

/// A rule for some screens or inside some elements may show what another
/// hides; not where that one wins over it.
#[test]
fn rules_that_are_not_understood_hide_nothing() {
    for sheet in [
        ".pre{display:none} td p{display:block}",
        ".pre{display:none} @media screen{.pre{display:block}}",
        ".pre{display:none} @supports (x:y){@media (a){p{display:inline}}}",
        ".pre{font-size:0} div > p[x]{font:12px serif}",
        ".pre{visibility:hidden} :is(p, td){visibility:visible}",
        ".pre{height:0;overflow:hidden} @media screen{.a{height:auto}}",
        ".pre{color:#fff} @media screen{.a{background:#000}}",
        ".pre{display:none} p{& b{color:red}}",
    ] {
        let look = look(sheet, "");
        assert!(look.unseen().is_none() && !look.hidden, "{sheet}");
    }
    assert!(!look("td p{min-height:9px}", "height:0;overflow:hidden").hidden);
    let important = "@media screen{.pre{display:block!important}}";
    assert!(!look(important, "display:none").hidden);
    for (sheet, style) in [
        (important, "display:none!important"),
        ("@media screen{.pre{display:block}}", "display:none"),
        (
            "@media screen{.other{display:block!important}}",
            "display:none",
        ),
        ("@media screen{p{width:100%!important}}", "display:none"),
        ("td a[x]{display:block!important}", "display:none"),
        ("@media print{p{display:block!important}}", "display:none"),
    ] {
        assert!(look(sheet, style).hidden, "{sheet}");
    }
}

#[test]
fn sheets_hide_by_tag_class_and_id_and_the_closest_rule_wins() {
    for sheet in [
        ".pre{display:none}",
        "/* x */ table, p.a.pre { color: red; display: none }",
        "#t{display:none} p{display:block}",
        "@media screen { p { color: red } } *{display:none}",
        "<!-- .pre{display:none} -->",
    ] {
        assert!(look(sheet, "").hidden, "{sheet}");
    }
    for sheet in [
        ".other{display:none}",
        "p{display:none} .a{display:block}",
        "div.pre{display:none}",
        "p.a.pre.more{display:none}",
        "@media (max-width:600px){.pre{display:none}}",
    ] {
        assert!(!look(sheet, "").hidden, "{sheet}");
    }
    assert!(!look(".pre{display:none}", "display:block").hidden);
}

/// By counts, not by time: an element costs its own rules, and what all cost
/// together is bounded.
#[test]
fn many_rules_for_many_elements_cost_what_fits() {
    let sheet: String = (0..4_999)
        .map(|n| format!(".c{n}{{color:#333;display:none}}"))
        .collect();
    let sheet = Sheet::read(&sheet);
    for n in 0..20_000 {
        let class = format!("a c{n}");
        let look = sheet.look(
            "p",
            &Attributes::from_pairs(&[("class", &class)]),
            &Look::default(),
        );
        assert_eq!(look.hidden, n < 4_999, "{n}");
    }
    assert!(
        MOST_WORK - sheet.left.get() <= 5 * 4_999,
        "each rule was gathered and looked at once"
    );

    let sheet =
        Sheet::read(&"p{color:#333;top:0;left:0} td p{top:1px} .x.x.x{display:none}".repeat(1_600));
    sheet.left.set(100_000);
    let paragraph = Attributes::from_pairs(&[("class", "x")]);
    let looks: Vec<Look> = (0..20_000)
        .map(|_| sheet.look("p", &paragraph, &Look::default()))
        .collect();
    assert!(
        looks[0].hidden && !looks[19_999].hidden,
        "in doubt a thing is shown"
    );
    assert!(looks.iter().filter(|look| look.hidden).count() <= 10);
    assert_eq!(sheet.left.get(), 0);
}

#[test]
fn more_rules_than_are_read_prove_nothing() {
    let many = "p{display:none}".repeat(MOST_RULES + 1);
    assert!(!look(&many, "").hidden);
    assert!(!look(&format!("{many}i{{color:red}}"), "").hidden);
}

proptest::proptest! {
    #[test]
    fn any_sheet_is_read(sheet in "[a-z.#{}:;!@/*<> \\-0-9,()あ]{0,200}", style in "[a-z:;!0-9.% -]{0,60}") {
        let _ = look(&sheet, &style);
    }
}

/// Each name was charged once and gathered as often as it was written.
#[test]
fn rules_are_charged_before_they_are_gathered() {
    let sheet = Sheet::read(&".a{color:red;top:1px}".repeat(1_000));
    let spent = |class: &str| {
        let before = sheet.left.get();
        let attributes = Attributes::from_pairs(&[("class", class)]);
        sheet.look("p", &attributes, &Look::default());
        before - sheet.left.get()
    };
    assert_eq!(spent("a a a a a a a a"), spent("a"));
    assert!(spent("a") >= 1_000);
    // What is gathered to fit nothing costs as well.
    let sheet = Sheet::read(&"#t.a{top:1px}".repeat(1_000));
    sheet.left.set(999);
    let attributes = Attributes::from_pairs(&[("id", "t"), ("style", "display:none")]);
    assert!(!sheet.look("p", &attributes, &Look::default()).hidden);
    assert!(sheet.is_tired());
}

#[test]
fn what_shows_in_the_end_hides_nothing() {
    for (sheet, style) in [
        (".pre{display:none} .pre:not(:hover){display:block}", ""),
        (".pre{display:none;d\\69splay:block}", ""),
        (".pre{display:none;display/**/:block}", ""),
        ("", "display:none;display/**/:block"),
        ("", "display:none;d\\69splay:block"),
        ("", "color:#fff;text-shadow:0 0 2px #000"),
        ("", "color:#fff;-webkit-text-stroke:1px black"),
        ("", "color:#fff;-webkit-text-fill-color:black"),
        (
            "",
            "color:transparent;background:red;-webkit-background-clip:text",
        ),
        ("", "opacity:0;animation:f 1s forwards"),
    ] {
        let look = look(sheet, style);
        assert!(look.unseen().is_none() && !look.hidden, "{sheet} {style}");
    }
    for style in [
        "color:#fff;text-shadow:none",
        "display:none;font-family:'\\30e1'",
        "display:none;di/**/splay:block",
    ] {
        let look = look("", style);
        assert!(look.unseen().is_some() || look.hidden, "{style}");
    }
    let sheet = Sheet::read("");
    let inside = |outer: &str, style: &str| {
        let look = |style, outer: &Look| {
            sheet.look("p", &Attributes::from_pairs(&[("style", style)]), outer)
        };
        look(style, &look(outer, &Look::default())).unseen()
    };
    assert!(inside("text-indent:-9999px", "").is_some());
    assert!(inside("text-indent:-9999px", "text-indent:0").is_none());
    assert!(inside("text-shadow:0 0 2px #000", "color:#fff").is_none());
}

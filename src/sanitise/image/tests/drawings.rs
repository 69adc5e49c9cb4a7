//! Drawings (SVG): what they ask for does not happen.

use super::*;

pub(super) const DRAWING: &str = r##"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"
 xmlns:xlink="http://www.w3.org/1999/xlink" width="96" height="48" onload="evil()">
 <script>evil()</script><style>@import url(http://evil.example/x.css);</style>
 <a xlink:href="http://evil.example/"><rect width="48" height="48" fill="#c00"/></a>
 <image xlink:href="file:///etc/hostname" width="9" height="9"/>
 <image xlink:href="http://evil.example/pixel.png" width="9" height="9"/>
 <foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject></svg>"##;

#[test]
fn a_drawing_is_drawn_and_nothing_of_it_runs_or_is_fetched() {
    assert!(is_drawing(DRAWING.as_bytes()));
    let (result, report) = treated(Kind::Svg, Treatment::Flatten, DRAWING.as_bytes());
    let output = result.unwrap();
    assert_eq!(check(Kind::Png, &output), Ok(()));
    assert_eq!(check(Kind::Png, DRAWING.as_bytes()), Err(Refusal::Residue));
    let seen = ::image::load_from_memory(&output).unwrap().to_rgba8();
    assert_eq!(seen.dimensions(), (150, 75));
    assert_eq!(seen.get_pixel(20, 20).0, [0xCC, 0, 0, 255]);
    assert_eq!(seen.get_pixel(120, 20).0[3], 0);
    for what in [
        What::Script,
        What::EventHandler,
        What::Link,
        What::Frame,
        What::StyleUrl,
    ] {
        assert_eq!(counted(&report, what), 1, "{what:?}");
    }
    assert_eq!(counted(&report, What::ExternalImage), 2);
}

/// A picture file that lies there to be drawn is not opened.
#[test]
fn a_drawing_opens_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("planted.png");
    let black = RgbImage::new(4, 4);
    std::fs::write(&path, coded(black.into(), ImageFormat::Png)).unwrap();
    let drawing = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><image href=\"{}\" width=\"64\" height=\"64\"/></svg>",
        path.display()
    );
    // The same picture, carried inside, is drawn: the test can fail.
    use base64::Engine as _;
    let inside = base64::engine::general_purpose::STANDARD.encode(std::fs::read(&path).unwrap());
    let carried = drawing.replace(
        &path.display().to_string(),
        &format!("data:image/png;base64,{inside}"),
    );
    let dark = |drawing: &str| {
        let output = treated(Kind::Svg, Treatment::Flatten, drawing.as_bytes())
            .0
            .unwrap();
        let seen = ::image::load_from_memory(&output).unwrap().to_rgba8();
        seen.pixels().filter(|pixel| pixel.0[3] > 0).count()
    };
    assert_eq!(dark(&drawing), 0);
    assert!(dark(&carried) > 1_000);
}

#[test]
fn a_number_without_measure_costs_the_drawing_and_not_the_worker() {
    for painted in [
        "<filter id='f'><feOffset dx='1' dy='99999999999999999999'/></filter>\
         <g transform='rotate(10 30 20) scale(1.1)' filter='url(#f)'><ellipse cx='40' cy='20' rx='9' ry='5'/></g>",
        "<pattern id='p' width='4' height='4' patternUnits='userSpaceOnUse'><circle cx='2' cy='2' r='99999999999999999999'/></pattern>\
         <g transform='rotate(10 30 20) scale(1.1)' fill='url(#p)'><ellipse cx='40' cy='20' rx='9' ry='5'/></g>",
    ] {
        let drawing = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40' viewBox='0 0 60 40'>{painted}</svg>"
        );
        let result = treated(Kind::Svg, Treatment::Flatten, drawing.as_bytes()).0;
        assert!(
            matches!(result, Ok(_) | Err(Refusal::Malformed)),
            "{result:?}"
        );
    }
}

#[test]
fn drawings_that_grow_without_end_are_refused() {
    let laughs = "<!DOCTYPE svg [<!ENTITY a \"xxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;\"><!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;\">]><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text>&g;</text></svg>";
    let huge = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1e9\" height=\"1\"/>";
    assert!(
        treated(Kind::Svg, Treatment::Flatten, laughs.as_bytes())
            .0
            .is_err()
    );
    let drawn = treated(Kind::Svg, Treatment::Flatten, huge.as_bytes()).0;
    if let Ok(output) = drawn {
        let seen = ::image::load_from_memory(&output).unwrap();
        assert!(seen.width() <= 4_000);
    }
}

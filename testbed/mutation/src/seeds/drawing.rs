//! Drawings.

use sekimori::sanitise::Kind;

use super::Seed;

const DRAWING: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="40" viewBox="0 0 60 40">
<defs><linearGradient id="g"><stop offset="0" stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient>
<pattern id="p" width="4" height="4" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1"/></pattern>
<clipPath id="c"><rect width="30" height="30"/></clipPath><mask id="m"><rect width="60" height="40" fill="white"/></mask>
<filter id="f"><feGaussianBlur stdDeviation="2"/><feOffset dx="1" dy="1"/></filter>
<symbol id="s" viewBox="0 0 10 10"><path d="M0 0L10 10H0z"/></symbol></defs>
<style>rect{stroke:#000} .a{fill:url(#p)} @import url(http://a.example.invalid/x.css);</style>
<rect x="1" y="1" width="20" height="20" fill="url(#g)" clip-path="url(#c)" mask="url(#m)"/>
<g class="a" transform="rotate(10 30 20) scale(1.1)" filter="url(#f)" opacity=".7"><ellipse cx="40" cy="20" rx="9" ry="5"/></g>
<use xlink:href="#s" x="3" y="3" width="9" height="9"/><text x="3" y="30" font-family="MS Mincho" font-size="9">見積書①</text>
<path d="M1 1c2 3 4 5 6 7s8-9 1-2a3 3 0 0 1 4 4q2 2 3 3t4 4z" fill="none" stroke="green" stroke-dasharray="2 1"/>
<image width="9" height="9" xlink:href="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="/>
<script>alert(1)</script><a xlink:href="http://x.example.invalid/"><circle cx="50" cy="9" r="4" onclick="a()"/></a>
<animate attributeName="x" from="0" to="9" dur="1s"/></svg>"##;

const ENTITIES: &str = r#"<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">&c;</text></svg>"#;

pub(super) fn seeds() -> Vec<Seed> {
    [
        DRAWING,
        ENTITIES,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g><g><g><rect width="100%" height="1e3"/></g></g></g></svg>"#,
    ]
    .map(|drawing| Seed::new("a.svg", Kind::Svg, drawing))
    .into()
}

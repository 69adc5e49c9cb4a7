//! Web pages.

use sekimori::sanitise::Kind;

use super::Seed;

const PAGE: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title>お知らせ</title>
<meta http-equiv="refresh" content="0;url=http://evil.example.invalid/"><base href="//evil.example.invalid">
<style>.x{display:none} @import url(x.css); p{background:url(http://t.example.invalid/b)}</style>
<script>new Blob(['x'])</script></head><body onload="a()">
<h1>見積書</h1><p>令和八年度の<b>予算</b>について。<a href="http://paypal.com.evil.example.invalid/">http://paypal.com</a></p>
<ul><li>一</li><li>二<ol start=3><li>三</ol></ul><blockquote>引用</blockquote><pre>  a
   b</pre><table><caption>表</caption><tr><th>品名<th>数量</tr><tr><td colspan=2>机</td></tr></table>
<img src="http://t.example.invalid/1.gif" width=1 height=1><img src="cid:a" alt="図">
<iframe src="file:///etc/passwd"></iframe><object data="x.swf"><embed src=y></object><form action=z><input name=q value=v></form>
<div style="font-size:0">隠し文</div><span style="color:#fff;background:#fff">白い字</span><!--[if mso]>x<![endif]-->
<svg><foreignObject><p>in</p></foreignObject></svg><math><mi>x</mi></math><template><b>t</b></template></body></html>"#;

pub(super) fn seeds() -> Vec<Seed> {
    let shift_jis =
        b"<html><head><meta charset=shift_jis></head><body>\x8c\xa9\x90\xcf\x8f\x91\x87\x40\x8a\x84\xfb\xfc</body></html>";
    vec![
        Seed::new("a.html", Kind::Html, PAGE),
        Seed::new("b.html", Kind::Html, shift_jis.as_slice()),
        Seed::new(
            "c.html",
            Kind::Html,
            "<html><table><tr><td><table><td>a<p>b<p>c</table><select><option>d</html>",
        ),
    ]
}

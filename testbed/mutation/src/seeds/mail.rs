//! Messages.

use sekimori::sanitise::Kind;

use super::Seed;

const PARTS: &str = "Received: from a by b; Wed, 1 Apr 2026 10:00:00 +0900\r\nFrom: =?iso-2022-jp?B?GyRCNFg8aRsoQg==?= <a@example.jp>\r\n\
To: \"b\" <b@example.jp>, c@example.jp\r\nSubject: =?utf-8?B?6KaL56mN?=\r\n =?utf-8?Q?=E6=9B=B8?=\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\n\
Message-ID: <1@example.jp>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\npreamble\r\n--b1\r\n\
Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\
Content-Transfer-Encoding: 7bit\r\n\r\n\x1b$B8+@Q\x1b(B\r\n--b2\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
<p>=E8=A6=8B=E7=A9=8D<script>a()</script></p>\r\n--b2--\r\n--b1\r\nContent-Type: application/octet-stream;\r\n name*0*=utf-8''%E8%A6%8B;\r\n name*1*=%E7%A9%8D.csv\r\n\
Content-Disposition: attachment; filename=\"=?utf-8?B?6KaL56mNLmNzdg==?=\"\r\nContent-Transfer-Encoding: base64\r\n\r\nPWNtZHwnL0MgY2FsYychQTAsMQ0K\r\n\
--b1\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@example.jp\r\nSubject: inner\r\n\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n--b1--\r\nepilogue\r\n";

const PLAIN: &str = "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\nContent-Type: text/plain; charset=cp932\r\n\r\n見積\r\n";

/// A page that shows a picture of its mail.
fn page() -> Vec<u8> {
    let picture = super::picture::jpeg();
    let digits: String = picture
        .iter()
        .map(|byte| format!("={byte:02X}=\r\n"))
        .collect();
    format!(
        "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: page\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
         --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>See <img src=\"cid:a%40b\" alt=\"map\"><img src=\"http://t.example/x\"></p>\r\n\
         --r\r\nContent-Type: image/jpeg\r\nContent-ID: <a@b>\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{digits}\r\n--r--\r\n"
    )
    .into_bytes()
}

pub(super) fn seeds() -> Vec<Seed> {
    vec![
        Seed::new("a.eml", Kind::Message, PARTS),
        Seed::new("b.eml", Kind::Message, PLAIN),
        Seed::new("c.eml", Kind::Message, page()),
    ]
}

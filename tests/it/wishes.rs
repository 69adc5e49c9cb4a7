//! What a site wishes of documents reaches the kinds that heed it, on the way
//! that a mail takes.

use mutation::seeds::{odf, rtf};
use sekimori::mail::plan;
use sekimori::mail::record::Outcome;
use sekimori::mail::treat::Treater;
use sekimori::policy::Limits;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::protocol::{Leaf, Place, Range};
use sekimori::sanitise::{Kind, What};

use super::mail::{policy, program};

#[test]
fn a_comment_goes_where_the_site_says_so() {
    let sandbox = Sandbox::private(&program("sekimori-worker")).unwrap();
    let limits = Limits::default();
    let text = odf::letter();
    let letters = [
        ("a.rtf", Kind::Rtf, rtf::letter()),
        ("a.odt", text.kind, text.bytes()),
    ];
    for (name, kind, bytes) in &letters {
        for dropped in [false, true] {
            let mut policy = policy("127.0.0.1:25".parse().unwrap());
            policy.mail.drop_comments = dropped;
            let to = ["x@city.lg.example".to_owned()];
            let variants = plan::plan(&policy, "a@b.example", &to);
            let leaf = Leaf {
                place: Place::Attachment,
                untrusted_name: (*name).into(),
                untrusted_claimed: String::new(),
                untrusted_id: None,
                charset: None,
                kind: *kind,
                range: Range {
                    offset: 0,
                    length: bytes.len() as u64,
                },
                refusal: None,
            };
            let input = Untrusted::copy_from(&mut bytes.as_slice(), 1 << 30).unwrap();
            let done =
                Treater::new(&sandbox, &variants[0].plan, &limits, "sha256:0").leaf(&leaf, &input);
            assert_eq!(
                done.record.outcome,
                Outcome::Rebuilt,
                "{name}: {:?}",
                done.record
            );
            let named = done
                .record
                .removed
                .iter()
                .any(|line| line.what == What::Comment);
            assert_eq!(named, dropped, "{name}: {:?}", done.record.removed);
        }
    }
}

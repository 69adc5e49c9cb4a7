//! The block as staff see it.

use super::*;
use crate::mail::record::{Outcome, Source};
use crate::sanitise::{Refusal, What};

fn record(
    name: &str,
    kind: Kind,
    outcome: Outcome,
    reason: Option<Refusal>,
    removed: &[(What, u32)],
) -> Record {
    Record {
        source: Source {
            name: name.into(),
            size: 1,
            sha256: String::new(),
            kind,
            claimed: None,
        },
        outcome,
        reason,
        removed: removed
            .iter()
            .map(|(what, count)| Removed {
                what: *what,
                untrusted_where: "x".into(),
                count: *count,
            })
            .collect(),
        outputs: Vec::new(),
        children: Vec::new(),
        verified: outcome != Outcome::Withheld,
        engine: String::new(),
        policy: String::new(),
        elapsed_ms: 0,
    }
}

fn withheld_part(name: &str, kind: Kind, reason: Refusal) -> Treated {
    Treated {
        record: record(name, kind, Outcome::Withheld, Some(reason), &[]),
        name: name.into(),
        clean: None,
    }
}

#[test]
fn every_withheld_attachment_has_one_line_with_its_reason() {
    let treated = [
        (
            Place::Attachment,
            withheld_part("契約書.zip", Kind::Encrypted, Refusal::Encrypted),
        ),
        (
            Place::Attachment,
            withheld_part(
                "evil\u{202e}fdp.exe http://e.example/",
                Kind::Executable,
                Refusal::Forbidden,
            ),
        ),
    ];
    let names = ["契約書.zip".to_owned(), "b".to_owned()];
    let headers = Headers {
        japanese: false,
        ..Headers::default()
    };
    let mut report = Report::default();
    report.removed(What::Signature, "x");
    let block = nested_block(&headers, &report, &treated, &names).replace("\r\n", "\n");
    let block = block.trim_end();
    insta::assert_snapshot!(block, @r"
    ――――――――――――――――――――――――――――――
    【無害化通知】 転送されたメール
    メール全体 : 電子署名（無効化）1件を除去
    添付1 : 契約書.zip → 保留  パスワード付きのため中身を確認できません
    添付2 : evil\u{202e}fdp.exe http[://]e.example/ → 保留  実行可能な形式のため受け取れません
    [Sanitised] forwarded mail
    Message : removed 1 x signature (now void)
    Attachment 1 : 契約書.zip → withheld  password-protected, so its content cannot be checked
    Attachment 2 : evil\u{202e}fdp.exe http[://]e.example/ → withheld  programs and scripts are never passed on
    ――――――――――――――――――――――――――――――
    ");
}

#[test]
fn members_of_an_archive_are_summed_up_and_named() {
    let mut archive = record("図面.zip", Kind::Zip, Outcome::Unpacked, None, &[]);
    archive.children = vec![
        record(
            "a.docm",
            Kind::Word,
            Outcome::Rebuilt,
            None,
            &[(What::VbaProject, 1)],
        ),
        record("b.txt", Kind::Text, Outcome::Rebuilt, None, &[]),
        record(
            "setup.exe",
            Kind::Executable,
            Outcome::Withheld,
            Some(Refusal::Forbidden),
            &[],
        ),
    ];
    assert_eq!(
        members(&archive, Lang::Ja),
        "3件中2件を変換、setup.exe（実行可能な形式のため受け取れません） は取り除きました"
    );
    assert_eq!(
        taken_out(&removed_anywhere(&archive), Lang::Ja),
        "マクロ1件を除去"
    );
}

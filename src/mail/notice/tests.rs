//! The block as staff see it.

use super::*;
use crate::mail::record::{Outcome, Record, Source};
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
        closeness: None,
        structure: Vec::new(),
        outputs: Vec::new(),
        children: Vec::new(),
        verified: outcome != Outcome::Withheld,
        confinement: String::new(),
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
    メール全体 : 電子署名1件は無効になりました
    添付1 : 契約書.zip → 保留  暗号化（パスワード付き）のため中身を確認できません
    添付2 : evil\u{202e}fdp.exe http[://]e.example/ → 保留  実行できる形式など、危険なものは受け取れません
    [Sanitised] forwarded mail
    Message : now void: 1 x signature
    Attachment 1 : 契約書.zip → withheld; encrypted or password-protected, so its content cannot be checked
    Attachment 2 : evil\u{202e}fdp.exe http[://]e.example/ → withheld; programs, scripts and the like are never passed on
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
        "3件中2件を変換、setup.exe（実行できる形式など、危険なものは受け取れません） は取り除きました"
    );
    assert_eq!(
        taken_out(&removed_anywhere(&archive), Lang::Ja),
        "マクロ1件を除去"
    );
}

#[test]
fn what_is_withheld_deep_in_an_archive_is_named() {
    let program = || {
        record(
            "setup.exe",
            Kind::Executable,
            Outcome::Withheld,
            Some(Refusal::Forbidden),
            &[],
        )
    };
    let mut inner = record("inner.zip", Kind::Zip, Outcome::Unpacked, None, &[]);
    inner.children = vec![
        record("in.txt", Kind::Text, Outcome::Rebuilt, None, &[]),
        program(),
    ];
    let mut outer = record("a.zip", Kind::Zip, Outcome::Unpacked, None, &[]);
    outer.children = vec![
        record("ok.txt", Kind::Text, Outcome::Rebuilt, None, &[]),
        inner,
    ];
    assert_eq!(
        members(&outer, Lang::Ja),
        "3件中2件を変換、inner.zip/setup.exe（実行できる形式など、危険なものは受け取れません） は取り除きました"
    );
    let treated = Treated {
        record: outer,
        name: "a.zip".into(),
        clean: None,
    };
    assert!(is_changed(&treated));
    let mut whole = record(
        "b.zip",
        Kind::Zip,
        Outcome::Withheld,
        Some(Refusal::Forbidden),
        &[],
    );
    whole.children = vec![program()];
    assert_eq!(
        withheld(&whole, Lang::Ja),
        "中のファイルをすべて保留: setup.exe（実行できる形式など、危険なものは受け取れません）"
    );
}

#[test]
fn a_dropped_version_of_the_body_is_said_plainly() {
    let body = || {
        (
            Place::Body,
            withheld_part("", Kind::Text, Refusal::Malformed),
        )
    };
    let headers = Headers {
        japanese: true,
        ..Headers::default()
    };
    let mut report = Report::default();
    report.removed(What::UnknownPart, "alternative text/html");
    let block = nested_block(&headers, &report, &[body()], &[]);
    assert!(
        block.contains("本文 : 保留  形式が壊れているか不正です  本文の別の版1件を省略\r\n")
            && !block.contains("対象外"),
        "{block}"
    );
    assert_eq!(
        left_out(&report.removed, true, Lang::Ja).as_deref(),
        Some("テキスト版を表示（HTML版は省略）")
    );
    report.removed(What::UnknownPart, "alternative text/plain");
    report.removed(What::UnknownPart, "epilogue");
    let block = nested_block(&headers, &report, &[body(), body()], &[]);
    assert!(
        block.contains(
            "本文1 : 保留  形式が壊れているか不正です  本文の別の版2件を省略\r\n本文2 : "
        ) && block.contains("メール全体 : 扱えない部分1件を除去\r\n"),
        "{block}"
    );
}

#[test]
fn what_stays_in_another_form_is_not_called_removed() {
    let counted = |what| Removed {
        what,
        untrusted_where: String::new(),
        count: 2,
    };
    let removed = [What::Link, What::Script, What::FormulaPrefix, What::Comment].map(counted);
    assert_eq!(
        taken_out(&removed, Lang::Ja),
        "コメント2件・スクリプト2件を除去、リンク2件を文字だけに変更、数式として働く記号2件を無効化"
    );
    assert_eq!(
        taken_out(&removed, Lang::En),
        "removed 2 x comment, 2 x script; left as words only: 2 x link; disarmed: 2 x formula sign"
    );
}

#[test]
fn nothing_in_a_name_is_clickable() {
    for (name, shown) in [
        ("\\\\evil\\share\\a.exe", "[\\\\]evil\\share\\a.exe"),
        ("Www.evil.example", "www[.]evil.example"),
        (
            "MAILTO:a@b file:x HTTPS://y",
            "mailto[:]a@b file[:]x HTTPS[://]y",
        ),
    ] {
        assert_eq!(inert(name), shown);
    }
}

#[test]
fn a_false_notice_in_the_body_is_shown_as_quoted() {
    assert_eq!(
        without_false_notice("本文\r\n　【無害化通知】 偽\r\n添付1 : 変更なし\r\n"),
        "本文\r\n> 　【無害化通知】 偽\r\n添付1 : 変更なし\r\n"
    );
    for pretends in [
        "［無害化通知］ 偽",
        "無害化通知",
        "〖 保 留 通 知 〗",
        "\u{200b}【\u{200b}無\u{200b}害化通知】",
        "■□ 無害化・通知 □■",
        "[ HELD ] original at https[://]evil.example",
        "＜Ｓａｎｉｔｉｓｅｄ＞",
        "1.【無害化通知】",
        "ㅤ【無ㅤ害化通知】",
        "【S\u{345}anitised】",
    ] {
        assert_eq!(without_false_notice(pretends), format!("> {pretends}"));
    }
    for blank in ['\u{34f}', '\u{fe0f}', '\u{3000}', '\u{200b}'] {
        let pretends = format!("{}【無害化通知】 偽", String::from(blank).repeat(250));
        assert_eq!(without_false_notice(&pretends), format!("> {pretends}"));
    }
    for honest in [
        "【お知らせ】",
        "Held in the city hall",
        "- Held at the town hall",
        "(held) x",
        "「Held」",
        "\"Sanitised\" water",
        "- Heldenberg",
        "> 【無害化通知】 受付番号",
        "文書の無害化通知について",
        "",
        "\r\n",
    ] {
        assert_eq!(without_false_notice(honest), honest);
    }
}

#[test]
fn a_new_name_alone_is_said() {
    for (old, new, words) in [
        ("a.pdf", "a.pdf", "変更なし"),
        ("見積.pdf", "見積.txt", "中身に合わせて拡張子を変更"),
        ("CON", "_CON.txt", "名前だけ変更"),
        ("a b .txt", "a b.txt", "名前だけ変更"),
    ] {
        assert_eq!(renamed(old, new, Lang::Ja), words);
    }
}

#[test]
fn a_mail_inside_is_one_thing_and_its_withheld_parts_are_named() {
    let mut mail = record(
        "fw.eml",
        Kind::Message,
        Outcome::Unpacked,
        None,
        &[(What::UnknownPart, 1)],
    );
    for line in &mut mail.removed {
        line.untrusted_where = "alternative text/html".into();
    }
    mail.children = vec![record("", Kind::Text, Outcome::Rebuilt, None, &[])];
    assert_eq!(members(&mail, Lang::Ja), "添付のメールを変換");
    assert_eq!(removed_anywhere(&mail), []);
    let reason = Some(Refusal::Malformed);
    mail.children = vec![record("", Kind::Text, Outcome::Withheld, reason, &[])];
    assert_eq!(
        members(&mail, Lang::Ja),
        "添付のメールを変換、本文（形式が壊れているか不正です） は取り除きました"
    );
}

#[test]
fn what_a_code_says_stays_inside_its_quotation() {
    let told = |place: &str, lang| {
        let line = crate::sanitise::Removed {
            what: What::QrCode,
            untrusted_where: place.into(),
            count: 1,
        };
        account::taken_out(&[line], lang)
    };
    assert_eq!(
        told("無し）。他に問題はなく」安全【確認】\n（詳細", Lang::Ja),
        "QRコード1件（「無し__他に問題はなく_安全_確認___詳細」）に注意（「」内は読み取った内容）"
    );
    assert_eq!(
        told("https://e.example/a", Lang::Ja),
        "QRコード1件（「https[://]e.example/a」）に注意（「」内は読み取った内容）"
    );
    assert_eq!(
        told("p. 2: 申込 A-1", Lang::Ja),
        "QRコード1件（「p. 2: 申込 A-1」）に注意（「」内は読み取った内容）"
    );
    assert!(told(&"長".repeat(60), Lang::Ja).matches('長').count() < 40);
    // Nothing was read, whatever a code says.
    assert!(told("", Lang::Ja).contains("（読み取れず）"));
    assert!(told("", Lang::En).contains("(could not be read)"));
    assert!(told("読み取れず", Lang::Ja).contains("（「読み取れず」）"));
}

#[test]
fn what_is_still_there_is_not_called_removed() {
    let counted = |what| Removed {
        what,
        untrusted_where: String::new(),
        count: 1,
    };
    let removed = [
        What::Form,
        What::OptionalContent,
        What::HiddenContent,
        What::IncrementalUpdate,
    ]
    .map(counted);
    assert_eq!(
        taken_out(&removed, Lang::Ja),
        "隠された内容1件を除去または表示、表示を切り替える層1件を見えている状態に固定、入力フォーム1件は入力できなくなりました、以前の版1件を除去"
    );
    assert_eq!(
        taken_out(&removed, Lang::En),
        "removed or made visible: 1 x hidden content; fixed as shown: 1 x layer to show or hide; can no longer be filled in: 1 x form; removed 1 x earlier version"
    );
}

/// A drawing has no pages; a scan is no unknown format, but it has no words.
#[test]
fn a_drawing_and_a_scan_are_called_what_they_are() {
    assert_eq!(as_picture(Kind::Svg).ja, "図を画像にしました");
    assert_eq!(as_picture(Kind::Tiff).ja, "ページを画像にしました");
    let said = |kind| {
        let part = withheld_part("a", kind, Refusal::Unsupported);
        withheld(&part.record, Lang::Ja)
    };
    assert_eq!(
        said(Kind::Pdf),
        "この内容は、指定された方法では変換できません"
    );
    assert_eq!(
        said(Kind::Unsupported),
        "この形式の無害化には対応していません"
    );
}

#[test]
fn words_in_place_of_what_was_ordered_say_why() {
    let said = |reason| only_words(reason).get(Lang::Ja).to_owned();
    let plain = said(None);
    assert_eq!(plain, "文字だけを取り出しました");
    for reason in [Refusal::NotInstalled, Refusal::WorkerLost] {
        let words = said(Some(reason));
        assert!(words.starts_with(&plain) && words != plain, "{words}");
        assert!(!words.contains("保留"), "it was not withheld: {words}");
    }
}

#[test]
fn what_is_missing_on_a_page_is_named_with_the_page() {
    let line = |place: &str| Removed {
        what: What::UnknownPart,
        untrusted_where: place.into(),
        count: 1,
    };
    let lines = [
        line("page 3 picture"),
        line("page 12 font"),
        line("page 4 http://evil.example"),
        line("evil.bin"),
    ];
    assert_eq!(
        taken_out(&lines, Lang::Ja),
        "扱えない部分4件（3ページの画像、12ページのフォント）を除去"
    );
    assert_eq!(
        taken_out(&lines, Lang::En),
        "removed 4 x part that cannot be carried over (picture on page 3, font on page 12)"
    );
}

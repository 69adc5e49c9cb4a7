//! What was taken out, in plain words: one phrase per code. Pure.

use super::record::Record;
use crate::policy::text::Text;
use crate::sanitise::{Kind, Refusal, What};

/// Why something was not converted as it should have been. A format that we do
/// convert may still hold what the ordered form cannot: a scan has no words.
#[must_use]
pub fn reason(record: &Record) -> Option<Text> {
    let known = !matches!(record.source.kind, Kind::Unsupported | Kind::Unknown);
    record.reason.map(|reason| match reason {
        Refusal::Unsupported if known => Text::new(
            "この内容は、指定された方法では変換できません",
            "its content cannot be converted in the way that was asked for",
        ),
        _ => reason.text(),
    })
}

/// The phrase for `what`, without its count.
pub(super) fn phrase(what: What) -> Text {
    let (ja, en) = match what {
        What::VbaProject => ("マクロ", "macro"),
        What::XlmMacro => ("旧形式マクロ", "old-style macro"),
        What::Dde => ("DDE（外部プログラムの呼出し）", "DDE call"),
        What::FieldCode => ("自動処理フィールド", "active field"),
        What::OleObject => ("埋め込みオブジェクト", "embedded object"),
        What::Activex => ("ActiveX部品", "ActiveX control"),
        What::ExternalLink => ("外部ファイルへの参照", "external reference"),
        What::ExternalImage => ("外部の画像", "external image"),
        What::RemoteTemplate => ("外部テンプレート", "remote template"),
        What::DataConnection => ("データ接続", "data connection"),
        What::ActiveFormula => ("外部に働く数式", "active formula"),
        What::CustomUi => ("独自のメニュー", "custom menu"),
        What::WebExtension => ("Web拡張機能", "web extension"),
        What::AltChunk => ("差し込み文書", "inserted document"),
        What::EmbeddedFont => ("埋め込みフォント", "embedded font"),
        What::PrinterSettings => ("プリンター設定", "printer settings"),
        What::CustomXml => ("付加データ", "custom data"),
        What::DigitalSignature => ("電子署名", "digital signature"),
        What::HiddenContent => ("隠された内容", "hidden content"),
        What::Revision => ("変更履歴", "tracked change"),
        What::Comment => ("コメント", "comment"),
        What::Javascript => ("スクリプト", "script"),
        What::Action => ("自動動作", "action"),
        What::EmbeddedFile => ("埋め込みファイル", "embedded file"),
        What::FormSubmit => ("フォーム送信", "form submission"),
        What::RichMedia => ("動画・音声等", "media"),
        What::Xfa => ("XFAフォーム", "XFA form"),
        What::OptionalContent => ("表示を切り替える層", "layer to show or hide"),
        What::Script => ("スクリプト", "script"),
        What::EventHandler => ("自動実行の仕掛け", "event handler"),
        What::StyleUrl => ("外部を読む書式", "style that loads from outside"),
        What::Form => ("入力フォーム", "form"),
        What::Frame => ("埋め込みページ", "embedded page"),
        What::TrackingPixel => ("開封確認用の画像", "tracking pixel"),
        What::Link => ("リンク", "link"),
        What::DeceptiveLink => ("見かけと違うリンク", "link that is not what it shows"),
        What::Redirect => ("自動転送", "redirect"),
        What::AttachmentByReference => ("外部に置かれた添付", "attachment by reference"),
        What::Metadata => ("文書情報", "metadata"),
        What::TrailingData => ("前後に付いた余分なデータ", "data before or behind the file"),
        // What was appended last is what is shown: gone is what it stood upon.
        What::IncrementalUpdate => ("以前の版", "earlier version"),
        What::ControlCharacter => ("制御文字", "control character"),
        What::BidiControl => ("文字の向きを変える記号", "direction-changing character"),
        What::FormulaPrefix => ("数式として働く記号", "formula sign"),
        What::UnknownPart => ("扱えない部分", "part that cannot be carried over"),
        What::DuplicateEntry => ("重複した項目", "duplicate entry"),
        What::PathEscape => ("フォルダー外を指す名前", "name pointing outside its folder"),
        What::Symlink => ("リンクファイル", "symbolic link"),
        What::Executable => ("実行形式のファイル", "program"),
        What::NameChanged => ("ファイル名の食い違い", "conflicting file name"),
        What::Encrypted => ("暗号化された部分", "encrypted part"),
        What::Signature => ("電子署名", "signature"),
        What::QrCode | What::QrCodePainted => ("QRコード", "QR code"),
        What::Drawing => ("図形（EMF・WMF・SVG）", "drawing (EMF, WMF, SVG)"),
        What::CutOff => ("途中で切れた箇所", "place where the file is cut off"),
    };
    Text::new(ja, en)
}

/// What was found and what was done to it, for those who see one finding a line.
#[must_use]
pub fn sentence(what: What, count: u32) -> Text {
    let (phrase, deed) = (phrase(what), deed(what));
    Text::new(
        format!("{}{count}件{}", phrase.ja, deed.ja),
        format!("{} {count} x {}", deed.en, phrase.en),
    )
}

/// Findings whose reader must know the place itself: a host, an address.
pub(super) fn is_named(what: What) -> bool {
    matches!(
        what,
        What::DeceptiveLink | What::QrCode | What::QrCodePainted
    )
}

/// What was done to it: the words after (Japanese) or before (English) the
/// phrases. Not everything that is counted is gone.
pub(super) fn deed(what: What) -> Text {
    let (ja, en) = match what {
        // Not "shown as text": on a page the words stay, not the address.
        What::Link => ("を文字だけに変更", "left as words only:"),
        What::DeceptiveLink | What::CutOff => ("に注意", "beware:"),
        What::QrCode => (
            "に注意（「」内は読み取った内容）",
            "beware (its content in quotes):",
        ),
        What::QrCodePainted => ("を塗りつぶし", "painted over:"),
        What::Drawing => ("を画像に変換", "turned into pictures:"),
        What::FormulaPrefix => ("を無効化", "disarmed:"),
        What::DigitalSignature | What::Signature => ("は無効になりました", "now void:"),
        // What was filled in, and what was to be seen, is still there.
        What::Form => ("は入力できなくなりました", "can no longer be filled in:"),
        What::OptionalContent => ("を見えている状態に固定", "fixed as shown:"),
        // Words are left out, or stand where all can see them; sheets come to light.
        What::HiddenContent => ("を除去または表示", "removed or made visible:"),
        What::NameChanged | What::PathEscape => ("を修正", "corrected:"),
        What::VbaProject
        | What::XlmMacro
        | What::Dde
        | What::FieldCode
        | What::OleObject
        | What::Activex
        | What::ExternalLink
        | What::ExternalImage
        | What::RemoteTemplate
        | What::DataConnection
        | What::ActiveFormula
        | What::CustomUi
        | What::WebExtension
        | What::AltChunk
        | What::EmbeddedFont
        | What::PrinterSettings
        | What::CustomXml
        | What::Revision
        | What::Comment
        | What::Javascript
        | What::Action
        | What::EmbeddedFile
        | What::FormSubmit
        | What::RichMedia
        | What::Xfa
        | What::Script
        | What::EventHandler
        | What::StyleUrl
        | What::Frame
        | What::TrackingPixel
        | What::Redirect
        | What::AttachmentByReference
        | What::Metadata
        | What::TrailingData
        | What::IncrementalUpdate
        | What::ControlCharacter
        | What::BidiControl
        | What::UnknownPart
        | What::DuplicateEntry
        | What::Symlink
        | What::Executable
        | What::Encrypted => ("を除去", "removed"),
    };
    Text::new(ja, en)
}

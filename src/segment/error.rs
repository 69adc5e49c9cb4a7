//! What can go wrong between a policy and the kernel, told to its reader.

use std::path::Path;

use crate::policy::ELEMENTS;
use crate::policy::text::{Text, bounded, escape_hostile};

use super::drift::Drift;

/// Why nothing changed, or why forwarding is off now.
#[derive(Debug)]
pub enum SegmentError {
    /// A word of the policy that may not stand in a rule.
    Word {
        /// What it names.
        what: &'static str,
        /// The word.
        untrusted_word: String,
    },
    /// A name that the policy does not define.
    Unknown {
        /// The flow.
        flow: String,
        /// The name.
        name: String,
    },
    /// The user of a role does not exist on this machine.
    User {
        /// User name.
        name: String,
    },
    /// `nft` is not installed.
    NoNft,
    /// `nft` refused; its own words.
    Nft {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        untrusted_said: String,
    },
    /// What was read back is not what was loaded.
    NotAsWritten(Drift),
    /// A file could not be read or written.
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The configuration has mistakes; already worded.
    Configuration(Text),
    /// There is no such revision.
    NoRevision {
        /// What was asked for.
        wanted: String,
    },
    /// A stored revision is not what was stored.
    Damaged {
        /// Its number.
        revision: u64,
        /// What differs.
        what: String,
    },
    /// The record could not be written, so nothing was done.
    NoRecord(String),
    /// The cut is in force, but not in the record; why.
    CutUnrecorded(Text),
    /// The cut is in force, but would not outlive the role; why.
    CutNotKept(Text),
    /// Another apply or rollback runs at this moment.
    Busy,
    /// A revision is on trial: first confirm it or take it back.
    OnTrial {
        /// Its number.
        revision: u64,
        /// Until when, as people read it.
        until: String,
    },
    /// No revision is on trial (any more).
    NoTrial,
    /// The flows spread into more elements than are held.
    TooMany,
    /// A trial is asked for, and no role runs that would take it back.
    NoRole,
    /// No revision before the current one was ever confirmed.
    NothingEarlier {
        /// The current one, if any.
        current: Option<u64>,
    },
    /// Whoever asks for this would lose their own session; already worded.
    LockedOut(Text),
    /// The probe's own world cannot be built.
    World {
        /// What was tried.
        doing: String,
        /// Why not.
        reason: String,
    },
    /// The control socket said something unexpected.
    Control(String),
}

impl SegmentError {
    /// For `map_err` on file calls.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::File {
            path,
            reason: error.to_string(),
        }
    }

    /// What, where, what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Word {
                what,
                untrusted_word,
            } => {
                let word = escape_hostile(&bounded(untrusted_word, 100));
                Text::new(
                    format!(
                        "{what} 「{word}」は規則に書けない文字を含みます。英数字と . _ - だけを使ってください。"
                    ),
                    format!(
                        "{what} \"{word}\" has characters that cannot stand in a rule. Use letters, digits, . _ - only."
                    ),
                )
            }
            Self::Unknown { flow, name } => Text::new(
                format!(
                    "許可通信 {flow} の「{name}」は定義されていません。sekimori check で確認してください。"
                ),
                format!("flow {flow} names \"{name}\", which is not defined. Run sekimori check."),
            ),
            Self::User { name } => Text::new(
                format!(
                    "利用者 {name} がこの機器にありません。次で作成してください: useradd --system --no-create-home --shell /usr/sbin/nologin {name} (または sysusers.d に「u {name} -」)"
                ),
                format!(
                    "user {name} does not exist on this machine. Create it: useradd --system --no-create-home --shell /usr/sbin/nologin {name} (or in sysusers.d: u {name} -)"
                ),
            ),
            Self::NoNft => Text::new(
                "nft が見つかりません。apt install nftables を実行してください。規則は変更していません。",
                "nft was not found. Run apt install nftables. No rule was changed.",
            ),
            Self::Nft {
                doing,
                untrusted_said,
            } => {
                let said =
                    escape_hostile(&bounded(untrusted_said.trim(), 600)).replace("\\u{a}", "\n  ");
                Text::new(
                    format!(
                        "nft の処理 ({doing}) に失敗しました (root で実行していますか):\n  {said}"
                    ),
                    format!("nft failed ({doing}); are you root?\n  {said}"),
                )
            }
            Self::NotAsWritten(drift) => Text::new(
                format!(
                    "カーネルから読み戻した規則が書き込んだものと違います。転送は停止しました。\n{drift}"
                ),
                format!(
                    "the rules read back from the kernel are not those written. Forwarding is off.\n{drift}"
                ),
            ),
            Self::File { path, reason } => {
                let path = escape_hostile(path);
                Text::new(
                    format!("{path} を読み書きできません: {reason}"),
                    format!("cannot read or write {path}: {reason}"),
                )
            }
            Self::Configuration(text) | Self::LockedOut(text) => text.clone(),
            Self::OnTrial { revision, until } => Text::new(
                format!(
                    "改訂 {revision} は試行中です (期限 {until})。先に sekimori confirm で確定するか、sekimori rollback で元に戻してください。何も変更していません。"
                ),
                format!(
                    "revision {revision} is on trial (until {until}). First keep it with sekimori confirm, or take it back with sekimori rollback. Nothing was changed."
                ),
            ),
            Self::NoTrial => Text::new(
                "試行中の改訂はありません (期限切れの場合は、すでに前の改訂に戻っています)。sekimori status で確認してください。",
                "no revision is on trial (if its time was over, the one before is back already). See sekimori status.",
            ),
            Self::TooMany => Text::new(
                format!(
                    "許可通信が広がりすぎます: 重なりを切り分けると、規則の要素が {ELEMENTS} を超えます。一台ずつではなくプレフィックスで書き、重なりとサービスを減らしてください。規則は変更していません。"
                ),
                format!(
                    "the allow-list spreads too far: with overlaps cut apart it makes more than {ELEMENTS} elements. Write prefixes instead of single hosts, overlap less, allow fewer services. No rule was changed."
                ),
            ),
            Self::NoRole => Text::new(
                "segment ロールが動いていないため、試行 (--confirm-within) はできません。期限に元に戻す者がいないからです。ロールを起動するか、--confirm-within なしで適用してください。規則は変更していません。",
                "the segment role does not run, so nobody would take a trial (--confirm-within) back at its end. Start the role, or apply without it. No rule was changed.",
            ),
            Self::NothingEarlier {
                current: Some(current),
            } => Text::new(
                format!(
                    "改訂 {current} より前に確定された改訂はありません。何も変更していません。"
                ),
                format!("no revision before {current} was ever confirmed. Nothing was changed."),
            ),
            Self::NothingEarlier { current: None } => Text::new(
                "確定された改訂はまだありません。何も変更していません。",
                "no revision was confirmed yet. Nothing was changed.",
            ),
            Self::NoRevision { wanted } => Text::new(
                format!(
                    "改訂 {wanted} はありません。sekimori revisions で一覧を確認してください。"
                ),
                format!("there is no revision {wanted}. See sekimori revisions."),
            ),
            Self::Damaged { revision, what } => Text::new(
                format!(
                    "改訂 {revision} が保存時と違います ({what})。使用しません。別の改訂に戻してください。"
                ),
                format!(
                    "revision {revision} is not what was stored ({what}). It is not used; roll back to another."
                ),
            ),
            Self::NoRecord(reason) => Text::new(
                format!("監査記録に書けないため、何も変更していません: {reason}"),
                format!("the audit record cannot be written, so nothing was changed: {reason}"),
            ),
            Self::CutUnrecorded(why) => Text::new(
                format!("遮断は有効ですが、監査記録に書けません: {}", why.ja),
                format!(
                    "the cut is in force, but it could not be recorded: {}",
                    why.en
                ),
            ),
            Self::CutNotKept(why) => Text::new(
                format!(
                    "遮断は有効ですが、保存できないため segment の再起動で失われます。電源を切らず、もう一度 sekimori cut を実行してください: {}",
                    why.ja
                ),
                format!(
                    "the cut is in force, but it could not be written down and would be lost with a restart of the segment role. Leave the box running and run sekimori cut again: {}",
                    why.en
                ),
            ),
            Self::Busy => Text::new(
                "別の apply または rollback が実行中です。終わってからやり直してください。",
                "another apply or rollback is running. Try again when it has ended.",
            ),
            Self::World { doing, reason } => {
                let reason = escape_hostile(&bounded(reason, 400));
                Text::new(
                    format!(
                        "検査用の名前空間を用意できません ({doing}): {reason}。root で実行していますか"
                    ),
                    format!(
                        "the probe's own namespaces cannot be made ({doing}): {reason}; are you root?"
                    ),
                )
            }
            Self::Control(reason) => {
                let reason = escape_hostile(&bounded(reason, 400));
                Text::new(
                    format!("segment との制御通信に失敗しました: {reason}"),
                    format!("talking to the segment role failed: {reason}"),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_user_is_told_with_the_command_that_mends_it() {
        let text = SegmentError::User {
            name: "sekimori-mail".into(),
        }
        .text();
        assert!(text.en.contains("useradd --system"));
        assert!(text.ja.contains("useradd --system"));
    }
}

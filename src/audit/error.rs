//! Why the record cannot be written or read, in words.

use std::io;
use std::path::{Path, PathBuf};

use crate::policy::text::Text;

/// What went wrong with a chain. Whoever gets one from `append` does not go
/// on: mail is answered 4xx, delivery waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditError {
    /// A role name that cannot stand in a path.
    Role(String),
    /// A file or folder cannot be opened, made or read.
    Open {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Another process writes this chain.
    Locked(PathBuf),
    /// The last file does not hold together; nothing is appended to it.
    Broken {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
    },
    /// A line is not on the disk; the chain stands as before.
    Write {
        /// File.
        path: PathBuf,
        /// The system's reason.
        reason: String,
        /// The disk is full.
        full: bool,
    },
}

impl AuditError {
    pub(super) fn open(path: &Path, error: &io::Error) -> Self {
        Self::Open {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    pub(super) fn write(path: &Path, error: &io::Error) -> Self {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        );
        Self::Write {
            path: path.to_owned(),
            reason: error.to_string(),
            full,
        }
    }

    /// What, where, and what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Role(name) => Text::new(
                format!(
                    "記録のロール名「{name}」は使えません。英小文字・数字・- で書いてください。"
                ),
                format!("\"{name}\" cannot name a record: use lower-case letters, digits and -."),
            ),
            Self::Open { path, reason } => Text::new(
                format!(
                    "監査記録 {} を開けません（{reason}）。権限とディスクを確認してください。",
                    path.display()
                ),
                format!(
                    "cannot open the audit record {} ({reason}): check permissions and disk.",
                    path.display()
                ),
            ),
            Self::Locked(path) => Text::new(
                format!(
                    "監査記録 {} は別のプロセスが書き込み中です。二重起動していないか確認してください。",
                    path.display()
                ),
                format!(
                    "the audit record {} is being written by another process: is the role running twice?",
                    path.display()
                ),
            ),
            Self::Broken { path, line } => Text::new(
                format!(
                    "監査記録 {} の {line} 行目で連鎖が切れています。書き足しません。`sekimori audit verify` で調べ、フォルダーを保全してから別名に移してください（新しい連鎖が始まります）。",
                    path.display()
                ),
                format!(
                    "the audit chain breaks at {}:{line}; nothing is appended. Examine it with `sekimori audit verify`, secure the folder, then move it aside (a new chain begins).",
                    path.display()
                ),
            ),
            Self::Write {
                path,
                reason,
                full: true,
            } => Text::new(
                format!(
                    "監査記録 {} を書けません: ディスクがいっぱいです（{reason}）。空きを作ってください。記録なしの配送はしません。",
                    path.display()
                ),
                format!(
                    "cannot write the audit record {}: the disk is full ({reason}). Make room; nothing is delivered without a record.",
                    path.display()
                ),
            ),
            Self::Write {
                path,
                reason,
                full: false,
            } => Text::new(
                format!(
                    "監査記録 {} を書けません（{reason}）。記録なしの配送はしません。",
                    path.display()
                ),
                format!(
                    "cannot write the audit record {} ({reason}). Nothing is delivered without a record.",
                    path.display()
                ),
            ),
        }
    }
}

impl std::fmt::Display for AuditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for AuditError {}

//! Why something was refused: a closed set, each with its code and its words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use crate::policy::text::Text;

/// Why something was withheld; the `reason` of interface.md section 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Needs a password.
    Encrypted,
    /// Breaks its format's rules, or two readers could differ on it.
    Malformed,
    /// A limit of `Limits` was reached.
    OverBudget,
    /// The verifier did not accept the rebuilt bytes.
    Residue,
    /// No treatment exists in this version.
    Unsupported,
    /// A kind that never passes.
    Forbidden,
    /// The worker died, hung or lied.
    WorkerLost,
    /// The office stage is needed, and LibreOffice is not on this machine.
    NotInstalled,
}

impl Refusal {
    /// The code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Malformed => "malformed",
            Self::OverBudget => "over-budget",
            Self::Residue => "residue",
            Self::Unsupported => "unsupported",
            Self::Forbidden => "forbidden",
            Self::WorkerLost => "worker-lost",
            Self::NotInstalled => "not-installed",
        }
    }

    /// The reason in words for staff.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Encrypted => Text::new(
                "暗号化（パスワード付き）のため中身を確認できません",
                "encrypted or password-protected, so its content cannot be checked",
            ),
            Self::Malformed => Text::new(
                "形式が壊れているか不正です",
                "damaged, or not what its format allows",
            ),
            Self::OverBudget => Text::new(
                "大きさや複雑さが上限を超えました",
                "larger or more complex than the limits allow",
            ),
            Self::Residue => Text::new(
                "無害化後の検証に合格しませんでした",
                "the converted file did not pass verification",
            ),
            Self::Unsupported => Text::new(
                "この形式の無害化には対応していません",
                "this format cannot be converted yet",
            ),
            Self::Forbidden => Text::new(
                "実行できる形式など、危険なものは受け取れません",
                "programs, scripts and the like are never passed on",
            ),
            Self::WorkerLost => Text::new(
                "変換処理が異常終了したため保留しました",
                "the conversion stopped abnormally, so it is withheld",
            ),
            Self::NotInstalled => Text::new(
                "この変換に必要な LibreOffice がこの機器にありません",
                "this conversion needs LibreOffice, which this machine does not have",
            ),
        }
    }
}

/// Calls another's code that is known to stumble over some bytes a stranger
/// wrote (changed files found them): then these are malformed, and the worker
/// is not lost.
///
/// # Errors
/// `Malformed` where it stumbled.
pub(super) fn stumbling<T>(call: impl FnOnce() -> T) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Refusal::Malformed)
}

//! Budgets on everything a stranger controls. None can be unlimited: every
//! value has a hard ceiling, and hitting a limit withholds (treatments.md).

use serde::{Deserialize, Serialize};

/// Limits for one job, one file or one mail. Sizes in bytes, times in
/// seconds. Built by `policy::load`, which refuses values above the ceiling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Wall-clock and CPU seconds for one worker.
    pub file_seconds: u32,
    /// Seconds for all workers of one mail in sum.
    pub mail_seconds: u32,
    /// Pages of one document.
    pub pages: u32,
    /// Pixels of one image, in millions.
    pub megapixels: u32,
    /// MIME nesting inside one message (RFC 2046 multipart).
    pub mime_depth: u32,
    /// Containers and messages inside each other.
    pub nesting: u32,
    /// Entries of one container.
    pub entries: u32,
    /// Expanded size over stored size, judged above 1 MiB.
    pub ratio: u32,
    /// Expanded bytes of one mail in sum.
    pub expanded_bytes: u64,
    /// Address space of a worker.
    pub memory_bytes: u64,
    /// Address space of a worker that renders pages.
    pub render_memory_bytes: u64,
    /// MIME parts of one message.
    pub parts: u32,
    /// Header fields of one message.
    pub headers: u32,
    /// Bytes of all header fields of one message.
    pub header_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_seconds: 30,
            mail_seconds: 120,
            pages: 300,
            megapixels: 100,
            mime_depth: 20,
            nesting: 5,
            entries: 2_000,
            ratio: 200,
            expanded_bytes: 512 << 20,
            memory_bytes: 256 << 20,
            render_memory_bytes: 1 << 30,
            parts: 500,
            headers: 1_000,
            header_bytes: 256 << 10,
        }
    }
}

impl Limits {
    /// What no configuration can exceed.
    #[must_use]
    pub fn ceiling() -> Self {
        Self {
            file_seconds: 300,
            mail_seconds: 1_200,
            pages: 3_000,
            megapixels: 400,
            mime_depth: 100,
            nesting: 10,
            entries: 20_000,
            ratio: 1_000,
            expanded_bytes: 4 << 30,
            memory_bytes: 2 << 30,
            render_memory_bytes: 4 << 30,
            parts: 5_000,
            headers: 5_000,
            header_bytes: 1 << 20,
        }
    }
}

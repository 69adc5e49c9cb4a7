//! What passes between a client and the sandbox role on a `SOCK_SEQPACKET`
//! connection, beside four descriptors (job, input, output, reply). The role
//! reads these few numbers and nothing else: the job is the worker's to read.

use serde::{Deserialize, Serialize};

use crate::policy::Limits;
use crate::sanitise::Fonts;
use crate::sanitise::stage::Conversion;

/// Limits of one worker. The server holds them under the hard ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Wall-clock and CPU seconds.
    pub seconds: u32,
    /// Address space, bytes.
    pub memory_bytes: u64,
    /// Largest output, bytes.
    pub file_bytes: u64,
    /// Whether it draws text and so needs the fallback fonts.
    pub fonts: bool,
    /// What the office stage is to make of the input, where it is that and not
    /// a worker that is asked for.
    pub office: Option<Conversion>,
}

/// Status of a process that could not confine itself, and so did nothing.
pub const NOT_CONFINED: i32 = 70;

impl Order {
    /// An order for the office stage: it has the memory of what shows pages.
    #[must_use]
    pub fn office(conversion: Conversion, limits: &Limits) -> Self {
        Self {
            office: Some(conversion),
            ..Self::new(limits, true, false)
        }
    }

    /// The order a policy's limits amount to.
    #[must_use]
    pub fn new(limits: &Limits, renders: bool, fonts: bool) -> Self {
        let memory_bytes = if renders {
            limits.render_memory_bytes
        } else {
            limits.memory_bytes
        };
        Self {
            seconds: limits.file_seconds,
            memory_bytes,
            file_bytes: limits.expanded_bytes,
            fonts,
            office: None,
        }
    }

    /// This order, with the address space that the mapped fonts take on top.
    #[must_use]
    pub fn beside(self, fonts: &Fonts) -> Self {
        let mapped: usize = [&fonts.mincho, &fonts.gothic]
            .into_iter()
            .flatten()
            .map(|(file, _)| (**file).as_ref().len())
            .sum();
        let mapped = u64::try_from(mapped).unwrap_or_default();
        Self {
            memory_bytes: self.memory_bytes.saturating_add(mapped),
            ..self
        }
    }

    /// This order, held under the ceiling that no configuration exceeds.
    #[must_use]
    pub fn under_ceiling(self) -> Self {
        let ceiling = Limits::ceiling();
        Self {
            seconds: self.seconds.clamp(1, ceiling.file_seconds),
            memory_bytes: self.memory_bytes.min(ceiling.render_memory_bytes),
            file_bytes: self.file_bytes.min(ceiling.expanded_bytes),
            fonts: self.fonts,
            office: self.office,
        }
    }
}

/// How a worker ended. Only `Exited(0)` is followed by a look at its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Ended {
    /// With this status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
    /// By us: its time was over.
    Overtime,
    /// Never began: the machine could not give it a process or an id.
    NotStarted,
}

/// First message of every connection, from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    /// The confinement that a probe worker reached when the server began.
    pub confinement: String,
    /// Whether a CJK font is there for text without an embedded one.
    pub fonts: bool,
    /// Whether there is an office stage.
    pub office: bool,
}

/// The longest message either side sends.
pub const LONGEST_MESSAGE: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_can_never_be_unlimited() {
        let greedy = Order {
            seconds: u32::MAX,
            memory_bytes: u64::MAX,
            file_bytes: u64::MAX,
            fonts: true,
            office: None,
        };
        let ceiling = Limits::ceiling();
        assert_eq!(
            greedy.under_ceiling(),
            Order {
                seconds: ceiling.file_seconds,
                memory_bytes: ceiling.render_memory_bytes,
                file_bytes: ceiling.expanded_bytes,
                fonts: true,
                office: None,
            }
        );
    }
}

//! The daemon: one file per OS process. Each starts with its privileges
//! dropped in view, then its loop. Where there is no systemd, `supervisor`
//! starts and restarts them all.
//!
//! ```text
//! supervisor --spawn--> segment (NET_ADMIN)   mail (none)   sandbox (forks workers)
//! ```

pub mod control;
pub mod mail;
pub mod privileges;
pub mod sandbox;
pub mod segment;
pub mod supervisor;

pub use control::{ask, ask_within};

use std::path::PathBuf;

use crate::policy::text::Text;

/// What a process of the daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Rules in the kernel.
    Segment,
    /// Mail in, mail out.
    Mail,
    /// Workers.
    Sandbox,
}

impl Role {
    /// All roles of this version, in starting order.
    pub const ALL: [Self; 3] = [Self::Segment, Self::Sandbox, Self::Mail];

    /// Its name on the command line, in units, sockets and the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Mail => "mail",
            Self::Sandbox => "sandbox",
        }
    }

    /// The user it runs as; part of the contract (the output chain allows
    /// the box's own traffic by it).
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::Segment => "sekimori-segment",
            Self::Mail => "sekimori-mail",
            Self::Sandbox => "root",
        }
    }
}

/// Where a role finds its things.
#[derive(Clone, Debug)]
pub struct Places {
    /// `--config`: credentials of a box without systemd are below it. No
    /// role reads the configuration itself there, only revisions.
    pub config: PathBuf,
    /// `--state`
    pub state: PathBuf,
    /// Control sockets.
    pub runtime: PathBuf,
}

/// Why a role did not start or ended.
#[derive(Debug)]
pub struct RunError(pub Text);

impl RunError {
    /// From a step and what the system said.
    pub fn system(what_ja: &str, what_en: &str, error: impl std::fmt::Display) -> Self {
        Self(Text::new(
            format!("{what_ja}: {error}"),
            format!("{what_en}: {error}"),
        ))
    }
}

//! Revisions of the configuration on disk: `<state>/revisions/<n>/`, never
//! changed once written, and `current`, a link that is switched by rename.
//!
//! ```text
//! <n>/config/…        the configuration as it was checked
//! <n>/ruleset.nft     the rules it gave on that day
//! <n>/policy.sha256   digest of the configuration
//! <n>/meta.json       schema, who, when, which flows
//! <n>/in-force        made when it was confirmed for the first time
//! ```
//!
//! Roles read the revision that holds now, and nothing else. A number is never
//! given twice, also when its apply failed.

mod now;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use crate::policy::SCHEMA;

use super::change::Prepared;
use super::configuration::Configuration;
use super::error::SegmentError;

/// Who made a revision, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Schema, 1.
    pub schema: u32,
    /// Number.
    pub revision: u64,
    /// Who applied it first.
    pub by: String,
    /// When, UTC.
    pub at: Timestamp,
    /// SHA-256 (hex) of the configuration.
    pub policy: String,
    /// SHA-256 (hex) of the rule set text on that day.
    pub ruleset: String,
    /// Ids of its flows.
    pub flows: BTreeSet<String>,
}

/// Marks a revision that was confirmed once.
const IN_FORCE: &str = "in-force";

/// The folder of revisions.
#[derive(Clone, Debug)]
pub struct Revisions {
    root: PathBuf,
}

/// Held while something changes: one apply or rollback at a time.
#[derive(Debug)]
pub struct Change {
    _lock: Flock<File>,
}

impl Revisions {
    /// The revisions under `state`. Reads nothing yet.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self {
            root: state.join("revisions"),
        }
    }

    /// Takes the lock for a change, without waiting.
    ///
    /// # Errors
    /// `Busy`, or the folder cannot be made.
    pub fn change(&self) -> Result<Change, SegmentError> {
        fs::create_dir_all(&self.root).map_err(SegmentError::file(&self.root))?;
        let path = self.root.join(".lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(SegmentError::file(&path))?;
        // Roles look whether a change is under way, whatever root's umask is.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))
            .map_err(SegmentError::file(&path))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Change { _lock: lock }),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Err(SegmentError::Busy),
            Err((_, errno)) => Err(SegmentError::file(&path)(errno.into())),
        }
    }

    /// All numbers, ascending. No folder means none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn numbers(&self) -> Result<Vec<u64>, SegmentError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(SegmentError::file(&self.root)(error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let entry = entry.map_err(SegmentError::file(&self.root))?;
            numbers.extend(
                entry
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<u64>().ok()),
            );
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Writes the next revision; it is not in force yet. Durable on return.
    ///
    /// # Errors
    /// The disk.
    pub fn store(
        &self,
        _change: &Change,
        prepared: &Prepared,
        by: &str,
        at: Timestamp,
    ) -> Result<Meta, SegmentError> {
        let revision = self
            .numbers()?
            .last()
            .copied()
            .unwrap_or(0)
            .saturating_add(1);
        let ruleset = prepared.ruleset.to_string();
        let meta = Meta {
            schema: SCHEMA,
            revision,
            by: by.to_owned(),
            at,
            policy: prepared.configuration.sha256(),
            ruleset: sha256(ruleset.as_bytes()),
            flows: prepared
                .policy
                .flows
                .iter()
                .map(|flow| flow.id.clone())
                .collect(),
        };
        let making = self.root.join(".making");
        if making.exists() {
            fs::remove_dir_all(&making).map_err(SegmentError::file(&making))?; // of an apply that died
        }
        for (path, text) in prepared.configuration.files() {
            write_durably(&making.join("config").join(path), text.as_bytes())?;
        }
        write_durably(&making.join("ruleset.nft"), ruleset.as_bytes())?;
        write_durably(
            &making.join("policy.sha256"),
            format!("{}\n", meta.policy).as_bytes(),
        )?;
        let json = serde_json::to_vec_pretty(&meta).map_err(|error| SegmentError::File {
            path: "meta.json".into(),
            reason: error.to_string(),
        })?;
        write_durably(&making.join("meta.json"), &json)?;
        let place = self.root.join(revision.to_string());
        fs::rename(&making, &place).map_err(SegmentError::file(&place))?;
        sync(&self.root)?;
        Ok(meta)
    }

    /// Whether it was ever confirmed. One that was only on trial was not.
    #[must_use]
    pub fn was_in_force(&self, revision: u64) -> bool {
        self.root.join(revision.to_string()).join(IN_FORCE).exists()
    }

    /// Flow ids that were in force once and are not now: never used again.
    /// Each revision carries the list of its day, so that an old one whose
    /// note is damaged keeps nobody from applying.
    ///
    /// # Errors
    /// The confirmed revision's own note cannot be read.
    pub fn retired(&self) -> Result<BTreeSet<String>, SegmentError> {
        let mut ids = BTreeSet::new();
        for revision in self
            .numbers()?
            .into_iter()
            .filter(|revision| self.was_in_force(*revision))
        {
            ids.extend(self.meta(revision).into_iter().flat_map(|meta| meta.flows));
        }
        if let Some(current) = self.confirmed()? {
            let carried = Configuration::read(&self.root.join(current.to_string()).join("config"));
            ids.extend(
                carried
                    .iter()
                    .flat_map(|old| old.sources().retired().clone()),
            );
            for id in self.meta(current)?.flows {
                ids.remove(&id);
            }
        }
        Ok(ids)
    }

    /// Who and when.
    ///
    /// # Errors
    /// No such revision, or its note is damaged.
    pub fn meta(&self, revision: u64) -> Result<Meta, SegmentError> {
        let path = self.root.join(revision.to_string()).join("meta.json");
        let bytes = fs::read(&path).map_err(|_| SegmentError::NoRevision {
            wanted: revision.to_string(),
        })?;
        let damaged = |what: String| SegmentError::Damaged { revision, what };
        let meta: Meta = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(format!("meta.json: {error}")))?;
        if meta.schema == SCHEMA && meta.revision == revision {
            Ok(meta)
        } else {
            Err(damaged("meta.json: schema or number".to_owned()))
        }
    }

    /// The configuration of a revision, as it was stored.
    ///
    /// # Errors
    /// No such revision, unreadable, or not what was stored.
    pub fn configuration(&self, revision: u64) -> Result<Configuration, SegmentError> {
        let meta = self.meta(revision)?;
        let configuration =
            Configuration::read(&self.root.join(revision.to_string()).join("config"))?;
        if configuration.sha256() == meta.policy {
            Ok(configuration)
        } else {
            Err(SegmentError::Damaged {
                revision,
                what: "config".to_owned(),
            })
        }
    }
}

/// SHA-256, hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    crate::policy::text::hex(&Sha256::digest(bytes))
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), SegmentError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(SegmentError::file(folder))?;
    let mut file = File::create(path).map_err(SegmentError::file(path))?;
    // Roles read revisions as users of their own, whatever root's umask is.
    let readable = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    readable(folder, 0o755)
        .and_then(|()| readable(path, 0o644))
        .map_err(SegmentError::file(path))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(SegmentError::file(path))?;
    sync(folder)
}

fn sync(folder: &Path) -> Result<(), SegmentError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(SegmentError::file(folder))
}

#[cfg(test)]
mod tests {
    use crate::policy::Sources;
    use crate::segment::compile::deny_all;
    use crate::segment::configuration::Purpose;

    use super::*;

    fn prepared(flow: &str) -> Prepared {
        let sources = Sources::new([("sekimori.toml", "schema = 1\n"), ("flows.d/a.toml", flow)]);
        let sample = [
            ("sekimori.toml", include_str!("../../config/sekimori.toml")),
            (
                "flows.d/mail.toml",
                include_str!("../../config/flows.d/mail.toml"),
            ),
        ];
        let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let (mut policy, _) = Configuration::of(Sources::new(sample))
            .policy(Purpose::Change, now)
            .unwrap();
        policy.flows.retain(|known| known.id == flow);
        Prepared {
            configuration: Configuration::of(sources),
            policy,
            ruleset: deny_all(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_revision_is_kept_and_a_changed_one_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        assert_eq!(
            (revisions.numbers().unwrap(), revisions.current().unwrap()),
            (vec![], None)
        );
        let change = revisions.change().unwrap();
        assert!(matches!(revisions.change(), Err(SegmentError::Busy)));
        let one = prepared("inbound-mail");
        let meta = revisions
            .store(&change, &one, "root", Timestamp::UNIX_EPOCH)
            .unwrap();
        assert_eq!((meta.revision, revisions.current().unwrap()), (1, None));
        revisions.make_current(&change, 1).unwrap();
        revisions
            .store(&change, &one, "root", Timestamp::UNIX_EPOCH)
            .unwrap();
        assert!(!revisions.was_in_force(2));
        revisions.make_current(&change, 2).unwrap();
        revisions.make_current(&change, 1).unwrap();
        assert_eq!(
            (revisions.numbers().unwrap(), revisions.current().unwrap()),
            (vec![1, 2], Some(1))
        );
        assert_eq!(revisions.configuration(1).unwrap(), one.configuration);
        assert!(matches!(
            revisions.make_current(&change, 3),
            Err(SegmentError::NoRevision { .. })
        ));
        fs::write(state.path().join("revisions/1/config/flows.d/a.toml"), "x").unwrap();
        assert!(matches!(
            revisions.configuration(1),
            Err(SegmentError::Damaged { .. })
        ));
    }

    #[test]
    fn an_id_that_was_in_force_and_is_gone_is_retired_until_a_rollback() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        let change = revisions.change().unwrap();
        for flow in ["inbound-mail", "deliver-mail"] {
            revisions
                .store(&change, &prepared(flow), "root", Timestamp::UNIX_EPOCH)
                .unwrap();
        }
        revisions.make_current(&change, 1).unwrap();
        assert!(revisions.retired().unwrap().is_empty());
        revisions.make_current(&change, 2).unwrap();
        assert!(revisions.retired().unwrap().contains("inbound-mail"));
        revisions.make_current(&change, 1).unwrap();
        assert!(!revisions.retired().unwrap().contains("inbound-mail"));
    }

    #[test]
    fn a_damaged_note_of_old_keeps_nobody_from_applying_and_its_ids_stay_retired() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        let change = revisions.change().unwrap();
        for (number, flow) in [
            (1, "inbound-mail"),
            (2, "deliver-mail"),
            (3, "deliver-mail"),
        ] {
            let mut prepared = prepared(flow);
            let retired = revisions.retired().unwrap();
            prepared.configuration = prepared.configuration.with_retired(retired);
            revisions
                .store(&change, &prepared, "root", Timestamp::UNIX_EPOCH)
                .unwrap();
            revisions.make_current(&change, number).unwrap();
        }
        fs::write(state.path().join("revisions/1/meta.json"), "").unwrap();
        assert_eq!(
            revisions.retired().unwrap(),
            BTreeSet::from(["inbound-mail".to_owned()])
        );
    }
}

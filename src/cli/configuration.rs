//! The configuration folder, from disk into the pure room. Used on
//! `/etc/sekimori` by `check`, `plan`, `apply` and `explain`, and on a
//! revision's folder by the roles.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::policy::source::{Damage, MAIN, Sources};
use crate::policy::text::{Text, escape_hostile};
use crate::policy::{Diagnostic, Facts, Policy, load};

/// Largest configuration file, bytes: ten thousand flows fit twice.
const LARGEST: u64 = 16 << 20;
/// Most files in `flows.d/`.
const FILES: usize = 2_000;
/// In a revision's folder: ids of flows that are gone, one a line (E05).
pub const RETIRED: &str = "retired-flows";

/// Why nothing of the folder could be read.
#[derive(Debug)]
pub enum Unreadable {
    /// There is no such folder.
    Missing(PathBuf),
    /// It is something else than a folder.
    NotAFolder(PathBuf),
    /// The system refused.
    Denied(PathBuf, std::io::Error),
    /// More files than anybody reviews.
    TooMany(PathBuf),
}

impl Unreadable {
    /// What, where, what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        let shown = |path: &Path| escape_hostile(&path.to_string_lossy());
        match self {
            Self::Missing(path) => Text::new(
                format!(
                    "設定フォルダ {} がありません。--config で指定してください (見本は config/)",
                    shown(path)
                ),
                format!(
                    "there is no configuration folder {}; name it with --config (config/ is a sample)",
                    shown(path)
                ),
            ),
            Self::NotAFolder(path) => Text::new(
                format!(
                    "{} はフォルダではありません。sekimori.toml のあるフォルダを --config で指定してください",
                    shown(path)
                ),
                format!(
                    "{} is not a folder; --config names the folder that holds sekimori.toml",
                    shown(path)
                ),
            ),
            Self::Denied(path, error) => Text::new(
                format!(
                    "{} を読めません ({error})。権限を確かめてください",
                    shown(path)
                ),
                format!(
                    "{} cannot be read ({error}); check its permissions",
                    shown(path)
                ),
            ),
            Self::TooMany(path) => Text::new(
                format!("{} のファイルが {FILES} を超えています", shown(path)),
                format!("{} holds more than {FILES} files", shown(path)),
            ),
        }
    }
}

/// Reads `sekimori.toml` and `flows.d/*.toml` of `folder`. A file that cannot
/// be read, or is not UTF-8, becomes a diagnostic and hides no other.
///
/// # Errors
/// Where the folder as a whole cannot be read.
pub fn read(folder: &Path) -> Result<Sources, Unreadable> {
    let denied = |path: &Path| {
        let path = path.to_owned();
        move |error| Unreadable::Denied(path, error)
    };
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(Unreadable::NotAFolder(folder.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Unreadable::Missing(folder.to_owned()));
        }
        Err(error) => return Err(denied(folder)(error)),
    }
    // Lists before it looks: a folder without the right to enter it must not
    // look like a folder without files.
    fs::read_dir(folder).map_err(denied(folder))?;
    let mut sources = Sources::default();
    let main = folder.join(MAIN);
    if main.symlink_metadata().is_ok() {
        add(&mut sources, MAIN, &main);
    }
    let flows = folder.join("flows.d");
    let names = match fs::read_dir(&flows) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(denied(&flows))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(denied(&flows)(error)),
    };
    if names.len() > FILES {
        return Err(Unreadable::TooMany(flows));
    }
    for name in names {
        let shown = name.to_string_lossy();
        if shown.ends_with(".toml") && !shown.starts_with('.') {
            add(
                &mut sources,
                &format!("flows.d/{shown}"),
                &flows.join(&name),
            );
        }
    }
    let retired = folder.join(RETIRED);
    match fs::read_to_string(&retired) {
        Ok(ids) => Ok(sources.with_retired(ids.lines().map(str::to_owned))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(sources),
        Err(error) => Err(denied(&retired)(error)),
    }
}

fn add(sources: &mut Sources, name: &str, path: &Path) {
    match bytes(path) {
        Ok(bytes) => sources.push_bytes(name, &bytes),
        Err(damage) => sources.push_damaged(name, damage),
    }
}

/// Only regular files: a device or a pipe would never end.
fn bytes(path: &Path) -> Result<Vec<u8>, Damage> {
    let unreadable = |error: std::io::Error| Damage::Unreadable(error.to_string());
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Damage::Unreadable("not a regular file".to_owned()));
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > LARGEST {
        Err(Damage::TooLarge(size))
    } else {
        Ok(bytes)
    }
}

/// Why there is no policy.
#[derive(Debug)]
pub enum NoPolicy {
    /// The folder cannot be read.
    Unreadable(Unreadable),
    /// It was read, and there are mistakes in it (warnings among them).
    Mistakes(Vec<Diagnostic>),
}

/// Reads and loads `folder` in one step, with its sources and warnings.
///
/// # Errors
/// See `NoPolicy`.
pub fn policy(
    folder: &Path,
    facts: &Facts,
) -> Result<(Sources, Policy, Vec<Diagnostic>), NoPolicy> {
    let sources = read(folder).map_err(NoPolicy::Unreadable)?;
    let (policy, warnings) = load(&sources, facts).map_err(NoPolicy::Mistakes)?;
    Ok((sources, policy, warnings))
}

/// Facts for somebody who edits: the moment, nothing of the machine, since
/// the file may be checked on another one.
#[must_use]
pub fn now() -> Facts {
    Facts::at(Timestamp::now())
}

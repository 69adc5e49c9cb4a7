//! Files of the configuration are replaced whole or not at all: temporary
//! file beside it, owner and mode of the old one, fsync, rename, fsync of the
//! folder. A file that somebody else changed meanwhile is left alone.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::policy::Sources;
use crate::policy::text::{Text, escape_hostile};

/// One file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Path relative to the configuration folder.
    pub path: String,
    /// As it was read; none where it is new.
    pub before: Option<String>,
    /// As it will be.
    pub after: String,
}

/// The configuration as it will be.
#[must_use]
pub fn applied(sources: &Sources, replacements: &[Replacement]) -> Sources {
    let new = |path: &str| replacements.iter().find(|new| new.path == path);
    let kept = sources.files().iter().map(|file| {
        let text = new(&file.path).map_or(&file.text, |new| &new.after);
        (file.path.clone(), text.clone())
    });
    let added = replacements.iter().filter(|new| new.before.is_none());
    let added = added.map(|new| (new.path.clone(), new.after.clone()));
    Sources::new(kept.chain(added).collect::<Vec<_>>())
        .with_retired(sources.retired().iter().cloned())
}

/// The difference, as people and `patch` read it.
#[must_use]
pub fn difference(replacements: &[Replacement]) -> String {
    let one = |new: &Replacement| {
        let before = new.before.as_deref().unwrap_or_default();
        let old = if new.before.is_some() {
            &new.path
        } else {
            "/dev/null"
        };
        let shown = similar::TextDiff::from_lines(before, &new.after)
            .unified_diff()
            .context_radius(3)
            .header(old, &new.path)
            .to_string();
        shown
            .lines()
            .map(|line| format!("{}\n", escape_hostile(line)))
            .collect::<String>()
    };
    replacements.iter().map(one).collect()
}

/// Replaces all of them, or none.
///
/// # Errors
/// What failed, where, and how the files stand now.
pub fn replace(folder: &Path, replacements: &[Replacement]) -> Result<(), Text> {
    let mut ready = Vec::new();
    for new in replacements {
        ready.push(prepare(folder, new).map_err(|error| failed(&new.path, &error))?);
    }
    for (index, one) in ready.into_iter().enumerate() {
        let path = one.target.clone();
        if let Err(error) = one.commit() {
            for (undone, new) in replacements.iter().take(index).enumerate() {
                let back = Replacement {
                    path: new.path.clone(),
                    before: Some(new.after.clone()),
                    after: new.before.clone().unwrap_or_default(),
                };
                let restored = prepare(folder, &back).and_then(Ready::commit);
                if let Err(worse) = restored {
                    return Err(half(
                        replacements.get(undone).map_or("", |new| &new.path),
                        &worse,
                    ));
                }
            }
            return Err(failed(&path.display().to_string(), &error));
        }
    }
    Ok(())
}

/// Written and durable, not yet in its place.
struct Ready {
    file: NamedTempFile,
    target: PathBuf,
    new: bool,
}

impl Ready {
    fn commit(self) -> io::Result<()> {
        let folder = self.target.parent().unwrap_or(Path::new(".")).to_owned();
        if self.new {
            self.file.persist_noclobber(&self.target)?;
        } else {
            self.file.persist(&self.target)?;
        }
        File::open(folder)?.sync_all()
    }
}

fn prepare(folder: &Path, new: &Replacement) -> io::Result<Ready> {
    let named = folder.join(&new.path);
    let (target, like) = match &new.before {
        Some(before) => {
            let target = fs::canonicalize(&named)?; // a link stays a link
            if fs::read(&target)? != before.as_bytes() {
                return Err(io::Error::other(
                    "changed meanwhile / 編集中に別の変更がありました",
                ));
            }
            (target.clone(), target)
        }
        None => {
            if let Some(parent) = named.parent() {
                fs::create_dir_all(parent)?;
            }
            (named, folder.join(crate::policy::source::MAIN))
        }
    };
    let parent = target.parent().unwrap_or(Path::new("."));
    // A name with a dot in front is never read as configuration.
    let mut file = tempfile::Builder::new()
        .prefix(".sekimori-")
        .suffix(".new")
        .tempfile_in(parent)?;
    file.write_all(new.after.as_bytes())?;
    let like = fs::metadata(like)?;
    let own = file.as_file().metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(file.as_file(), Some(like.uid()), Some(like.gid()))?;
    }
    let mode = fs::Permissions::from_mode(like.mode() & 0o7777);
    file.as_file().set_permissions(mode)?;
    file.as_file().sync_all()?;
    Ok(Ready {
        file,
        target,
        new: new.before.is_none(),
    })
}

fn failed(path: &str, error: &io::Error) -> Text {
    let path = escape_hostile(path);
    Text::new(
        format!("{path} を書き換えられません: {error}。何も変更していません。"),
        format!("{path} cannot be replaced: {error}. Nothing was changed."),
    )
}

fn half(path: &str, error: &io::Error) -> Text {
    let path = escape_hostile(path);
    Text::new(
        format!(
            "{path} を元に戻せませんでした: {error}。sekimori check と plan で内容を確かめてください。"
        ),
        format!("{path} could not be put back: {error}. See what check and plan say."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(before: &str, after: &str) -> Replacement {
        Replacement {
            path: "a.toml".to_owned(),
            before: Some(before.to_owned()),
            after: after.to_owned(),
        }
    }

    #[test]
    fn mode_and_links_stay_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.toml");
        fs::write(&real, "x").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.toml", folder.path().join("a.toml")).unwrap();
        replace(folder.path(), &[one("x", "y")]).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "y");
        assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
        assert!(
            fs::symlink_metadata(folder.path().join("a.toml"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_somebody_else_changed_is_left_alone_and_so_is_everything_with_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.toml"), "x").unwrap();
        fs::write(folder.path().join("b.toml"), "theirs").unwrap();
        let other = Replacement {
            path: "b.toml".to_owned(),
            ..one("ours", "new")
        };
        let refused = replace(folder.path(), &[one("x", "y"), other]).unwrap_err();
        assert!(refused.en.contains("changed meanwhile"), "{refused:?}");
        assert_eq!(
            fs::read_to_string(folder.path().join("a.toml")).unwrap(),
            "x"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

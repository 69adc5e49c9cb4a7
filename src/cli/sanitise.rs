//! `sanitise`, `inspect` and `verify`: the same workers as the daemon's,
//! through the same confinement, without root and without a daemon.

use std::fs;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::summary::Summary;
use super::{DONE, FAILED, Globals, WITHHELD, letter};
use crate::mail::plan::Plan;
use crate::mail::record::{Outcome, Record};
use crate::mail::treat::{Treated, Treater};
use crate::policy::Limits;
use crate::policy::text::{Text, escape_hostile};
use crate::sandbox::{Sandbox, Untrusted};
use crate::sanitise::protocol::{Leaf, Place, Range};
use crate::sanitise::{Kind, Refusal, Treatment};

/// Arguments of `sanitise`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori sanitise 見積書.docm -o out\n         sekimori sanitise inbox/ -o out --as text"
)]
pub struct SanitiseArguments {
    /// Files, folders, mails (.eml), or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where results go; created if need be
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Treatment instead of each format's default
    #[arg(long = "as", value_enum)]
    pub treatment: Option<TreatmentName>,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori inspect 見積書.docm\n         sekimori inspect --summary inbox/"
)]
pub struct InspectArguments {
    /// One table over all files: what becomes of which format
    #[arg(long)]
    pub summary: bool,
    /// Files or folders, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori verify out/見積書.docx\n         sekimori verify --attestation probe.dsse.json --key nishi.pub"
)]
pub struct VerifyArguments {
    /// Files or folders
    #[arg(required_unless_present = "attestation", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A signed record (probe report), checked offline
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub attestation: Vec<PathBuf>,
    /// The box's public key (default: attestation.pub in the configuration)
    #[arg(long, value_name = "FILE", requires = "attestation")]
    pub key: Option<PathBuf>,
}

/// The treatments one can ask for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TreatmentName {
    /// Written anew, editable
    Rebuild,
    /// Pages as images
    Flatten,
    /// UTF-8 text
    Text,
}

impl From<TreatmentName> for Treatment {
    fn from(name: TreatmentName) -> Self {
        match name {
            TreatmentName::Rebuild => Self::Rebuild,
            TreatmentName::Flatten => Self::Flatten,
            TreatmentName::Text => Self::Text,
        }
    }
}

/// Runs `sanitise`.
#[must_use]
pub fn sanitise(arguments: &SanitiseArguments, globals: &Globals) -> ExitCode {
    let plan = arguments
        .treatment
        .map_or_else(Plan::defaults, |name| Plan::only(name.into()));
    let output = Some(arguments.output.as_path());
    finish(globals, &arguments.paths, |desk, input| {
        let record = desk.treat(input, &plan, output)?;
        desk.show(&record)?;
        Ok(whole(&record))
    })
}

/// Runs `inspect`: what would be taken out, and nothing written.
#[must_use]
pub fn inspect(arguments: &InspectArguments, globals: &Globals) -> ExitCode {
    let plan = Plan::defaults().looking();
    let summary = std::cell::RefCell::new(Summary::default());
    let ended = finish(globals, &arguments.paths, |desk, input| {
        let record = desk.treat(input, &plan, None)?;
        if arguments.summary {
            summary.borrow_mut().add(&record);
        } else {
            desk.show(&record)?;
        }
        Ok(whole(&record))
    });
    let summary = summary.into_inner();
    if arguments.summary {
        print!("{}", summary.table(globals.lang));
    } else if !globals.json && std::io::stdout().is_terminal() {
        let nothing_done = Text::new(
            "（調べただけで、何も変更していません。上は sanitise を実行した場合の結果です）",
            "(nothing was changed; this is what sanitise would do)",
        );
        println!("{}", nothing_done.get(globals.lang));
    }
    // Looking is done even where treating would withhold.
    if ended == ExitCode::from(WITHHELD) {
        ExitCode::from(DONE)
    } else {
        ended
    }
}

/// Runs `verify`.
#[must_use]
pub fn verify(arguments: &VerifyArguments, globals: &Globals) -> ExitCode {
    if !arguments.attestation.is_empty() {
        return super::attestation::verify(
            globals,
            &arguments.attestation,
            arguments.key.as_deref(),
        );
    }
    finish(globals, &arguments.paths, |desk, input| desk.verify(input))
}

/// One input: a name to show and its bytes.
struct Input {
    name: String,
    bytes: Untrusted,
}

/// What all inputs share.
struct Desk<'a> {
    globals: &'a Globals,
    sandbox: Sandbox,
    limits: Limits,
    policy: String,
}

fn finish(
    globals: &Globals,
    paths: &[PathBuf],
    act: impl Fn(&Desk<'_>, Input) -> Result<bool, Text>,
) -> ExitCode {
    let desk = match Desk::open(globals) {
        Ok(desk) => desk,
        Err(message) => return globals.fail(&message),
    };
    let (mut failed, mut withheld) = (false, false);
    for path in expand(paths) {
        let outcome = path
            .and_then(|path| desk.input(&path))
            .and_then(|input| act(&desk, input));
        match outcome {
            Ok(whole) => withheld |= !whole,
            Err(message) => {
                failed = true;
                globals.complain(&message);
            }
        }
    }
    ExitCode::from(if failed {
        FAILED
    } else if withheld {
        WITHHELD
    } else {
        DONE
    })
}

impl<'a> Desk<'a> {
    fn open(globals: &'a Globals) -> Result<Self, Text> {
        let worker = crate::run::sandbox::worker_program().map_err(|error| error.0)?;
        let sandbox = Sandbox::private(&worker).map_err(|error| error.text())?;
        let limits = Limits::default();
        let policy = crate::mail::record::defaults_digest(&limits);
        Ok(Self {
            globals,
            sandbox,
            limits,
            policy,
        })
    }

    fn input(&self, path: &Path) -> Result<Input, Text> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let mut source: Box<dyn Read> = if path == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(fs::File::open(path).map_err(|error| unreadable(path, &error))?)
        };
        let bytes = Untrusted::copy_from(&mut *source, self.limits.expanded_bytes)
            .map_err(|error| unreadable(path, &error))?;
        Ok(Input { name, bytes })
    }

    fn treat(&self, input: Input, plan: &Plan, output: Option<&Path>) -> Result<Record, Text> {
        let Input { name, bytes } = input;
        let identified = self.sandbox.identify(&bytes, &name, &self.limits);
        let (mut record, result) = if identified == Ok(Kind::Message) {
            let letter = letter::rebuild(&self.sandbox, plan, (&name, &bytes), &self.policy);
            (
                letter.record,
                letter.bytes.map(|bytes| (letter.name, bytes)),
            )
        } else {
            let treated = self.artifact(name, &bytes, identified, plan);
            let result = treated
                .clean
                .map(|clean| (treated.name, clean.bytes().to_vec()));
            (treated.record, result)
        };
        match (output, result) {
            (Some(folder), Some((name, bytes))) => keep(&mut record, folder, &name, &bytes)?,
            (Some(_), None) => {}
            (None, _) => record.outputs.clear(),
        }
        Ok(record)
    }

    fn artifact(
        &self,
        untrusted_name: String,
        bytes: &Untrusted,
        identified: Result<Kind, Refusal>,
        plan: &Plan,
    ) -> Treated {
        let leaf = Leaf {
            place: Place::Attachment,
            untrusted_name,
            untrusted_claimed: String::new(),
            untrusted_id: None,
            charset: None,
            kind: identified.unwrap_or(Kind::Unknown),
            range: Range {
                offset: 0,
                length: bytes.length(),
            },
            refusal: identified.err(),
        };
        Treater::new(&self.sandbox, plan, &self.limits, &self.policy).leaf(&leaf, bytes)
    }

    fn verify(&self, input: Input) -> Result<bool, Text> {
        let Input { name, bytes } = input;
        let verdict = self
            .sandbox
            .identify(&bytes, &name, &self.limits)
            .and_then(|kind| {
                self.sandbox
                    .verify(&bytes, kind, &self.limits)
                    .map(|()| kind)
            });
        if self.globals.json {
            let verdict = serde_json::json!({
                "name": escape_hostile(&name),
                "sha256": bytes.sha256(),
                "verified": verdict.is_ok(),
                "kind": verdict.ok(),
                "reason": verdict.err(),
            });
            println!("{verdict}");
        } else {
            let words = match verdict {
                Ok(_) => Text::new("検証に合格", "verified"),
                // It may never have been converted at all.
                Err(Refusal::Residue) => Text::new(
                    "この製品が無害化した結果ではないか、後から変更されています",
                    "not written by this product, or changed since",
                ),
                Err(refusal) => refusal.text(),
            };
            println!(
                "{}: {}",
                escape_hostile(&name),
                words.get(self.globals.lang)
            );
        }
        Ok(verdict.is_ok())
    }

    fn show(&self, record: &Record) -> Result<(), Text> {
        if self.globals.json {
            let line = serde_json::to_string(record)
                .map_err(|error| Text::new(error.to_string(), error.to_string()))?;
            println!("{line}");
        } else {
            print!("{}", super::tree::draw(record, self.globals.lang));
        }
        Ok(())
    }
}

/// Nothing withheld, at any depth.
fn whole(record: &Record) -> bool {
    record.outcome != Outcome::Withheld && record.children.iter().all(whole)
}

/// Writes a result beside others of its name, never over them.
fn keep(record: &mut Record, folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Text> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    for number in 1_u32.. {
        let name = crate::mail::name::numbered(name, number);
        let path = folder.join(&name);
        let written = fs::File::create_new(&path).and_then(|mut file| {
            std::io::Write::write_all(&mut file, bytes)?;
            file.sync_all()
        });
        match written {
            Ok(()) => {
                for output in &mut record.outputs {
                    output.name.clone_from(&name);
                }
                return Ok(());
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(&path, &error)),
        }
    }
    Ok(())
}

/// Files as given; folders become the files below them, in name order.
fn expand(paths: &[PathBuf]) -> Vec<Result<PathBuf, Text>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found)
        } else {
            found.push(Ok(path.clone()))
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Result<PathBuf, Text>>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(Err(unreadable(folder, &error))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        // By the entry's own type: a link is not followed out of the folder.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), found),
            Ok(kind) if kind.is_file() => found.push(Ok(entry.path())),
            Ok(_) => found.push(Err(irregular(&entry.path()))),
            Err(error) => found.push(Err(unreadable(&entry.path(), &error))),
        }
    }
}

fn irregular(path: &Path) -> Text {
    let shown = escape_hostile(&path.display().to_string());
    Text::new(
        format!("{shown} はリンクなどで、ファイルではないため、読んでいません"),
        format!("{shown} is a link or the like, no file, and was not read"),
    )
}

fn unreadable(path: &Path, error: &std::io::Error) -> Text {
    let shown = escape_hostile(&path.display().to_string());
    Text::new(
        format!("{shown} を読めません: {error}"),
        format!("cannot read {shown}: {error}"),
    )
}

fn unwritable(path: &Path, error: &std::io::Error) -> Text {
    let shown = escape_hostile(&path.display().to_string());
    Text::new(
        format!("{shown} に書けません: {error}"),
        format!("cannot write {shown}: {error}"),
    )
}

//! The record, on a real disk: appended, cut, altered, rewritten.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use sekimori::audit::chain::Tip;
use sekimori::audit::verify::What;
use sekimori::audit::{self, AuditError, Event, Head, Log};

fn held(n: u64) -> Event {
    Event::Held {
        mail: format!("nishi-{n}"),
        reason: "malformed 見積書".into(),
    }
}

/// mail with `count` lines, segment that recorded mail's head, mail goes on.
fn two_chains(root: &Path, count: u64) -> Head {
    let mail = Log::open(root, "mail").unwrap();
    for n in 0..count {
        mail.append(1, &held(n)).unwrap();
    }
    let head = mail.head();
    let segment = Log::open(root, "segment").unwrap();
    let Head { role, seq, hash } = head.clone();
    segment.append(1, &Event::Head { role, seq, hash }).unwrap();
    mail.append(1, &Event::Stopped).unwrap();
    head
}

fn chain_file(root: &Path) -> PathBuf {
    root.join("mail/000001.jsonl")
}

fn findings(root: &Path, external: &[Head]) -> Vec<What> {
    audit::verify(root, external)
        .unwrap()
        .all()
        .map(|finding| finding.what.clone())
        .collect()
}

/// A chain of other events with consistent hashes, as a thief would write it.
fn rewrite(path: &Path, count: u64) {
    let mut tip = Tip::start();
    let mut bytes = Vec::new();
    for n in 0..count {
        let (line, next) = tip
            .next(jiff::Timestamp::UNIX_EPOCH, "mail", 1, &held(n + 500))
            .unwrap();
        bytes.extend(line);
        tip = next;
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_untouched_record_has_no_findings() {
    let root = tempfile::tempdir().unwrap();
    let head = two_chains(root.path(), 20);
    assert_eq!(findings(root.path(), &[head]), []);
    let shown = audit::verify(root.path(), &[]).unwrap();
    assert_eq!(shown.chains[0].lines, 21);
    assert_eq!(shown.chains[0].confirmed, 1);
}

#[test]
fn a_removed_record_is_found_with_its_place() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 20);
    let path = chain_file(root.path());
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != 6)
        .map(|(_, line)| line)
        .collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    let found = audit::verify(root.path(), &[]).unwrap();
    let finding = found.all().next().unwrap();
    assert_eq!(
        (finding.seq, &finding.what),
        (8, &What::Removed { expected: 7 })
    );
    assert!(
        finding.place.ends_with("mail/000001.jsonl:7"),
        "{}",
        finding.place
    );
}

#[test]
fn an_altered_record_is_found() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 20);
    let path = chain_file(root.path());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"nishi-4\"", "\"nishi-9\"")).unwrap();
    assert_eq!(findings(root.path(), &[]), [What::Altered]);
}

#[test]
fn a_cut_tail_is_found_by_the_head_in_another_chain() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 20);
    let path = chain_file(root.path());
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().take(10).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    assert_eq!(
        findings(root.path(), &[]),
        [What::TailCut {
            witness: Some("segment".into()),
            last: 10
        }]
    );
}

#[test]
fn a_tail_cut_after_the_last_recorded_head_is_found_by_the_head_off_the_box() {
    let root = tempfile::tempdir().unwrap();
    let head = two_chains(root.path(), 20);
    fs::remove_dir_all(root.path().join("segment")).unwrap();
    let path = chain_file(root.path());
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().take(19).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    assert_eq!(findings(root.path(), &[]), []);
    assert_eq!(
        findings(root.path(), &[head]),
        [What::TailCut {
            witness: None,
            last: 19
        }]
    );
}

#[test]
fn a_whole_file_rewritten_with_consistent_hashes_is_found() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 20);
    rewrite(&chain_file(root.path()), 21);
    assert_eq!(
        findings(root.path(), &[]),
        [What::Rewritten {
            witness: Some("segment".into())
        }]
    );
}

#[test]
fn a_chain_that_vanished_is_found() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 3);
    fs::remove_dir_all(root.path().join("mail")).unwrap();
    assert_eq!(
        findings(root.path(), &[]),
        [What::TailCut {
            witness: Some("segment".into()),
            last: 0
        }]
    );
}

#[test]
fn a_chain_goes_on_after_a_restart_and_has_one_writer() {
    let root = tempfile::tempdir().unwrap();
    let first = Log::open(root.path(), "mail").unwrap();
    first.append(1, &held(1)).unwrap();
    assert!(matches!(
        Log::open(root.path(), "mail"),
        Err(AuditError::Locked(_))
    ));
    drop(first);
    let second = Log::open(root.path(), "mail").unwrap();
    assert_eq!(second.head().seq, 1);
    assert_eq!(second.append(2, &held(2)).unwrap().seq, 2);
    assert_eq!(findings(root.path(), &[second.head()]), []);
}

#[test]
fn a_torn_last_line_is_moved_aside_with_an_alarm() {
    let root = tempfile::tempdir().unwrap();
    let log = Log::open(root.path(), "mail").unwrap();
    log.append(7, &held(1)).unwrap();
    drop(log);
    let path = chain_file(root.path());
    let whole = fs::read(&path).unwrap();
    let torn = [whole.clone(), whole[..40].to_vec()].concat();
    fs::write(&path, torn).unwrap();
    let log = Log::open(root.path(), "mail").unwrap();
    assert_eq!(log.head().seq, 2);
    assert_eq!(findings(root.path(), &[log.head()]), []);
    let aside = root
        .path()
        .join(format!("mail/000001.jsonl.torn-{}", whole.len()));
    assert_eq!(fs::read(aside).unwrap(), whole[..40]);
    let last = audit::read(&root.path().join("mail"))
        .unwrap()
        .last()
        .unwrap()
        .unwrap();
    assert!(
        String::from_utf8(last.raw)
            .unwrap()
            .contains("\"revision\":7")
    );
}

#[test]
fn nothing_is_appended_to_a_chain_that_is_broken() {
    let root = tempfile::tempdir().unwrap();
    two_chains(root.path(), 5);
    let path = chain_file(root.path());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("nishi-2", "nishi-3")).unwrap();
    let refused = Log::open(root.path(), "mail").unwrap_err();
    assert_eq!(refused, AuditError::Broken { path, line: 3 });
    assert!(refused.text().ja.contains("3 行目"));
}

#[test]
fn many_threads_share_one_chain() {
    let root = tempfile::tempdir().unwrap();
    let log = Log::open(root.path(), "mail").unwrap();
    let threads: Vec<_> = (0..16)
        .map(|t| {
            let log = log.clone();
            std::thread::spawn(move || {
                (0..25)
                    .map(|n| log.append(1, &held(t * 100 + n)).unwrap().seq)
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut numbers: Vec<u64> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=400).collect::<Vec<_>>());
    assert_eq!(findings(root.path(), &[log.head()]), []);
}

#[test]
fn a_chain_runs_on_across_months_and_files() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("mail")).unwrap();
    let july = "2026-07-31T23:59:59Z".parse().unwrap();
    let (line, _) = Tip::start().next(july, "mail", 1, &held(1)).unwrap();
    fs::write(chain_file(root.path()), line).unwrap();
    let log = Log::open(root.path(), "mail").unwrap();
    log.append(1, &held(2)).unwrap();
    log.append(1, &held(3)).unwrap();
    assert_eq!(
        audit::read::files(&root.path().join("mail")).unwrap().len(),
        2
    );
    assert_eq!(findings(root.path(), &[log.head()]), []);
    drop(log);
    let log = Log::open(root.path(), "mail").unwrap();
    assert_eq!(log.append(1, &held(4)).unwrap().seq, 4);
    drop(log);
    fs::remove_file(chain_file(root.path())).unwrap();
    assert_eq!(findings(root.path(), &[]), [What::Removed { expected: 1 }]);
}

#[test]
#[ignore = "needs root"]
fn a_full_disk_leaves_the_chain_whole_and_works_again_afterwards() {
    use nix::mount::{MsFlags, mount};
    // A mount namespace of this thread's own: nothing to clean up.
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).unwrap();
    let nothing: Option<&str> = None;
    mount(
        nothing,
        "/",
        nothing,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        nothing,
    )
    .unwrap();
    let root = tempfile::tempdir().unwrap();
    mount(
        Some("skm-audit"),
        root.path(),
        Some("tmpfs"),
        MsFlags::empty(),
        Some("size=256k"),
    )
    .unwrap();
    let log = Log::open(root.path(), "mail").unwrap();
    log.append(1, &held(1)).unwrap();
    let ballast = root.path().join("ballast");
    let _ = fs::write(&ballast, vec![0; 1 << 20]);
    let mut last = log.head();
    let refused = loop {
        match log.append(1, &held(2)) {
            Ok(_) => last = log.head(),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(refused, AuditError::Write { full: true, .. }),
        "{refused:?}"
    );
    assert_eq!(log.head(), last);
    assert_eq!(findings(root.path(), &[last.clone()]), []);
    fs::remove_file(&ballast).unwrap();
    assert_eq!(log.append(1, &held(3)).unwrap().seq, last.seq + 1);
    assert_eq!(findings(root.path(), &[log.head()]), []);
    drop(log);
    nix::mount::umount(root.path()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No change of a byte, and no removal of a line but the last, is unseen.
    #[test]
    fn whatever_is_changed_shows(
        reasons in proptest::collection::vec(".{0,40}", 2..12),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
        remove in any::<prop::sample::Index>(),
    ) {
        let mut tip = Tip::start();
        let mut lines = Vec::new();
        for reason in reasons {
            let event = Event::Held { mail: "m".into(), reason };
            let (line, next) = tip.next(jiff::Timestamp::UNIX_EPOCH, "mail", 1, &event).unwrap();
            lines.push(line);
            tip = next;
        }
        prop_assert!(holds(&lines.concat()));
        let mut changed = lines.concat();
        let index = at.index(changed.len() - 1);
        changed[index] ^= flip;
        prop_assert!(!holds(&changed), "byte {index} changed unseen");
        let gone = remove.index(lines.len() - 1);
        let mut fewer = lines.clone();
        fewer.remove(gone);
        prop_assert!(!holds(&fewer.concat()), "line {gone} removed unseen");
        let mut swapped = lines;
        swapped.swap(gone, gone + 1);
        prop_assert!(!holds(&swapped.concat()), "lines {gone} swapped unseen");
    }
}

fn holds(file: &[u8]) -> bool {
    let mut tip = Tip::start();
    let body = file.strip_suffix(b"\n").unwrap_or(file);
    body.split(|byte| *byte == b'\n')
        .all(|raw| match tip.follow("mail", raw) {
            Ok(line) => {
                tip = line.tip();
                true
            }
            Err(_) => false,
        })
}

#[test]
fn a_log_goes_to_threads() {
    fn goes<T: Clone + Send + Sync + 'static>() {}
    goes::<Log>();
    goes::<Arc<Log>>();
}

//! `sekimori key` and `sekimori verify --attestation`, as typed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use sekimori::audit::attestation::{AttestationKey, PROBE};

fn sekimori(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
    command
        .env_clear()
        .args(["--lang", "en", "--config"])
        .arg(folder)
        .args(words);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn keys_are_made_once_and_only_the_public_one_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = sekimori(folder.path(), &["key", "make"]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    assert!(said(&made).contains("made: site-key, attestation-key"));
    let secret = folder.path().join("credentials/attestation-key");
    let mode = fs::metadata(&secret).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o400);
    let before = fs::read(&secret).unwrap();
    let again = sekimori(folder.path(), &["key", "make"]);
    assert!(said(&again).contains("nothing (they exist)"));
    assert_eq!(fs::read(&secret).unwrap(), before);
    let public = sekimori(folder.path(), &["key", "public"]);
    assert_eq!(
        public.stdout,
        fs::read(folder.path().join("attestation.pub")).unwrap()
    );
}

#[test]
fn an_auditor_needs_the_file_and_the_public_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let key = AttestationKey::from_seed(&[3; 32]);
    fs::write(at("nishi.pub"), format!("{}\n", key.public())).unwrap();
    let payload = r#"{"site":"nishi","machine":"gate","revision":7,"started":"2026-11-25T00:00:00Z","policy":"ab","counts":{"probes":9,"leaks":0,"over_blocks":0,"unproven":0},"findings":[]}"#;
    let envelope = key.sign(PROBE, payload.as_bytes());
    fs::write(at("probe.json"), &envelope).unwrap();
    let nowhere = folder.path().join("nowhere");
    let words = [
        "verify",
        "--attestation",
        &at("probe.json"),
        "--key",
        &at("nishi.pub"),
    ];
    let good = sekimori(&nowhere, &words);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));
    assert!(said(&good).contains("machine gate, revision 7, 2026-11-25 00:00:00 UTC"));
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let at_home = said(&sekimori(&sample, &words));
    assert!(at_home.contains(", 2026-11-25 09:00:00 JST"), "{at_home}");
    assert!(said(&good).contains("9 probes: 0 leaks"));

    fs::write(at("probe.json"), envelope.replacen("eyJ", "eyK", 1)).unwrap();
    let flipped = sekimori(&nowhere, &words);
    assert_eq!(flipped.status.code(), Some(3), "{}", said(&flipped));
    assert!(said(&flipped).contains("it was changed. Do not trust it"));

    let other = AttestationKey::from_seed(&[4; 32]);
    fs::write(at("nishi.pub"), format!("{}\n", other.public())).unwrap();
    fs::write(at("probe.json"), &envelope).unwrap();
    assert_eq!(sekimori(&nowhere, &words).status.code(), Some(3));

    let keyless = sekimori(&nowhere, &words[..3]);
    assert_eq!(keyless.status.code(), Some(1));
    assert!(said(&keyless).contains("--key FILE"));
    assert_eq!(sekimori(&nowhere, &["verify"]).status.code(), Some(2));
}

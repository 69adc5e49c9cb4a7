//! Moments as people read them: in the time of their site, whichever command
//! shows them; what machines read stays UTC.

use std::fs;
use std::path::Path;
use std::process::Command;

use sekimori::audit::Event;
use sekimori::audit::chain::Tip;
use sekimori::policy::Sources;
use serde_json::json;

const ID: &str = "nishi-20261127t150000-7f3k2q9xab";

/// A state folder with one trial on record and one mail delivered, both in
/// UTC, and a copy of the sample configuration.
struct House(tempfile::TempDir);

impl House {
    fn new() -> Self {
        let house = Self(tempfile::tempdir().unwrap());
        house.write("config/sekimori.toml", &sample());
        let on_trial = Event::OnTrial {
            revision: 2,
            previous: 1,
            until: "2026-11-27T15:35:00Z".parse().unwrap(),
            by: "sato".into(),
        };
        let at = "2026-11-27T15:30:00.123456789Z".parse().unwrap();
        let (line, _) = Tip::start().next(at, "segment", 2, &on_trial).unwrap();
        house.write(
            "state/audit/segment/000001.jsonl",
            &String::from_utf8(line).unwrap(),
        );
        house.write(&format!("state/spool/progress/{ID}"), "{\"what\":\"delivered\",\"at\":\"2026-11-27T15:30:00Z\",\"variant\":1,\"recipient\":\"a@city.lg.example\",\"reply\":\"250 ok\"}\n");
        house
    }

    fn write(&self, place: &str, text: &str) {
        let path = self.0.path().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A revision in force since 15:30 UTC, of a site in that zone.
    fn apply(&self, text: &str) {
        let sha256 = Sources::new([("sekimori.toml", text)]).sha256();
        let meta = json!({
            "schema": 1, "revision": 1, "by": "sato", "at": "2026-11-27T15:30:00Z",
            "policy": sha256, "ruleset": "", "flows": [],
        });
        self.write("state/revisions/1/meta.json", &meta.to_string());
        self.write("state/revisions/1/config/sekimori.toml", text);
        self.write("state/revisions/1/config/retired-flows", "");
        let current = self.0.path().join("state/revisions/current");
        std::os::unix::fs::symlink("1", current).unwrap();
    }

    fn says(&self, words: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_sekimori"))
            .env_clear()
            .args(["--config", "config", "--state", "state", "--runtime", "run"])
            .args(words.split(' '))
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn in_zone(zone: &str) -> String {
    sample().replace("\"Asia/Tokyo\"", &format!("\"{zone}\""))
}

fn sample() -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sekimori.toml");
    fs::read_to_string(sample).unwrap()
}

#[test]
fn every_command_shows_the_site_s_own_time() {
    let house = House::new();
    let told = house.says("--lang en audit tail");
    assert!(
        told.starts_with("2026-11-28 00:30:00 JST segment #1 r2 ")
            && told.contains("unless confirmed by 2026-11-28 00:35:00 JST, "),
        "{told}"
    );
    let told = house.says("--lang ja audit tail");
    assert!(
        told.starts_with("2026-11-28 00:30:00 JST ")
            && told.contains("2026-11-28 00:35:00 JST までに confirm がなければ"),
        "{told}"
    );
    let told = house.says(&format!("--lang ja queue show {ID}"));
    assert!(
        told.starts_with("2026-11-28 00:30:00 JST  配送済"),
        "{told}"
    );
    let told = house.says("--lang en status");
    assert!(told.trim_end().ends_with(" JST"), "{told}");
}

#[test]
fn what_machines_read_is_utc_as_recorded() {
    let house = House::new();
    let line = house.says("--json audit tail");
    assert!(
        line.contains("\"2026-11-27T15:30:00.123456789Z\"")
            && line.contains("\"2026-11-27T15:35:00Z\""),
        "{line}"
    );
    let progress = house.says(&format!("--json queue show {ID}"));
    assert!(progress.contains("\"2026-11-27T15:30:00Z\""), "{progress}");
    let status: serde_json::Value = serde_json::from_str(&house.says("--json status")).unwrap();
    let clock = status["clock"].as_str().unwrap();
    assert!(
        clock.ends_with('Z') && clock.parse::<jiff::Timestamp>().is_ok(),
        "{clock}"
    );
}

/// Another mistake hides no zone; without any it is UTC, and says so.
#[test]
fn the_zone_is_found_wherever_it_can_be_read() {
    let house = House::new();
    let begins = |with: &str| {
        let told = house.says("audit tail");
        assert!(told.starts_with(with), "{told}");
    };
    house.write("config/flows.d/broken.toml", "[[flow]]\nid = ");
    begins("2026-11-28 00:30:00 JST ");
    house.write("config/sekimori.toml", &in_zone("Europe/Berlin"));
    begins("2026-11-27 16:30:00 CET ");
    house.write("config/sekimori.toml", &in_zone("Asia/Edo"));
    begins("2026-11-27 15:30:00 UTC ");
    fs::remove_dir_all(house.0.path().join("config")).unwrap();
    begins("2026-11-27 15:30:00 UTC ");
    house.apply(&in_zone("America/New_York"));
    begins("2026-11-27 10:30:00 EST ");
    house.write("config/sekimori.toml", &sample());
    begins("2026-11-27 10:30:00 EST "); // what is in force, not the draft
    house.write("state/revisions/1/config/sekimori.toml", "damaged");
    begins("2026-11-28 00:30:00 JST ");
}

/// Also where a day is shown: 15:30 UTC is the next one in Tokyo.
#[test]
fn a_revision_is_of_the_site_s_own_day() {
    let house = House::new();
    house.apply(&sample());
    let told = house.says("--lang ja revisions");
    assert!(told.contains("    1  2026-11-28 00:30:00 JST  "), "{told}");
    let told = house.says("--lang en explain office lgwan https");
    assert!(
        told.contains("revision 1 in force (2026-11-28, sato)"),
        "{told}"
    );
}

//! One folder for each diagnostic: the smallest configuration that shows it,
//! and what a reader is told, in both languages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sekimori::cli::check::{all, report, to_json};
use sekimori::cli::configuration;
use sekimori::policy::Facts;
use sekimori::policy::facts::{Hits, Interface, Route};
use sekimori::policy::text::Lang;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/policy")
}

/// Codes that have a folder: `E01` … `S12`.
fn codes() -> Vec<String> {
    let entries = std::fs::read_dir(golden()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut codes: Vec<String> = names.filter(|name| name.len() == 3).collect();
    codes.sort();
    codes
}

/// The moment of every golden file, and what its code needs to know besides.
fn facts(code: &str) -> Facts {
    let now = Facts::at("2026-11-25T00:00:00Z".parse().unwrap());
    let interface = |name: &str, master: Option<&str>| Interface {
        name: name.to_owned(),
        master: master.map(str::to_owned),
        up: true,
    };
    let sound = ["wan0", "lan0", "lan1"].map(|name| interface(name, None));
    let route = |to: &str, interface: &str| Route {
        to: to.parse().unwrap(),
        interface: Some(interface.to_owned()),
        metric: 0,
    };
    match code {
        "E15" => Facts {
            interfaces: Some(sound.to_vec()),
            // The office's own route is missing, so answers leave by wan0.
            routes: Some(vec![
                route("0.0.0.0/0", "wan0"),
                route("10.1.0.0/16", "lan0"),
            ]),
            ..now
        },
        "E16" => Facts {
            resolutions: Some(BTreeMap::from([(
                "update.example.com".to_owned(),
                vec!["100.64.3.4".parse().unwrap()],
            )])),
            ..now
        },
        "E19" => Facts {
            interfaces: Some(vec![
                interface("lan0", Some("br0")),
                interface("lan1", None),
                interface("usb0", None),
            ]),
            ..now
        },
        "E22" => Facts {
            hits: Some(Hits {
                since: "2026-04-01T00:00:00Z".parse().unwrap(),
                last: BTreeMap::from([(
                    "office-gyomu".to_owned(),
                    "2026-11-24T00:00:00Z".parse().unwrap(),
                )]),
            }),
            ..now
        },
        _ => now,
    }
}

#[test]
fn every_code_has_its_golden_file() {
    let numbered = |letter: char, last: u8| (1..=last).map(move |n| format!("{letter}{n:02}"));
    // S10 is a fault of this program: no configuration shows it.
    let wanted = numbered('E', 24).chain(numbered('S', 12).filter(|code| code != "S10"));
    assert_eq!(codes(), wanted.collect::<Vec<_>>());
}

#[test]
fn every_code_is_told_in_both_languages_and_alone() {
    for code in codes() {
        let sources = configuration::read(&golden().join(&code)).unwrap();
        let facts = facts(&code);
        let diagnostics = all(&sources, &facts);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(golden().join(&code));
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| {
            insta::assert_snapshot!("ja", report(&diagnostics, &facts, Lang::Ja));
            insta::assert_snapshot!("en", report(&diagnostics, &facts, Lang::En));
        });
        // A flow by name always says that there is no proxy.
        let alone = diagnostics.iter().all(|d| {
            d.code == code || (d.code == "S11" && matches!(&*code, "E16" | "E17" | "E18"))
        });
        let told = report(&diagnostics, &facts, Lang::En);
        assert!(
            alone && !diagnostics.is_empty(),
            "{code} is not alone:\n{told}"
        );
        let mute = diagnostics
            .iter()
            .find(|d| code.starts_with('E') && d.code == code && d.suggestion.is_none());
        assert_eq!(mute, None, "{code} says what to do");
        let json = to_json(&diagnostics, Lang::En);
        for told in json.as_array().unwrap() {
            for key in ["code", "severity", "file", "message"] {
                assert!(told[key].is_string(), "{code}: {told}");
            }
            assert!(
                told["line"].is_u64() && told["column"].is_u64(),
                "{code}: {told}"
            );
        }
    }
}

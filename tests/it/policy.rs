//! `sekimori check` and the evaluator, on the shipped sample and on a
//! configuration with every mistake in it.

use proptest::prelude::*;
use sekimori::cli::check::{all, report, to_json};
use sekimori::cli::configuration;
use sekimori::policy::facts::{Interface, Stage};
use sekimori::policy::source::Sources;
use sekimori::policy::text::Lang;
use sekimori::policy::{Facts, KINDS, Policy, Severity, load};
use sekimori::sanitise::Kind;
use sekimori::segment::evaluate::{Cause, Missing, Verdict, evaluate};
use sekimori::segment::expect::{check_expects, check_session};
use sekimori::segment::question::Question;

const MAIN: &str = include_str!("../../config/sekimori.toml");
const MAIL: &str = include_str!("../../config/flows.d/mail.toml");
const OFFICE: &str = include_str!("../../config/flows.d/office.toml");

fn sample() -> Sources {
    Sources::new([
        ("sekimori.toml", MAIN),
        ("flows.d/mail.toml", MAIL),
        ("flows.d/office.toml", OFFICE),
    ])
}

fn facts() -> Facts {
    Facts::at("2026-11-23T00:00:00Z".parse().unwrap())
}

fn policy() -> Policy {
    load(&sample(), &facts()).unwrap().0
}

fn now() -> Option<jiff::Timestamp> {
    facts().now
}

fn broken() -> Sources {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/policy/broken");
    let sources = configuration::read(folder.as_ref()).unwrap();
    sources.with_retired(["old-id".to_owned()])
}

#[test]
fn every_mistake_is_shown_at_once_in_both_languages() {
    let diagnostics = all(&broken(), &facts());
    let settings = || {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../golden/policy");
        settings.set_prepend_module_to_snapshot(false);
        settings
    };
    settings().bind(|| {
        insta::assert_snapshot!("broken.ja", report(&diagnostics, &facts(), Lang::Ja));
        insta::assert_snapshot!("broken.en", report(&diagnostics, &facts(), Lang::En));
    });
    let json = to_json(&diagnostics, Lang::Ja).to_string();
    assert!(!json.contains("hunter2") && json.contains("\"severity\":\"warning\""));
}

#[test]
fn the_sample_on_disk_is_what_the_tests_read_and_has_nothing_to_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config");
    let sources = configuration::read(folder.as_ref()).unwrap();
    assert_eq!(sources.sha256(), sample().sha256());
    assert_eq!(all(&sources, &facts()), []);
}

#[test]
fn the_policy_knows_the_kinds_that_sanitise_knows() {
    assert_eq!(KINDS.to_vec(), Kind::ALL.map(Kind::name).to_vec());
}

#[test]
fn a_file_that_is_not_utf8_hides_no_mistake_in_another() {
    let mut sources = Sources::new([("sekimori.toml", MAIN), ("flows.d/mail.toml", MAIL)]);
    sources.push_bytes(
        "flows.d/sjis.toml",
        b"[[flow]]\nid = \"\x8c\xa9\x90\xcf\"\n",
    );
    sources.push_bytes(
        "flows.d/z.toml",
        b"[[flow]]\nid = \"z\"\nservise = \"smtp\"\n",
    );
    let diagnostics = all(&sources, &facts());
    let has = |file: &str, code: &str| {
        diagnostics
            .iter()
            .any(|d| d.place.file == file && d.code == code)
    };
    assert!(has("flows.d/sjis.toml", "S01") && has("flows.d/z.toml", "S03"));
}

#[test]
fn the_documented_register_reads_and_what_cannot_be_enforced_is_refused() {
    let flow = r#"
[[flow]]
id      = "pattern-update"
from    = "lgwan:gyomu-web"
to      = "internet"
names   = ["*.windowsupdate.com", "update.av-vendor.example"]
service = "https"
via     = "proxy"
hours   = "01:00-05:00"
upload  = "50MB/day"
purpose = "OS・ウイルス定義の更新"
owner   = "sato"
approved = { by = "ciso", on = 2026-10-01, ticket = "情セ-R8-020" }
expires  = 2027-09-30
"#;
    let sources = Sources::new([
        ("sekimori.toml", MAIN),
        ("flows.d/a.toml", flow),
        ("flows.d/m.toml", MAIL),
    ]);
    let errors = load(&sources, &facts()).unwrap_err();
    let codes: Vec<&str> = errors
        .iter()
        .filter(|d| d.place.file == "flows.d/a.toml")
        .map(|d| d.code)
        .collect();
    assert_eq!(codes, ["S06", "S06", "S06"], "{errors:#?}");
}

#[test]
fn an_expired_flow_is_refused_by_an_editor_and_left_out_at_boot() {
    let late = "2027-10-01T00:00:00+09:00".parse().unwrap();
    assert!(load(&sample(), &Facts::at(late)).is_err());
    let (booted, alarms) = load(&sample(), &Facts::boot(late)).unwrap();
    assert!(booted.flows.is_empty());
    assert_eq!(alarms.iter().filter(|d| d.code == "E03").count(), 4);
    // The last local day is inside.
    let last = "2027-09-30T23:59:59+09:00".parse().unwrap();
    assert_eq!(
        load(&sample(), &Facts::boot(last)).unwrap().0.flows.len(),
        4
    );
}

#[test]
fn an_empty_list_is_never_read_as_all() {
    for (written, empty) in [
        ("address = \"10.1.30.10\",", "address = [],"),
        ("interfaces = [\"lan1\"]", "interfaces = []"),
        ("networks   = [\"10.1.0.0/16\"]", "networks = []"),
        ("https = \"tcp/443\"", "https = []"),
    ] {
        assert!(MAIN.contains(written), "{written}");
        let main = MAIN.replace(written, empty);
        let sources = Sources::new([
            ("sekimori.toml", main.as_str()),
            ("flows.d/mail.toml", MAIL),
            ("flows.d/office.toml", OFFICE),
        ]);
        let refused = load(&sources, &facts()).unwrap_err();
        assert!(
            refused.iter().all(|d| d.code != "S10"),
            "{empty}: {refused:#?}"
        );
    }
}

fn ask(policy: &Policy, words: [&str; 3]) -> Verdict {
    let question = Question::parse(policy, words[0], words[1], Some(words[2])).unwrap();
    evaluate(policy, &question, now())
}

fn cause(policy: &Policy, words: [&str; 3]) -> Cause {
    match ask(policy, words) {
        Verdict::Deny(reason) => reason.cause,
        Verdict::Allow { flow } => panic!("{words:?} allowed by {flow}"),
    }
}

#[test]
fn questions_are_answered_with_the_flow_or_the_reason() {
    let policy = policy();
    let allowed = |words, by: &str| {
        assert_eq!(
            ask(&policy, words),
            Verdict::Allow {
                flow: by.to_owned()
            },
            "{words:?}"
        );
    };
    allowed(["prefecture-mx", "gateway", "smtp"], "inbound-mail");
    allowed(["198.51.100.10", "203.0.113.2", "tcp/25"], "inbound-mail");
    allowed(["gateway", "lgwan:mail-lgwan", "smtp"], "deliver-mail");
    allowed(["192.168.10.33", "10.1.30.10", "https"], "office-gyomu");
    allowed(
        ["::ffff:192.168.10.33", "10.1.30.10", "https"],
        "office-gyomu",
    );

    assert_eq!(
        cause(&policy, ["internet", "gateway", "smtp"]),
        Cause::NotListed
    );
    assert_eq!(
        cause(&policy, ["prefecture-mx", "gateway", "ssh"]),
        Cause::NotListed
    );
    assert_eq!(
        cause(&policy, ["prefecture-mx", "lgwan:mail-lgwan", "smtp"]),
        Cause::Separated
    );
    assert_eq!(
        cause(&policy, ["internet:10.1.5.5", "gateway", "smtp"]),
        Cause::Spoofed
    );
    assert_eq!(
        cause(&policy, ["prefecture-mx", "10.1.0.1", "smtp"]),
        Cause::FarGateway
    );
    assert_eq!(
        cause(&policy, ["office:madoguchi", "lgwan:172.16.0.1", "https"]),
        Cause::NotThere
    );
    assert_eq!(
        cause(&policy, ["office:madoguchi", "2001:db8::1", "https"]),
        Cause::NoZone
    );
    assert_eq!(
        cause(&policy, ["192.168.10.47", "10.1.30.10", "tcp/440-443"]),
        Cause::NotListed
    );
}

#[test]
fn a_denial_names_the_nearest_flow_and_what_is_missing() {
    let policy = policy();
    let Verdict::Deny(reason) = ask(&policy, ["192.168.10.200", "192.168.90.50", "ssh"]) else {
        panic!("allowed");
    };
    assert_eq!(reason.nearest.as_deref(), None);
    let Verdict::Deny(reason) = ask(&policy, ["madoguchi", "gyomu-web", "ssh"]) else {
        panic!("allowed");
    };
    assert_eq!(reason.nearest.as_deref(), Some("office-gyomu"));
    assert_eq!(reason.missing, [Missing::Service]);
}

#[test]
fn a_wrong_expectation_is_a_mistake_at_its_place() {
    let mail = MAIL.replacen("verdict = \"allow\"", "verdict = \"deny\"", 1);
    let sources = Sources::new([
        ("sekimori.toml", MAIN),
        ("flows.d/mail.toml", &mail),
        ("flows.d/office.toml", OFFICE),
    ]);
    let (policy, _) = load(&sources, &facts()).unwrap();
    let wrong = check_expects(&policy, &sources, now());
    assert_eq!(wrong.len(), 1);
    assert_eq!(
        (wrong[0].code, wrong[0].place.file.as_str()),
        ("S09", "flows.d/mail.toml")
    );
    assert!(wrong[0].render(Lang::Ja).contains("inbound-mail"));
}

#[test]
fn a_missing_or_enslaved_interface_refuses_an_editor_and_only_warns_at_boot() {
    let live = |name: &str, master: Option<&str>| Interface {
        name: name.to_owned(),
        master: master.map(str::to_owned),
    };
    let interfaces = vec![
        live("wan0", Some("br0")),
        live("lan0", None),
        live("lan1", None),
        live("eth9", None),
    ];
    let mut facts = Facts {
        interfaces: Some(interfaces),
        ..facts()
    };
    let codes = |facts: &Facts| -> Vec<_> {
        let found = all(&sample(), facts);
        found
            .iter()
            .filter(|d| d.code == "E19")
            .map(|d| d.severity)
            .collect()
    };
    let mut found = codes(&facts);
    found.sort_unstable();
    assert_eq!(found, [Severity::Error, Severity::Error, Severity::Warning]);
    facts.stage = Stage::Boot;
    assert_eq!(codes(&facts), [Severity::Warning; 3]);
    assert!(load(&sample(), &facts).is_ok());
}

#[test]
fn whoever_would_cut_their_own_session_is_told() {
    let policy = policy();
    let told = |peer: &str| {
        check_session(&policy, &sample(), peer.parse().unwrap(), 22, now()).map(|d| d.code)
    };
    assert_eq!(told("192.168.90.10"), None);
    assert_eq!(told("192.168.90.11"), Some("E21"));
    assert_eq!(told("8.8.8.8"), Some("E21"));
}

#[test]
fn another_credential_than_the_roles_look_for_is_refused() {
    let main = MAIN.replace("\"site-key\"", "\"other\"");
    let sources = Sources::new([
        ("sekimori.toml", main.as_str()),
        ("flows.d/mail.toml", MAIL),
        ("flows.d/office.toml", OFFICE),
    ]);
    assert_eq!(load(&sources, &facts()).unwrap_err()[0].code, "S06");
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "gateway",
        "internet",
        "lgwan",
        "office",
        "management",
        "prefecture-mx",
        "mail-lgwan",
        "gyomu-web",
        "madoguchi",
        "kanri-pc",
        "internet:10.1.5.5",
        "lgwan:10.1.5.5",
        "8.8.8.8",
        "198.51.100.11",
        "192.168.10.40",
        "10.1.0.1",
        "203.0.113.2",
        "2001:db8::1",
        "127.0.0.1",
    ])
}

fn service() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "smtp",
        "https",
        "ssh",
        "dns",
        "tcp/25",
        "udp/25",
        "tcp/1-65535",
        "icmp",
    ])
}

proptest! {
    #[test]
    fn the_order_of_flows_never_matters(
        from in word(), to in word(), service in service(),
        order in Just((0..4_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let policy = policy();
        let question = Question::parse(&policy, from, to, Some(service)).unwrap();
        let mut shuffled = policy.clone();
        shuffled.flows = order.iter().map(|at| policy.flows[*at].clone()).collect();
        prop_assert_eq!(
            evaluate(&policy, &question, now()),
            evaluate(&shuffled, &question, now())
        );
    }

    #[test]
    fn without_a_flow_everything_is_denied(from in word(), to in word(), service in service()) {
        let mut policy = policy();
        let question = Question::parse(&policy, from, to, Some(service)).unwrap();
        policy.flows.clear();
        prop_assert!(matches!(evaluate(&policy, &question, now()), Verdict::Deny(_)));
    }

    #[test]
    fn a_flow_taken_away_never_allows_more(
        from in word(), to in word(), service in service(), gone in 0..4_usize,
    ) {
        let policy = policy();
        let question = Question::parse(&policy, from, to, Some(service)).unwrap();
        let mut less = policy.clone();
        less.flows.remove(gone);
        if let Verdict::Allow { .. } = evaluate(&less, &question, now()) {
            let more = evaluate(&policy, &question, now());
            prop_assert!(matches!(more, Verdict::Allow { .. }), "denied");
        }
    }

    #[test]
    fn check_never_panics_on_any_text(main in "\\PC{0,400}", flows in any::<Vec<u8>>()) {
        let mut sources = Sources::new([("sekimori.toml", main)]);
        sources.push_bytes("flows.d/x.toml", &flows);
        let shown = report(&all(&sources, &facts()), &facts(), Lang::Ja);
        prop_assert!(!shown.is_empty());
    }

    #[test]
    fn check_never_panics_on_a_damaged_sample(
        at in 0..MAIN.len(), length in 0..200_usize, put in "[\\[\\]{}\"'=.,#\\\\\n\ra-z0-9:/\u{3042}\u{202e}\t-]{0,12}",
    ) {
        let damage = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let start = at.min(bytes.len());
            let end = start.saturating_add(length).min(bytes.len());
            bytes.splice(start..end, put.bytes());
            bytes
        };
        let mut sources = Sources::default();
        sources.push_bytes("sekimori.toml", &damage(MAIN));
        sources.push_bytes("flows.d/mail.toml", &damage(MAIL));
        let diagnostics = all(&sources, &facts());
        let shown = report(&diagnostics, &facts(), Lang::En);
        prop_assert!(!shown.contains('\u{202e}'), "unescaped");
        if let Err(refused) = load(&sources, &facts()) {
            prop_assert!(refused.iter().any(|d| d.severity == Severity::Error && d.code != "S10"));
        }
        for pair in diagnostics.windows(2) {
            if pair[0].place.file == pair[1].place.file {
                let at = |i: usize| (pair[i].place.line, pair[i].place.column);
                prop_assert!(at(0) <= at(1));
            }
        }
    }
}

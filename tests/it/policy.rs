//! `sekimori check` and the evaluator, on the shipped sample and on a
//! configuration with every mistake in it.

use proptest::prelude::*;
use sekimori::cli::check::{all, report, to_json};
use sekimori::cli::configuration;
use sekimori::policy::source::Sources;
use sekimori::policy::text::Lang;
use sekimori::policy::{Days, Endpoint, Facts, Holidays, KINDS, Per, Policy, Rate, Severity, load};
use sekimori::sanitise::Kind;
use sekimori::segment::evaluate::{Cause, Missing, Verdict, evaluate};
use sekimori::segment::expect::check_expects;
use sekimori::segment::question::Question;

const MAIN: &str = include_str!("../../config/sekimori.toml");
const MAIL: &str = include_str!("../../config/flows.d/mail.toml");
const OFFICE: &str = include_str!("../../config/flows.d/office.toml");

pub fn sample() -> Sources {
    Sources::new([
        ("sekimori.toml", MAIN),
        ("flows.d/mail.toml", MAIL),
        ("flows.d/office.toml", OFFICE),
    ])
}

pub fn facts() -> Facts {
    Facts::at("2026-11-23T00:00:00Z".parse().unwrap())
}

pub fn policy() -> Policy {
    load(&sample(), &facts()).unwrap().0
}

pub fn now() -> Option<jiff::Timestamp> {
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

/// The sample, with more in `[site]` and hosts, and one more file of flows.
pub fn with_flows(site: &str, hosts: &str, flows: &str) -> Sources {
    let main = MAIN
        .replace("review_days  = 365", &format!("review_days  = 365\n{site}"))
        .replace("[services]", &format!("{hosts}\n[services]"));
    Sources::new([
        ("sekimori.toml", main.as_str()),
        ("flows.d/a.toml", flows),
        ("flows.d/mail.toml", MAIL),
        ("flows.d/office.toml", OFFICE),
    ])
}

pub const APPROVED: &str = r#"
purpose = "試験"
owner   = "sato"
approved = { by = "ciso", on = 2026-11-01, ticket = "情セ-R8-030" }
expires  = 2027-09-30
"#;

#[test]
fn the_documented_register_reads_and_says_that_no_proxy_is_there() {
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
"#;
    let sources = with_flows("", "", &format!("{flow}{APPROVED}"));
    let (policy, warnings) = load(&sources, &facts()).unwrap();
    let codes: Vec<&str> = warnings.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["S11"], "{warnings:#?}");
    let update = policy
        .flows
        .iter()
        .find(|flow| flow.id == "pattern-update")
        .unwrap();
    assert_eq!(update.volume.upload, Some(50_000_000));
    let hours = update.hours.as_ref().unwrap();
    assert_eq!((hours.windows[0].first, hours.windows[0].last), (60, 300));
}

#[test]
fn groups_hours_rate_and_trial_become_values() {
    let flow = r#"
[[flow]]
id           = "night-batch"
from         = "office:[desks, printer]"
to           = "lgwan:gyomu-web"
service      = ["https", "tcp/8000-8007", "icmp"]
hours        = ["22:00-05:00", "12:00-24:00"]
days         = "月-金"
holidays     = "closed"
rate         = "30/minute"
mode         = "report"
report_until = 2026-11-30
"#;
    let hosts = r#"
pc-1    = { zone = "office", address = "192.168.10.101" }
pc-2    = { zone = "office", address = "192.168.10.102" }
printer = { zone = "office", address = "192.168.10.103" }
[groups]
desks = ["pc-1", "pc-2"]
"#;
    let site = "holidays = [2026-12-29, 2026-12-30]\nunused_days = 30";
    let sources = with_flows(site, hosts, &format!("{flow}{APPROVED}"));
    let (policy, warnings) = load(&sources, &facts()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(policy.site.unused_days, 30);
    assert_eq!(policy.site.holidays.len(), 2);
    assert_eq!(policy.groups["desks"], ["pc-1", "pc-2"]);
    let flow = policy
        .flows
        .iter()
        .find(|flow| flow.id == "night-batch")
        .unwrap();
    let Endpoint::Zone { hosts, .. } = &flow.from else {
        panic!("no zone")
    };
    assert_eq!(hosts, &["pc-1", "pc-2", "printer"]);
    let hours = flow.hours.as_ref().unwrap();
    let windows: Vec<_> = hours.windows.iter().map(|w| (w.first, w.last)).collect();
    assert_eq!(windows, [(720, 1_440), (1_320, 300)]);
    assert_eq!(
        (hours.days, hours.holidays),
        (Days(0b001_1111), Holidays::Closed)
    );
    assert_eq!(
        flow.rate,
        Some(Rate {
            connections: 30,
            per: Per::Minute
        })
    );
    assert_eq!(flow.last_day().to_string(), "2026-11-30");
    // A group stands in a question as it does in a flow.
    for words in [
        ["office:desks", "gyomu-web", "https"],
        ["desks", "gyomu-web", "icmp"],
    ] {
        let noon = "2026-11-24T04:00:00Z".parse().unwrap();
        let question = Question::parse(&policy, words[0], words[1], Some(words[2])).unwrap();
        let verdict = evaluate(&policy, &question, Some(noon));
        assert!(
            matches!(verdict, Verdict::Allow { .. }),
            "{words:?}: {verdict:?}"
        );
    }
}

#[test]
fn a_bound_that_cannot_be_read_is_never_left_out() {
    for (line, code) in [
        ("hours = []", "S04"),
        ("hours = \"9-17\"", "S04"),
        ("hours = \"09:00-09:00\"", "S04"),
        ("days = \"平日\"", "S04"),
        ("days = []", "S04"),
        ("holidays = \"never\"", "S04"),
        ("rate = \"30\"", "S04"),
        ("rate = 30", "S02"),
        ("mode = \"open\"", "E10"),
        ("mode = \"report\"", "E10"),
        ("mode = \"report\"\nreport_until = 2026-12-03", "E10"),
        ("mode = \"report\"\nreport_until = 2026-11-22", "E10"),
        ("mode = \"report\"\nreport_until = \"soon\"", "S02"),
        ("report_until = 2026-11-30", "S04"),
        ("upload = \"50MB/day\"", "S04"),
        ("download = \"50MB\"", "S04"),
        ("via = \"proxy\"", "E02"),
    ] {
        let flow = format!(
            "[[flow]]\nid = \"x\"\nfrom = \"office:madoguchi\"\nto = \"lgwan:gyomu-web\"\nservice = \"tcp/8443\"\n{line}{APPROVED}"
        );
        let refused = load(&with_flows("", "", &flow), &facts()).unwrap_err();
        assert!(
            refused.iter().any(|d| d.code == code),
            "{line}: {refused:#?}"
        );
    }
}

#[test]
fn what_becomes_of_comments_changes_and_links_is_one_of_two_words() {
    let with = |line: &str| {
        let main = MAIN.replacen("[mail]\n", &format!("[mail]\n{line}\n"), 1);
        load(
            &Sources::new([
                ("sekimori.toml", main.as_str()),
                ("flows.d/mail.toml", MAIL),
                ("flows.d/office.toml", OFFICE),
            ]),
            &facts(),
        )
    };
    let kept = with("").unwrap().0.mail;
    assert!(!kept.drop_comments && !kept.accept_changes && !kept.keep_pdf_links);
    let other = with("comments = \"drop\"\ntracked_changes = \"accept\"\npdf_links = \"keep\"")
        .unwrap()
        .0
        .mail;
    assert!(other.drop_comments && other.accept_changes && other.keep_pdf_links);
    for (line, code) in [
        ("comments = \"accept\"", "S04"),
        ("tracked_changes = \"drop\"", "S04"),
        ("comments = true", "S02"),
        ("pdf_links = \"yes\"", "S04"),
    ] {
        let refused = with(line).unwrap_err();
        assert!(
            refused.iter().any(|d| d.code == code),
            "{line}: {refused:#?}"
        );
    }
}

#[test]
fn a_group_is_of_one_zone_and_of_its_own_name() {
    let flow = format!(
        "[[flow]]\nid = \"x\"\nfrom = \"office:g\"\nto = \"lgwan:gyomu-web\"\nservice = \"tcp/8443\"\n{APPROVED}"
    );
    for group in [
        "g = [\"madoguchi\", \"gyomu-web\"]",
        "g = [\"gyomu-web\"]",
        "g = [\"nobody\"]",
        "g = [\"madoguchi\"]\nmadoguchi = [\"madoguchi\"]",
    ] {
        let refused = load(
            &with_flows("", &format!("[groups]\n{group}"), &flow),
            &facts(),
        );
        let refused = refused.unwrap_err();
        assert!(
            refused.iter().any(|d| d.code == "E09"),
            "{group}: {refused:#?}"
        );
    }
    let refused = load(&with_flows("", "[groups]\ng = []", &flow), &facts()).unwrap_err();
    assert!(refused.iter().any(|d| d.code == "S04"), "{refused:#?}");
}

#[test]
fn a_trial_that_ended_is_left_out_at_boot_like_an_expired_flow() {
    let flow = format!(
        "[[flow]]\nid = \"x\"\nfrom = \"office:madoguchi\"\nto = \"lgwan:gyomu-web\"\nservice = \"tcp/8443\"\nmode = \"report\"\nreport_until = 2026-11-22\n{APPROVED}"
    );
    let now = facts().now.unwrap();
    let (policy, alarms) = load(&with_flows("", "", &flow), &Facts::boot(now)).unwrap();
    assert!(policy.flows.iter().all(|flow| flow.id != "x"));
    assert!(
        alarms
            .iter()
            .any(|d| d.code == "E10" && d.severity == Severity::Warning)
    );
}

#[test]
fn a_holiday_rule_without_holidays_is_told() {
    let flow = format!(
        "[[flow]]\nid = \"x\"\nfrom = \"office:madoguchi\"\nto = \"lgwan:gyomu-web\"\nservice = \"tcp/8443\"\nholidays = \"closed\"\n{APPROVED}"
    );
    let told = |site: &str| {
        let (_, warnings) = load(&with_flows(site, "", &flow), &facts()).unwrap();
        warnings.iter().any(|d| d.code == "S12")
    };
    assert!(told("") && told("holidays = [2025-12-29]"));
    assert!(!told("holidays = [2026-12-29]"));
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

//! What must be true before anything is put in force: every `[[expect]]`,
//! and the way back to the box for whoever applies. Pure.

use std::net::IpAddr;

use jiff::Timestamp;

use super::evaluate::{Cause, Verdict, evaluate};
use super::question::Question;
use crate::policy::source::MAIN;
use crate::policy::text::{Text, bounded, escape_hostile};
use crate::policy::{Diagnostic, Place, Policy, Sources, diagnostic};

/// Asks every `[[expect]]`; a wrong answer stops everything (before `apply`
/// nothing changes).
#[must_use]
pub fn check_expects(
    policy: &Policy,
    sources: &Sources,
    now: Option<Timestamp>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for expect in &policy.expects {
        let words = (
            expect.from.as_str(),
            expect.to.as_str(),
            expect.service.as_str(),
        );
        let message = match Question::parse(policy, words.0, words.1, Some(words.2)) {
            Err(unclear) => Some(unclear.text()),
            Ok(question) => wrong(&evaluate(policy, &question, now), expect.allow),
        };
        if let Some(message) = message {
            let asked = escape_hostile(&bounded(
                &format!("{} {} {}", words.0, words.1, words.2),
                160,
            ));
            let hint = format!("sekimori explain {asked}");
            let hint = Text::new(hint.clone(), hint);
            diagnostics.push(diagnostic::at(
                sources,
                &expect.place,
                "S09",
                message,
                Some(hint),
            ));
        }
    }
    diagnostics
}

/// The administrator's own connection (`SSH_CONNECTION`): from whom, to which
/// address and port of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// From.
    pub peer: IpAddr,
    /// The address of ours that it came to.
    pub here: IpAddr,
    /// The port of ours.
    pub port: u16,
}

/// E21, the other half: would the session that applies this policy still
/// reach the box? Without a policy nothing does. What cannot be asked counts
/// as lost.
#[must_use]
pub fn check_session(
    policy: Option<&Policy>,
    sources: &Sources,
    session: &Session,
    now: Option<Timestamp>,
) -> Option<Diagnostic> {
    let (peer, here) = (session.peer.to_canonical(), session.here.to_canonical());
    let service = format!("tcp/{}", session.port);
    let why = match policy {
        None => Cause::NotListed.text(),
        Some(policy) => {
            let (from, to) = (peer.to_string(), here.to_string());
            match Question::parse(policy, &from, &to, Some(&service)) {
                Err(unclear) => unclear.text(),
                Ok(question) => match evaluate(policy, &question, now) {
                    Verdict::Allow { .. } => return None,
                    Verdict::Deny(reason) => reason.cause.text(),
                },
            }
        }
    };
    let place = Place {
        file: MAIN.to_owned(),
        line: 1,
        column: 1,
    };
    let message = Text::new(
        format!(
            "適用すると、いま操作している接続 ({peer} → {here} {service}) が切れます: {}",
            why.ja
        ),
        format!(
            "applying this would cut your own session ({peer} → {here} {service}): {}",
            why.en
        ),
    );
    let hint = Text::new(
        "管理区域から gateway への許可と、その区域の gateway アドレスを確かめるか、コンソールから適用してください",
        "allow it from a management zone to that zone's `gateway` address, or apply from the console",
    );
    Some(diagnostic::at(sources, &place, "E21", message, Some(hint)))
}

fn wrong(verdict: &Verdict, wanted: bool) -> Option<Text> {
    match (verdict, wanted) {
        (Verdict::Allow { .. }, true) | (Verdict::Deny(_), false) => None,
        (Verdict::Allow { flow }, false) => Some(Text::new(
            format!("拒否されるはずの通信を {flow} が許可しています"),
            format!("expected to be denied, but {flow} allows it"),
        )),
        (Verdict::Deny(reason), true) => Some(Text::new(
            format!(
                "許可されるはずの通信が拒否されます: {}",
                reason.cause.text().ja
            ),
            format!(
                "expected to be allowed, but it is denied: {}",
                reason.cause.text().en
            ),
        )),
    }
}

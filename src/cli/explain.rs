//! `sekimori explain FROM TO [SERVICE]`: would this pass, and by whose leave?

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::configuration::{self, NoPolicy};
use super::flow::list::standing;
use super::{DONE, FAILED, Globals, check, cut, words};
use crate::policy::text::{Lang, Text, bounded, escape_hostile};
use crate::policy::{Endpoint, Facts, Flow, Policy};
use crate::segment::configuration::Purpose;
use crate::segment::cut::closed;
use crate::segment::evaluate::{Cause, Reason, Verdict, between, evaluate};
use crate::segment::question::Question;
use crate::segment::revision::Revisions;

/// `sekimori explain`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori explain office:192.168.10.33 lgwan:gyomu-web https")]
pub struct Explain {
    /// Address, host, zone, zone:host or gateway
    pub from: String,
    /// The same, or a URL (then no SERVICE)
    pub to: String,
    /// A service's name, tcp/443, udp/53, icmp; without it every flow between the two is shown
    pub service: Option<String>,
}

/// Asks the configuration, and says whether what is in force answers
/// otherwise. Asks no kernel; changes nothing.
#[must_use]
pub fn run(args: &Explain, globals: &Globals) -> ExitCode {
    // Without the clock an expired flow stays in the policy, and the answer
    // can say that it expired.
    let (_, policy, _) = match configuration::policy(&globals.config, &Facts::default()) {
        Ok(loaded) => loaded,
        Err(NoPolicy::Unreadable(error)) => return globals.fail(&error.text()),
        Err(NoPolicy::Mistakes(diagnostics)) => {
            eprint!(
                "{}",
                check::report(&diagnostics, &Facts::default(), globals.lang)
            );
            return ExitCode::from(FAILED);
        }
    };
    let question = match Question::parse(&policy, &args.from, &args.to, args.service.as_deref()) {
        Ok(question) => question,
        Err(unclear) => return globals.fail(&unclear.text()),
    };
    let now = Timestamp::now();
    let answer = Answer::of(&policy, &question, now);
    let in_force = InForce::of(&Revisions::of(&globals.state), args, &policy, now);
    if globals.json {
        let told = answer.to_json(args, &policy, &in_force, globals.lang);
        println!("{told}");
    } else {
        print!("{}", answer.render(args, &policy, globals.lang));
        let allowed = answer.reason.is_none();
        print!("{}", in_force.render(allowed).get(globals.lang));
    }
    ExitCode::from(DONE)
}

/// What holds on this machine now, beside the configuration that was asked.
struct InForce {
    /// None without a revision.
    revision: Option<u64>,
    /// Internet and LGWAN are cut from each other.
    cut: bool,
    /// The same question, asked of it; none where it cannot be read.
    allowed: Option<bool>,
    /// What the configuration is to it.
    standing: Text,
}

impl InForce {
    fn of(revisions: &Revisions, args: &Explain, asked: &Policy, now: Timestamp) -> Self {
        let revision = revisions.current().ok().flatten();
        let cut = revisions.cut().is_some();
        let policy = revision.and_then(|number| {
            let stored = revisions.configuration(number).ok()?;
            stored.policy(Purpose::Hold, now).ok()
        });
        let allowed = policy.map(|(policy, _)| {
            let policy = if cut { closed(&policy) } else { policy };
            // A word that means nothing there opens nothing there.
            Question::parse(&policy, &args.from, &args.to, args.service.as_deref())
                .is_ok_and(|question| Answer::of(&policy, &question, now).reason.is_none())
        });
        Self {
            revision,
            cut,
            allowed,
            standing: standing(revisions, asked),
        }
    }

    /// Said in any case: of which configuration. And where it matters: what
    /// really happens now.
    fn render(&self, asked: bool) -> Text {
        let Text { ja, en } = &self.standing;
        let mut lines = vec![Text::new(
            format!("  設定: {ja}"),
            format!("  configuration: {en}"),
        )];
        if let (Some(revision), Some(allowed)) = (self.revision, self.allowed)
            && allowed != asked
        {
            let (ja, en) = if allowed {
                ("許可", "ALLOWED")
            } else {
                ("拒否", "DENIED")
            };
            lines.push(Text::new(
                format!("  現在: {ja} (適用中の改訂 {revision})"),
                format!("  now: {en} (revision {revision} in force)"),
            ));
        }
        lines.extend(self.cut.then(cut::still));
        let all = words::joined(lines, "\n", "\n");
        all.map_or(Text::new("", ""), |all| {
            Text::new(format!("{}\n", all.ja), format!("{}\n", all.en))
        })
    }

    fn to_json(&self, lang: Lang) -> Value {
        json!({
            "revision": self.revision, "cut": self.cut, "standing": self.standing.get(lang),
            "verdict": self.allowed.map(|allowed| if allowed { "allow" } else { "deny" }),
        })
    }
}

/// What is shown: the flows that allow it, or why not.
struct Answer<'a> {
    flows: Vec<&'a Flow>,
    reason: Option<Reason>,
}

impl<'a> Answer<'a> {
    fn of(policy: &'a Policy, question: &Question, now: Timestamp) -> Self {
        let now = Some(now);
        if question.services.is_empty() {
            let flows = between(policy, question, now);
            if !flows.is_empty() {
                return Self {
                    flows,
                    reason: None,
                };
            }
        }
        Self::one(policy, evaluate(policy, question, now))
    }

    fn one(policy: &'a Policy, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Allow { flow } => Self {
                flows: policy.flows.iter().filter(|f| f.id == flow).collect(),
                reason: None,
            },
            Verdict::Deny(reason) => Self {
                flows: Vec::new(),
                reason: Some(reason),
            },
        }
    }

    fn render(&self, args: &Explain, policy: &Policy, lang: Lang) -> String {
        let words = [Some(&args.from), Some(&args.to), args.service.as_ref()];
        let asked: Vec<String> = words
            .into_iter()
            .flatten()
            .map(|w| escape_hostile(&bounded(w, 200)))
            .collect();
        let word = match (&self.reason, lang) {
            (None, Lang::Ja) => "許可",
            (None, Lang::En) => "ALLOWED",
            (Some(_), Lang::Ja) => "拒否",
            (Some(_), Lang::En) => "DENIED",
        };
        let mut shown = format!("{word}: {}\n", asked.join(" "));
        for flow in &self.flows {
            shown.push_str(&describe(flow, policy).get(lang).replace('\n', "\n  "));
            shown.push('\n');
        }
        let Some(reason) = &self.reason else {
            return shown;
        };
        let because = reason.cause.text();
        let because = Text::new(
            format!("  理由: {}\n", because.ja),
            format!("  why: {}\n", because.en),
        );
        shown.push_str(because.get(lang));
        let near = reason
            .nearest
            .as_ref()
            .and_then(|id| policy.flows.iter().find(|f| f.id == *id));
        if let Some(flow) = near {
            let near = Text::new("  最も近い許可:\n", "  nearest flow:\n");
            shown.push_str(near.get(lang));
            shown.push_str(&describe(flow, policy).get(lang).replace('\n', "\n  "));
            shown.push('\n');
            let zone = policy.site.zone();
            let differs: Vec<Text> = reason.missing.iter().map(|m| m.text(&zone)).collect();
            let list =
                |pick: fn(&Text) -> &str| differs.iter().map(pick).collect::<Vec<_>>().join("; ");
            let differs = Text::new(
                format!("    違い: {}\n", list(|text| &text.ja)),
                format!("    differs: {}\n", list(|text| &text.en)),
            );
            if !reason.missing.is_empty() {
                shown.push_str(differs.get(lang));
            }
        }
        if reason.cause == Cause::NotListed && near.is_none() {
            let hint = Text::new(
                "  この二者の間には、近い許可もありません。\n",
                "  no flow between these two comes near.\n",
            );
            shown.push_str(hint.get(lang));
        }
        shown
    }

    fn to_json(&self, args: &Explain, policy: &Policy, in_force: &InForce, lang: Lang) -> Value {
        let flow = |flow: &&Flow| {
            json!({
                "id": flow.id,
                "services": flow.services.iter().map(words::range).collect::<Vec<_>>(),
                "purpose": flow.purpose,
                "owner": flow.owner,
                "owner_name": owner(flow, policy),
                "approved_by": flow.approved_by,
                "approved_on": flow.approved_on,
                "ticket": flow.ticket,
                "expires": flow.expires,
                "last_day": flow.last_day(),
                "trial_until": flow.trial_until,
                "bounds": words::bounds(flow).iter().map(|text| text.get(lang)).collect::<Vec<_>>(),
                "names": flow.names,
                "via": flow.via,
                "file": escape_hostile(&flow.place.file),
                "line": flow.place.line,
            })
        };
        let (reason, zone) = (self.reason.as_ref(), policy.site.zone());
        json!({
            "from": escape_hostile(&args.from),
            "to": escape_hostile(&args.to),
            "service": args.service.as_deref().map(escape_hostile),
            "verdict": if reason.is_none() { "allow" } else { "deny" },
            "flow": self.flows.first().map(|flow| &flow.id),
            "flows": self.flows.iter().map(flow).collect::<Vec<_>>(),
            "reason": reason.map(|reason| reason.cause.code()),
            "message": reason.map(|reason| reason.cause.text().get(lang).to_owned()),
            "in_force": in_force.to_json(lang),
            "nearest": reason.and_then(|reason| reason.nearest.clone()),
            "missing": reason.map(|reason| {
                reason.missing.iter().map(|m| m.text(&zone).get(lang).to_owned()).collect::<Vec<_>>()
            }),
        })
    }
}

fn owner<'a>(flow: &Flow, policy: &'a Policy) -> Option<&'a str> {
    policy
        .people
        .get(&flow.owner)
        .map(|person| person.name.as_str())
}

/// Addresses of one end that are shown; the rest is counted.
const SHOWN: usize = 4;

/// One flow with everything that decides, and everybody to ask.
fn describe(flow: &Flow, policy: &Policy) -> Text {
    let end = |end: &Endpoint, peer: &Endpoint| {
        let all = words::addresses(policy, end, peer);
        let mut shown = all
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if all.len() > SHOWN {
            shown.push_str(", …");
        }
        if shown.is_empty() {
            words::end(end)
        } else {
            format!("{} ({shown})", words::end(end))
        }
    };
    let line = |ja: &str, en: &str, value: &str| {
        Text::new(format!("{ja}: {value}"), format!("{en}: {value}"))
    };
    let both = |ja: &str, en: &str, value: Text| {
        Text::new(format!("{ja}: {}", value.ja), format!("{en}: {}", value.en))
    };
    let place = format!("{}:{}", escape_hostile(&flow.place.file), flow.place.line);
    let head = format!("  {} ({place})", flow.id);
    let way = format!(
        "{} → {}",
        end(&flow.from, &flow.to),
        end(&flow.to, &flow.from)
    );
    let names: Vec<String> = flow.names.iter().map(|name| escape_hostile(name)).collect();
    let approval = format!(
        "{} {} {}",
        words::person(policy, &flow.approved_by),
        flow.approved_on,
        escape_hostile(&flow.ticket)
    );
    let lines = [
        Some(Text::new(head.clone(), head)),
        Some(line("通信", "from → to", &way)),
        (!names.is_empty()).then(|| line("名前", "names", &names.join(", "))),
        Some(line("サービス", "services", &words::services(policy, flow))),
        words::via(flow.via).map(|via| both("経由", "carried", via)),
        words::joined(words::bounds(flow), "、", "; ").map(|bounds| both("条件", "bounds", bounds)),
        Some(line("目的", "purpose", &escape_hostile(&flow.purpose))),
        Some(line("所管", "owner", &words::person(policy, &flow.owner))),
        Some(line("承認", "approved", &approval)),
        Some(line("期限", "expires", &flow.last_day().to_string())),
        Some(both("記録", "recorded", words::log(flow))),
    ];
    words::joined(lines.into_iter().flatten(), "\n  ", "\n  ").unwrap_or_else(|| Text::new("", ""))
}

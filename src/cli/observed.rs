//! What was seen of traffic: from the record, and what the running segment
//! role has seen since its last entry. Reads only.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Globals;
use crate::audit::event::{DeniedGroup, Hit};
use crate::audit::{self, AuditError, Event, Line};
use crate::policy::facts::Hits;
use crate::policy::text::Text;
use crate::segment::denials::Account;
use crate::segment::tally::Seen;
use crate::segment::traffic::Session;

/// Groups of denials that are kept apart.
const GROUPS: usize = 2_000;

/// Shows every event of the segment role, oldest first.
fn each_event(globals: &Globals, seen: &mut dyn FnMut(Timestamp, Event)) -> Result<(), AuditError> {
    let folder = globals.state.join("audit/segment");
    if !Path::new(&folder).exists() {
        return Ok(()); // it never ran here
    }
    for entry in audit::read(&folder)? {
        if let Ok(line) = Line::read(&entry?.raw)
            && let Some(event) = line.event()
        {
            seen(line.at, event);
        }
    }
    Ok(())
}

/// What the role answers; none where it does not run.
fn asked<T: for<'a> Deserialize<'a>>(globals: &Globals, command: &str) -> Result<Option<T>, Text> {
    let failed = |error: String| {
        Text::new(
            format!("segment ロールに尋ねられません: {error}"),
            format!("the segment role cannot be asked: {error}"),
        )
    };
    let answer = crate::run::ask(&globals.runtime, "segment", &json!({ "command": command }))
        .map_err(|error| failed(error.to_string()))?;
    answer
        .map(|answer| serde_json::from_value(answer).map_err(|error| failed(error.to_string())))
        .transpose()
}

#[derive(Deserialize)]
struct Pending {
    kernel: u64,
    seen: u64,
    groups: Vec<DeniedGroup>,
    others: u64,
}

/// Denials since that moment, and whether the role runs.
///
/// # Errors
/// The record or the role cannot be read.
pub fn denied(globals: &Globals, since: Timestamp) -> Result<(Account, bool), Text> {
    let mut account = Account::new(GROUPS);
    each_event(globals, &mut |at, event| {
        if let Event::Denied {
            kernel,
            seen,
            groups,
            others,
        } = event
        {
            if at < since {
                account.begin(kernel);
            } else {
                account.add(kernel, seen, &groups, others);
            }
        }
    })
    .map_err(|error| error.text())?;
    let pending: Option<Pending> = asked(globals, "denied")?;
    if let Some(pending) = &pending {
        let Pending {
            kernel,
            seen,
            groups,
            others,
        } = pending;
        account.add(*kernel, *seen, groups, *others);
    }
    Ok((account, pending.is_some()))
}

#[derive(Deserialize)]
struct Used {
    flows: BTreeMap<String, Hit>,
}

/// When each flow was used last; none where nothing was ever watched.
///
/// # Errors
/// The record or the role cannot be read.
pub fn hits(globals: &Globals) -> Result<Option<Hits>, Text> {
    let mut hits: Option<Hits> = None;
    each_event(globals, &mut |at, event| {
        let hits = hits.get_or_insert_with(|| Hits {
            since: at,
            last: BTreeMap::new(),
        });
        if let Event::Hits { flows } = event {
            add(hits, flows);
        }
    })
    .map_err(|error| error.text())?;
    if let (Some(hits), Some(used)) = (&mut hits, asked::<Used>(globals, "hits")?) {
        add(hits, used.flows);
    }
    Ok(hits)
}

fn add(hits: &mut Hits, flows: BTreeMap<String, Hit>) {
    for (flow, hit) in flows {
        let last = hits.last.entry(flow).or_insert(hit.last);
        *last = hit.last.max(*last);
    }
}

#[derive(Deserialize)]
struct Recent {
    sessions: Vec<RecentSession>,
}

#[derive(Deserialize)]
struct RecentSession {
    source: std::net::IpAddr,
    destination: std::net::IpAddr,
    service: String,
    first: Timestamp,
    last: Timestamp,
}

/// Sessions that the running role saw lately; none where it does not run.
///
/// # Errors
/// The role cannot be asked.
pub fn sessions(globals: &Globals) -> Result<Option<Vec<(Session, Seen)>>, Text> {
    let Some(recent) = asked::<Recent>(globals, "traffic")? else {
        return Ok(None);
    };
    let sessions = recent.sessions.into_iter().filter_map(|one| {
        let session = Session {
            source: one.source,
            destination: one.destination,
            service: one.service.parse().ok()?,
        };
        let (first, last) = (one.first, one.last);
        let count = 1;
        Some((session, Seen { first, last, count }))
    });
    Ok(Some(sessions.collect()))
}

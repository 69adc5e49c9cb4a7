//! The `mail` role: takes mail, has it made harmless, hands it on. User
//! sekimori-mail, no capability; a message is carried here, never parsed.
//!
//! ```text
//! rules, key, port 25 -> privileges dropped -> spool, record -> what stood there
//!   -> sessions (tokio)   treatments (threads: workers block)   deliveries (tokio)
//! ```
//!
//! Without a revision, the key or the record this role does not run: port 25
//! is closed and senders keep their mail. On SIGTERM it stops taking mail and
//! ends; whatever was under way stands on the disk. Nothing depends on an end
//! in order: `kill -9` is as good.

use std::net::TcpListener as StdListener;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, timeout};

use super::control::{self, Peer, Server, refusal};
use super::{Places, Role, RunError, privileges};
use crate::audit::{Event, Head};
use crate::mail::house::{House, Rules};
use crate::mail::ledger::Ledger;
use crate::mail::receive::{self, Patience};
use crate::mail::spool::Spool;
use crate::mail::{deliver, pass};
use crate::policy::text::Lang;
use crate::quarantine::{MailId, SiteKey};
use crate::segment::configuration::Purpose;
use crate::segment::revision::Revisions;

/// Threads that have mails treated. They mostly wait: for workers, for disks.
const TREATING: usize = 4;
/// How often the revision that holds, and whether there is a cut, is looked
/// at: three small files.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often heads are exchanged with the segment role.
const HEADS_EVERY: Duration = Duration::from_mins(1);
/// How long what is under way may take at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever must be there before mail may be taken.
pub fn run(places: &Places) -> Result<(), RunError> {
    let rules = current_rules(&places.state)?;
    let key = site_key(&places.config)?;
    let listeners = listeners(&rules)?;
    privileges::become_role(Role::Mail.user(), &[])?;

    let failed = |error| RunError::system("スプールを開けません", "cannot open the spool", error);
    let spool = Spool::open(&places.state, key).map_err(failed)?;
    let standing = spool.standing().map_err(failed)?;
    let ledger = Ledger::open(&places.state.join("audit"), &standing)
        .map_err(|error| RunError(error.text()))?;
    let (tell, orders) = mpsc::unbounded_channel();
    let workers = places.runtime.join("sandbox.sock");
    let house = Arc::new(House::new(spool, ledger, rules, workers, tell));
    let started = Event::Started {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
    };
    house
        .record(&started)
        .map_err(|error| RunError(error.text()))?;
    follow_cut(&places.state, &house); // before any mail is taken or tried
    pass::resume_standing(&house).map_err(failed)?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::system("起動できません", "cannot start", error))?;
    let ended = runtime.block_on(work(places, &house, listeners, orders));
    runtime.shutdown_timeout(FAREWELL);
    ended?;
    house
        .record(&Event::Stopped)
        .map_err(|error| RunError(error.text()))?;
    exchange_heads(&places.runtime, &house);
    Ok(())
}

async fn work(
    places: &Places,
    house: &Arc<House>,
    listeners: Vec<StdListener>,
    orders: mpsc::UnboundedReceiver<(MailId, u32)>,
) -> Result<(), RunError> {
    let refused =
        |error| RunError::system("シグナルを受けられません", "cannot take signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(refused)?;
    let (end, ending) = watch::channel(false);

    let mut under_way = tokio::task::JoinSet::new();
    for listener in listeners {
        let listener = TcpListener::from_std(listener)
            .map_err(|error| RunError::system("待ち受けできません", "cannot listen", error))?;
        let house = Arc::clone(house);
        under_way.spawn(receive::serve(
            listener,
            house,
            Patience::default(),
            ending.clone(),
        ));
    }
    under_way.spawn(deliver::run(Arc::clone(house), orders, ending.clone()));
    for _ in 0..TREATING {
        let house = Arc::clone(house);
        std::thread::spawn(move || pass::treat_due(&house));
    }
    serve_control(places, Arc::clone(house), ending)?;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);

    let mut look = interval(LOOK_EVERY);
    let mut heads = interval(HEADS_EVERY);
    loop {
        tokio::select! {
            // Half a role must not go on: one that takes mail and delivers
            // none would do so unseen.
            ended = under_way.join_next() => {
                let how = ended.map_or_else(String::new, |ended| format!("{ended:?}"));
                return Err(RunError::system(
                    "受信または配送の処理が止まりました。再起動します",
                    "receiving or delivering came to an end; the role starts again",
                    how,
                ));
            }
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => follow_revision(&places.state, house).await,
            _ = look.tick() => follow_revision(&places.state, house).await,
            _ = heads.tick() => {
                let (runtime, house) = (places.runtime.clone(), Arc::clone(house));
                tokio::task::spawn_blocking(move || exchange_heads(&runtime, &house));
            }
        }
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    let _ = end.send(true);
    house.treatments.close();
    let all_end = async { while under_way.join_next().await.is_some() {} };
    let _ = timeout(FAREWELL, all_end).await;
    Ok(())
}

/// The current revision, and nothing of the configuration folder.
fn current_rules(state: &Path) -> Result<Rules, RunError> {
    let revisions = Revisions::of(state);
    let told = |error: crate::segment::SegmentError| RunError(error.text());
    let Some(revision) = revisions.current().map_err(told)? else {
        return Err(RunError(crate::policy::text::Text::new(
            "適用された設定がありません。sekimori apply を実行してください",
            "no configuration is in force yet: run sekimori apply",
        )));
    };
    let configuration = revisions.configuration(revision).map_err(told)?;
    let (policy, _warnings) = configuration
        .policy(Purpose::Hold, Timestamp::now())
        .map_err(told)?;
    Ok(Rules { policy, revision })
}

/// Follows `current`. One that cannot be read leaves the last good rules.
async fn follow_revision(state: &Path, house: &Arc<House>) {
    let (state, house) = (state.to_owned(), Arc::clone(house));
    let followed = tokio::task::spawn_blocking(move || {
        follow_cut(&state, &house);
        let now = house.rules().revision;
        match Revisions::of(&state).current() {
            Ok(Some(revision)) if revision != now => match current_rules(&state) {
                Ok(rules) => house.set_rules(rules),
                Err(error) => house.alarm_once(error.0.get(Lang::En).to_owned()),
            },
            Ok(Some(_)) => {}
            Ok(None) => house
                .alarm_once("the current revision is gone; the last good rules stay".to_owned()),
            Err(error) => house.alarm_once(error.text().get(Lang::En).to_owned()),
        }
    });
    let _ = followed.await; // a panic there would have said so
}

/// The rules in the kernel are cut first; this keeps mail from being taken
/// and from being tried in vain.
fn follow_cut(state: &Path, house: &House) {
    let cut = Revisions::of(state).cut();
    if house.set_cut(cut.is_some()) {
        let event = match cut {
            Some(cut) => Event::Cut { by: cut.by },
            None => Event::CutUndone { by: "-".to_owned() },
        };
        if let Err(error) = house.record(&event) {
            eprintln!("sekimori-mail: {error}");
        }
    }
}

fn site_key(config: &Path) -> Result<SiteKey, RunError> {
    let given = std::env::var_os("CREDENTIALS_DIRECTORY");
    let kept = config.join("credentials");
    SiteKey::from_credential("site-key", given.as_deref().map(Path::new), &kept)
        .map_err(|error| RunError(error.text()))
}

/// From the service manager when it gave us sockets, else our own.
fn listeners(rules: &Rules) -> Result<Vec<StdListener>, RunError> {
    let failed = |error| RunError::system("待ち受けできません", "cannot listen", error);
    let given: Vec<OwnedFd> = sd_notify::listen_fds()
        .map_err(failed)?
        .map(crate::sys::own)
        .collect();
    let mut listeners: Vec<StdListener> = given.into_iter().map(StdListener::from).collect();
    if listeners.is_empty() {
        for address in &rules.policy.mail.listen {
            let told = |error| {
                let (ja, en) = (
                    format!("{address} で待ち受けできません"),
                    format!("cannot listen on {address}"),
                );
                RunError::system(&ja, &en, error)
            };
            listeners.push(StdListener::bind(address).map_err(told)?);
        }
    }
    for listener in &listeners {
        listener.set_nonblocking(true).map_err(failed)?;
    }
    Ok(listeners)
}

/// Tells our head to the segment role and keeps its own in our chain.
fn exchange_heads(runtime: &Path, house: &House) {
    house.ledger.log().announce();
    let told = json!({ "head": house.ledger.log().head() });
    match control::ask(runtime, Role::Segment.name(), &told) {
        Ok(Some(answer)) => {
            let head = answer.get("head").cloned().unwrap_or_default();
            if let Ok(Head { role, seq, hash }) = serde_json::from_value::<Head>(head)
                && role == Role::Segment.name()
                && let Err(error) = house.record(&Event::Head { role, seq, hash })
            {
                eprintln!("sekimori-mail: {error}");
            }
        }
        Ok(None) => {} // it does not run; its supervisor knows
        Err(error) => eprintln!("sekimori-mail: heads could not be exchanged: {error}"),
    }
}

/// The control socket, on a thread of its own.
fn serve_control(
    places: &Places,
    house: Arc<House>,
    ending: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let server = Server::open(&places.runtime, Role::Mail.name()).map_err(|error| {
        RunError::system("mail.sock を作れません", "cannot make mail.sock", error)
    })?;
    std::thread::spawn(move || {
        while !*ending.borrow() {
            let mut watched = [PollFd::new(server.as_fd(), PollFlags::POLLIN)];
            if poll(&mut watched, PollTimeout::from(500_u16)).is_ok_and(|ready| ready > 0) {
                server.serve(&mut |peer, request| answer(&house, peer, request));
            }
        }
    });
    Ok(())
}

fn answer(house: &House, peer: &Peer, request: &Value) -> Value {
    let word = |name: &str| {
        request
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    match word("command") {
        "status" => status(house),
        "retry" if peer.may_change() => match MailId::parse(word("id")) {
            Some(id) => json!({ "retried": pass::retry(house, &id) }),
            None => refusal("no such mail"),
        },
        "retry" => refusal("not allowed"),
        _ => refusal("unknown command"),
    }
}

fn status(house: &House) -> Value {
    let count = |listed: std::io::Result<usize>| listed.map_or(Value::Null, Value::from);
    json!({
        "role": "mail",
        "revision": house.rules().revision,
        "cut": house.is_cut(),
        "queue": {
            "received": count(house.spool.received().map(|all| all.len())),
            "outgoing": count(house.spool.outgoing().map(|all| all.len())),
            "held": count(house.spool.held().map(|all| all.len())),
        },
        "sandbox": house.sandbox().is_some_and(|sandbox| sandbox.reachable()),
        "head": house.ledger.log().head(),
    })
}

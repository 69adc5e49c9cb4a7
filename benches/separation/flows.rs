//! Ten thousand flows between two internal zones: what new connections and a
//! denied flood cost, beside bare forwarding and beside the same flows as
//! linear rules. Variants take turns in every round; a ratio is that to bare
//! forwarding in the same round, because the machine is not the same for long;
//! medians count, and the middle half of the rounds stands beside them.

use std::time::{Duration, Instant};

use ground::{CLIENTS, Echo, Gateway, Net, Role, SERVER, Seen, Town, connect_for, flooded};
use sekimori::segment::Ruleset;

use crate::PROGRAM;
use crate::measure::{Scale, Spread, Targets, median};

/// What the gateway holds in one turn.
enum Variant<'a> {
    Bare,
    Tracked,
    Linear(String),
    Rules(Box<Ruleset>),
    /// The same rules with the role beside them, which hears of every denied packet.
    Running(Gateway<'a>),
}

impl Variant<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Bare => "bare forwarding",
            Self::Tracked => "connection tracking only",
            Self::Linear(_) => "linear rules (nft)",
            Self::Rules(_) => "sekimori, its rules alone",
            Self::Running(_) => "**sekimori**, running",
        }
    }

    /// Installs it; the role, if there is one, ends with what is returned.
    fn install(&self, net: &Net) -> Option<Role> {
        net.open();
        net.forget_connections(); // of the turn before
        match self {
            Self::Bare => {}
            Self::Tracked => net.load(
                "table inet tracked {\nchain forward {\ntype filter hook forward priority 0; policy accept;\n\
                 ct state established,related accept\nct state invalid drop\n}\n}\n",
            ),
            Self::Linear(text) => net.load(text),
            Self::Rules(ruleset) => net.put_in_force(ruleset),
            Self::Running(gateway) => {
                let role = gateway.start_role();
                role.wait_until_ready();
                // It answers between two turns; the first one, which looks at every
                // session and element there is, is over when the second is answered.
                gateway.run("status");
                gateway.run("status");
                return Some(role);
            }
        }
        None
    }
}

#[derive(Default)]
struct Series {
    connections: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    denied: Vec<f64>,
    stranger: Vec<f64>,
    failed: usize,
}

/// The traffic half of the part.
pub fn run(scale: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("flows") else {
        return;
    };
    net.plug_in();
    let town = Town::of(scale.pick(1_000, 10_000));
    let gateway = Gateway::new(&net, PROGRAM, town);
    gateway.run("apply");
    let variants = [
        Variant::Bare,
        Variant::Tracked,
        Variant::Linear(town.linear()),
        Variant::Rules(Box::new(town.ruleset())),
        Variant::Running(gateway),
    ];
    let _echo = Echo::serve(&net, "srv", SERVER, 4);
    let _seen = Seen::of(&net, "srv", "udp dport { 1001, 9999 }", "drop");
    let stranger = net.socket("off", "10.3.0.2:0");
    let denied = ["10.4.0.2:9999".parse().unwrap()]; // no flow names it
    let listed = ["10.4.0.2:1001".parse().unwrap()]; // one does, for another host
    let time = Duration::from_millis(scale.pick(400, 700));
    let mut all: Vec<Series> = variants.iter().map(|_| Series::default()).collect();
    for _ in 0..scale.pick(3, 15) {
        for (variant, series) in variants.iter().zip(&mut all) {
            let _role = variant.install(&net);
            let end = Instant::now() + time;
            let made = connect_for(&net, "off", &CLIENTS, SERVER, || Instant::now() >= end);
            series.connections.push(made.rate());
            series.p50.push(f64::from(made.percentile(50)));
            series.p99.push(f64::from(made.percentile(99)));
            series.failed += made.failed;
            for (to, rates) in [
                (&denied, &mut series.denied),
                (&listed, &mut series.stranger),
            ] {
                let ((), flood) = flooded(&stranger, to, None, || std::thread::sleep(time));
                rates.push(flood.rate());
            }
        }
    }
    show(town, &variants, all, targets);
}

fn show(town: Town, variants: &[Variant<'_>], all: Vec<Series>, targets: &mut Targets) {
    println!(
        "| {} flows, medians | new connections/s | ratio | p50 µs | p99 µs | failed | denied packets/s | ratio | to a service of others | ratio |",
        town.flows()
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (variant, series) in variants.iter().zip(&all) {
        let beside = |rates: fn(&Series) -> &Vec<f64>| {
            let bare = rates(&all[0]).iter();
            Spread::of(
                rates(series)
                    .iter()
                    .zip(bare)
                    .map(|(rate, bare)| rate / bare),
            )
        };
        let connections = beside(|series| &series.connections);
        let denied = beside(|series| &series.denied);
        println!(
            "| {} | {:.0} | {connections} | {:.0} | {:.0} | {} | {:.0} | {denied} | {:.0} | {} |",
            variant.name(),
            median(series.connections.clone()),
            median(series.p50.clone()),
            median(series.p99.clone()),
            series.failed,
            median(series.denied.clone()),
            median(series.stranger.clone()),
            beside(|series| &series.stranger),
        );
        if let Variant::Running(_) = variant {
            targets.judge(
                connections.median >= 0.75,
                format!("new connections/s {connections} of bare forwarding (>= 0.75)"),
            );
            targets.judge(
                denied.median >= 0.85,
                format!("denied flood {denied} of bare forwarding (>= 0.85)"),
            );
            targets.judge(
                series.failed == 0,
                format!("{} connections failed (0)", series.failed),
            );
        }
    }
}

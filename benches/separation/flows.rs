//! Ten thousand flows between two internal zones: what new connections and a
//! denied flood cost, beside bare forwarding and beside the same flows as
//! linear rules. Variants take turns in every round; medians count.

use std::time::{Duration, Instant};

use ground::{CLIENTS, Echo, Net, SERVER, Seen, Town, connect_for, flooded};
use sekimori::segment::{Ruleset, put_in_force};

use crate::measure::{Scale, Targets, median};

/// What the gateway holds in one turn.
enum Variant {
    Bare,
    Tracked,
    Linear(String),
    Sekimori(Box<Ruleset>),
}

impl Variant {
    fn name(&self) -> &'static str {
        match self {
            Self::Bare => "bare forwarding",
            Self::Tracked => "connection tracking only",
            Self::Linear(_) => "linear rules (nft)",
            Self::Sekimori(_) => "sekimori",
        }
    }

    fn install(&self, net: &Net) {
        net.open();
        match self {
            Self::Bare => {}
            Self::Tracked => net.load(
                "table inet tracked {\nchain forward {\ntype filter hook forward priority 0; policy accept;\n\
                 ct state established,related accept\nct state invalid drop\n}\n}\n",
            ),
            Self::Linear(text) => net.load(text),
            Self::Sekimori(ruleset) => net.inside("gw", || {
                put_in_force(ruleset).unwrap_or_else(|error| panic!("{}", error.text().en));
            }),
        }
    }
}

#[derive(Default)]
struct Series {
    connections: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    denied: Vec<f64>,
    failed: usize,
}

/// The traffic half of the part.
pub fn run(scale: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("flows") else {
        return;
    };
    net.plug_in();
    let town = Town::of(scale.pick(1_000, 10_000));
    let variants = [
        Variant::Bare,
        Variant::Tracked,
        Variant::Linear(town.linear()),
        Variant::Sekimori(Box::new(town.ruleset())),
    ];
    let _echo = Echo::serve(&net, "srv", SERVER, 4);
    let _seen = Seen::of(&net, "srv", "udp dport 9999", "drop");
    let stranger = net.socket("off", "10.3.0.2:0");
    let denied = ["10.4.0.2:9999".parse().unwrap()];
    let time = Duration::from_millis(scale.pick(400, 1_500));
    let mut all: Vec<Series> = variants.iter().map(|_| Series::default()).collect();
    for _ in 0..scale.pick(3, 5) {
        for (variant, series) in variants.iter().zip(&mut all) {
            variant.install(&net);
            let end = Instant::now() + time;
            let made = connect_for(&net, "off", &CLIENTS, SERVER, || Instant::now() >= end);
            series.connections.push(made.rate());
            series.p50.push(f64::from(made.percentile(50)));
            series.p99.push(f64::from(made.percentile(99)));
            series.failed += made.failed;
            let ((), flood) = flooded(&stranger, &denied, None, || std::thread::sleep(time));
            series.denied.push(flood.rate());
        }
    }
    show(town, &variants, all, targets);
}

fn show(town: Town, variants: &[Variant], all: Vec<Series>, targets: &mut Targets) {
    println!(
        "| {} flows, medians | new connections/s | ratio | p50 µs | p99 µs | failed | denied packets/s | ratio |",
        town.flows()
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let mut bare = None;
    for (variant, series) in variants.iter().zip(all) {
        let (connections, denied) = (median(series.connections), median(series.denied));
        let (bare_connections, bare_denied) = *bare.get_or_insert((connections, denied));
        let (ratio, denied_ratio) = (connections / bare_connections, denied / bare_denied);
        println!(
            "| {} | {connections:.0} | {ratio:.3} | {:.0} | {:.0} | {} | {denied:.0} | {denied_ratio:.3} |",
            variant.name(),
            median(series.p50),
            median(series.p99),
            series.failed,
        );
        if let Variant::Sekimori(_) = variant {
            targets.judge(
                ratio >= 0.75,
                format!("new connections/s {ratio:.2} of bare forwarding (>= 0.75)"),
            );
            targets.judge(
                denied_ratio >= 0.85,
                format!("denied flood {denied_ratio:.2} of bare forwarding (>= 0.85)"),
            );
            targets.judge(
                series.failed == 0,
                format!("{} connections failed (0)", series.failed),
            );
        }
    }
}

//! A register of any size between two internal zones, as people write it and
//! as linear rules: what a chain of single rules with the same meaning costs.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use sekimori::policy::{Facts, Policy, Sources, load};
use sekimori::segment::{Ruleset, change, compile};

use crate::net::{Net, Side, THREE_SIDES, ip};

/// Internet, LGWAN, clients (office), servers.
pub const SIDES: [Side; 4] = [
    THREE_SIDES[0],
    THREE_SIDES[1],
    THREE_SIDES[2],
    Side {
        name: "srv",
        interface: "srv0",
        near: "10.4.0.1/16",
        far: "10.4.0.2/16",
    },
];

/// Where connections of the last flow come from: the office's host first.
pub const CLIENTS: [IpAddr; 4] = {
    const fn client(high: u8, low: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 3, high, low))
    }
    [client(0, 2), client(255, 2), client(255, 3), client(255, 4)]
};

/// Where the last flow goes to.
pub const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 4, 0, 2)), 7000);

/// A register with that many flows, the last of which carries the traffic.
#[derive(Clone, Copy, Debug)]
pub struct Town {
    flows: usize,
    closes: Option<Timestamp>,
}

impl Town {
    /// With that many flows in all.
    #[must_use]
    pub const fn of(flows: usize) -> Self {
        Self {
            flows,
            closes: None,
        }
    }

    /// The same, the flow that carries the traffic closing at a full minute,
    /// opened an hour before.
    #[must_use]
    pub fn closing(self, at: Timestamp) -> Self {
        Self {
            closes: Some(at),
            ..self
        }
    }

    /// How many flows.
    #[must_use]
    pub fn flows(self) -> usize {
        self.flows
    }

    /// The id of the last of the flows that carry nothing: it tells two towns apart.
    #[must_use]
    pub fn last_id(self) -> String {
        OneFlow::number(self.flows.saturating_sub(2)).id()
    }

    /// The town's net, unplugged. The office knows the gateway's hardware
    /// address, so that it sends from the first moment.
    #[must_use]
    pub fn net(case: &str) -> Option<Net> {
        let net = Net::unplugged(case, &SIDES)?;
        let office = net.name("off");
        let address = hardware_address(&net, "off0");
        ip(&format!(
            "-n {office} neigh add 10.3.0.1 lladdr {address} dev eth0 nud permanent"
        ));
        for client in CLIENTS.iter().skip(1) {
            ip(&format!(
                "-n {} addr add {client}/16 dev eth0",
                net.name("off")
            ));
        }
        Some(net)
    }

    /// The configuration as text, file by file.
    #[must_use]
    pub fn files(self) -> [(&'static str, String); 2] {
        let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
        let (approved, expires) = (
            today.saturating_sub(30.days()),
            today.saturating_add(300.days()),
        );
        let clients: Vec<String> = CLIENTS.iter().map(|ip| format!("\"{ip}\"")).collect();
        let mut hosts = format!(
            "clients = {{ zone = \"office\", address = [{}] }}\nserver = {{ zone = \"servers\", address = \"{}\" }}\n",
            clients.join(", "),
            SERVER.ip()
        );
        let mut register = String::new();
        for flow in self.one_by_one() {
            let (id, service) = (flow.id(), flow.service());
            let from = match flow.number {
                None => "clients".to_owned(),
                Some(number) => {
                    let _ = writeln!(
                        hosts,
                        "pc-{number} = {{ zone = \"office\", address = \"{}\" }}",
                        flow.sources[0]
                    );
                    format!("pc-{number}")
                }
            };
            let _ = write!(
                register,
                "[[flow]]\nid = \"{id}\"\nfrom = \"office:{from}\"\nto = \"servers:server\"\n\
                 service = \"{service}\"\npurpose = \"計測\"\nowner = \"sato\"\n\
                 approved = {{ by = \"ciso\", on = {approved}, ticket = \"情セ-1\" }}\n\
                 expires = {expires}\nclause = \"1\"\n{}\n",
                self.hours(&flow)
            );
        }
        [
            ("sekimori.toml", format!("{SITE}\n[hosts]\n{hosts}")),
            ("flows.d/register.toml", register),
        ]
    }

    /// Writes the configuration folder.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn write(self, folder: &Path) {
        for (name, text) in self.files() {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder)).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }

    /// The checked policy.
    ///
    /// # Panics
    /// When this register has a mistake.
    #[must_use]
    pub fn policy(self) -> Policy {
        let sources = Sources::new(self.files());
        match load(&sources, &Facts::at(Timestamp::now())) {
            Ok((policy, _)) => policy,
            Err(mistakes) => panic!("{:?}", mistakes.first()),
        }
    }

    /// The compiled rule set.
    ///
    /// # Panics
    /// When it does not compile.
    #[must_use]
    pub fn ruleset(self) -> Ruleset {
        match compile(&self.policy(), &change::facts(Timestamp::now())) {
            Ok(ruleset) => ruleset,
            Err(error) => panic!("{}", error.text().en),
        }
    }

    /// The peer: the same flows as one rule each behind `established`, which
    /// is how a chain of rules is written by hand. Nothing but forwarding is
    /// ruled: no sources, no strict host, no log.
    #[must_use]
    pub fn linear(self) -> String {
        let mut text = format!(
            "{}{FORWARD_HEAD}",
            "add table inet linear\ndelete table inet linear\ntable inet linear {\n"
        );
        for flow in self.one_by_one() {
            let service = flow.service();
            let (protocol, port) = service.split_once('/').expect("a service");
            for source in &flow.sources {
                let _ = writeln!(
                    text,
                    "ip saddr {source} ip daddr {} {protocol} dport {port} accept",
                    SERVER.ip()
                );
            }
        }
        text + "counter drop\n}\n}\n"
    }

    fn hours(self, flow: &OneFlow) -> String {
        match self.closes {
            Some(at) if flow.number.is_none() => {
                let tokyo = TimeZone::fixed(jiff::tz::offset(9));
                let word = |at: Timestamp| tokyo.to_datetime(at).strftime("%H:%M").to_string();
                let opened = at.saturating_sub(1.hour()).unwrap_or(at);
                format!("hours = \"{}-{}\"\n", word(opened), word(at))
            }
            _ => String::new(),
        }
    }

    fn one_by_one(self) -> impl Iterator<Item = OneFlow> {
        let others = (0..self.flows.saturating_sub(1)).map(OneFlow::number);
        others.chain(std::iter::once(OneFlow {
            number: None,
            sources: CLIENTS.to_vec(),
        }))
    }
}

fn hardware_address(net: &Net, interface: &str) -> String {
    let shown = net
        .command("gw", "ip")
        .args(["-o", "link", "show", interface])
        .output()
        .expect("ip is installed");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let mut words = shown
        .split_whitespace()
        .skip_while(|word| *word != "link/ether");
    words.nth(1).expect("an Ethernet interface").to_owned()
}

/// The head of the peer's only chain.
const FORWARD_HEAD: &str = "chain forward {\ntype filter hook forward priority 0; policy drop;\n\
                            ct state established,related accept\n";

struct OneFlow {
    /// `None` for the last, which carries the traffic.
    number: Option<usize>,
    sources: Vec<IpAddr>,
}

impl OneFlow {
    fn number(number: usize) -> Self {
        let byte = |number: usize| u8::try_from(number).unwrap_or(254);
        let (high, low) = (byte(number / 200 + 1), byte(number % 200 + 1));
        Self {
            number: Some(number),
            sources: vec![IpAddr::V4(Ipv4Addr::new(10, 3, high, low))],
        }
    }

    fn port(number: usize) -> usize {
        1_000 + number % 5_000
    }

    fn id(&self) -> String {
        match self.number {
            Some(number) => format!("flow-{number:05}"),
            None => "measured".to_owned(),
        }
    }

    /// A quarter of the flows have a range of ports, a quarter are UDP.
    fn service(&self) -> String {
        match self.number {
            None => format!("tcp/{}", SERVER.port()),
            Some(number) if number % 4 == 0 => "tcp/8000-8007".to_owned(),
            Some(number) if number % 4 == 1 => format!("udp/{}", Self::port(number)),
            Some(number) => format!("tcp/{}", Self::port(number)),
        }
    }
}

const SITE: &str = r#"schema = 1
[site]
id = "ground"
name = "計測町"
timezone = "Asia/Tokyo"
review_days = 365
contact = "内線 1"
credential = "site-key"
policy_title = "方針"
[people.sato]
name = "佐藤"
of = "総務課"
roles = ["administrator"]
from = 2020-04-01
[people.ciso]
name = "鈴木"
of = "副町長"
roles = ["approver"]
from = 2020-04-01
[clauses]
"1" = "一"
[zones.internet]
kind = "internet"
interfaces = ["wan0"]
networks = ["0.0.0.0/0"]
except = ["10.0.0.0/8"]
ipv6 = "deny"
gateway = ["198.51.100.1"]
[zones.lgwan]
kind = "lgwan"
interfaces = ["lan0"]
networks = ["10.1.0.0/16"]
ipv6 = "deny"
gateway = ["10.1.20.1"]
[zones.office]
kind = "internal"
interfaces = ["off0"]
networks = ["10.3.0.0/16"]
ipv6 = "deny"
gateway = ["10.3.0.1"]
[zones.servers]
kind = "internal"
interfaces = ["srv0"]
networks = ["10.4.0.0/16"]
ipv6 = "deny"
gateway = ["10.4.0.1"]
"#;

//! Frames counted where they arrive.

use crate::Net;

use sekimori::segment::apply;

/// Counts in prerouting of a namespace, before its own rules and sockets.
pub struct Seen<'a> {
    net: &'a Net,
    side: &'a str,
}

impl<'a> Seen<'a> {
    /// Counts what matches the words of a rule (`udp dport 9999`); `end` is
    /// its verdict, `drop` where no socket shall be bothered, else nothing.
    ///
    /// # Panics
    /// When nft refuses.
    #[must_use]
    pub fn of(net: &'a Net, side: &'a str, what: &str, end: &str) -> Self {
        let text = format!(
            "add table inet seen\ndelete table inet seen\ntable inet seen {{\nchain seen {{\n\
             type filter hook prerouting priority -400;\n{what} counter {end}\n}}\n}}\n"
        );
        net.inside(side, || apply::load(&text))
            .unwrap_or_else(|error| panic!("{}", error.text().en));
        Self { net, side }
    }

    /// How many so far.
    ///
    /// # Panics
    /// When nft cannot list.
    #[must_use]
    pub fn count(&self) -> u64 {
        let listed = self
            .net
            .command(self.side, "nft")
            .args(["list", "table", "inet", "seen"])
            .output()
            .expect("nft is installed");
        String::from_utf8_lossy(&listed.stdout)
            .split("counter packets ")
            .nth(1)
            .and_then(|after| after.split(' ').next())
            .and_then(|number| number.parse().ok())
            .expect("a counter")
    }
}

/// Frames an interface of the gateway received so far.
///
/// # Panics
/// When there is no such interface.
#[must_use]
pub fn received(net: &Net, interface: &str) -> u64 {
    let devices = net
        .inside("gw", || {
            std::fs::read_to_string("/proc/thread-self/net/dev")
        })
        .expect("the kernel's counters");
    devices
        .lines()
        .filter_map(|line| line.trim().strip_prefix(interface)?.strip_prefix(':'))
        .find_map(|numbers| numbers.split_whitespace().nth(1)?.parse().ok())
        .expect("the interface exists")
}

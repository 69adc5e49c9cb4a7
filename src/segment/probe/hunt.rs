//! One round's packets, and where they came to light. Acts.
//!
//! Nothing waits for a time-out: after a round one question of ARP per cable
//! asks the gateway for an address that it has on that cable alone. A veth pair
//! hands frames on in order on one processor, so when the answers are there,
//! whatever was to come has come. On real interfaces a little more is waited.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd as _;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::super::denials;
use crate::policy::text::Text;

use super::super::error::SegmentError;
use super::super::netlink::nflog::Group;
use super::field::{Field, Guest, Standing};
use super::frames::Stamp;
use super::manners::{destination, source};
use super::neighbour::{Word, question};
use super::offer::{Place, Shot, Station, Step};
use super::terrain::Side;
use super::wire::Wire;

/// How long a lost answer is waited for, in milliseconds, before it is asked again.
const PATIENCE: u16 = 200;
/// How often it is asked.
const TRIES: usize = 25;
/// How long real cables must be silent after the answers, in milliseconds.
const STRAGGLERS: u16 = 20;

/// What was heard besides the packets that were looked for.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Packets of an earlier round, by their number, where they came out.
    pub late: Vec<(u32, Place)>,
    /// Addresses that the gateway looks for, each with its cable.
    pub wanted: BTreeSet<(usize, IpAddr)>,
    /// Played addresses that another machine says it has.
    pub contested: BTreeMap<(usize, IpAddr), [u8; 6]>,
    /// Hardware addresses of other machines, each with its cable.
    pub others: BTreeSet<(usize, [u8; 6])>,
}

impl Heard {
    pub fn add(&mut self, more: Self) {
        self.late.extend(more.late);
        self.wanted.extend(more.wanted);
        self.contested.extend(more.contested);
        self.others.extend(more.others);
    }
}

/// What is looked for, and what was found.
pub(super) struct Hunt {
    mark: [u8; 4],
    numbers: BTreeMap<u32, usize>,
    asked: BTreeMap<(String, IpAddr), usize>,
    /// TCP of guests to the gateway itself: from, to, our port.
    knocked: BTreeMap<(IpAddr, IpAddr, u16), usize>,
    from: BTreeMap<usize, Station>,
    /// Which probe, where, and whether it reached the gateway.
    pub found: Vec<(usize, BTreeSet<Place>, bool)>,
    pub heard: Heard,
    /// Probes whose packet stands in the record of denials.
    pub denied: Vec<usize>,
    /// How many denials each chain recorded.
    pub records: BTreeMap<String, u64>,
    /// How often it was asked whether all has come.
    settled: u8,
    /// Every number of the mark is meant.
    any: bool,
}

impl Hunt {
    pub fn new(mark: [u8; 4]) -> Self {
        Self {
            mark,
            numbers: BTreeMap::new(),
            asked: BTreeMap::new(),
            knocked: BTreeMap::new(),
            from: BTreeMap::new(),
            found: Vec::new(),
            heard: Heard::default(),
            denied: Vec::new(),
            records: BTreeMap::new(),
            settled: 0,
            any: false,
        }
    }

    /// For whatever bears this mark.
    pub fn for_any(mark: [u8; 4]) -> Self {
        let any = true;
        Self {
            any,
            ..Self::new(mark)
        }
    }

    pub fn expect(&mut self, stamp: &Stamp, place: usize, step: &Step, shot: &Shot) {
        self.numbers.insert(stamp.number(), place);
        if let (Some(address), Station::Side(interface)) = (step.asks, &step.from) {
            self.asked.insert((interface.clone(), address), place);
        }
        if let (Some(from), Some(to)) = (source(shot), destination(shot)) {
            self.knocked.insert((to, from, stamp.port), place);
        }
        self.from.insert(place, step.from.clone());
    }

    /// Asks every cable's gateway and reads until all have answered.
    pub fn settle(&mut self, field: &Field, tap: Option<&Wire>) -> Result<(), SegmentError> {
        let mut buffer = vec![0; 65_536];
        let sides = &field.terrain.sides;
        let mut missing: BTreeSet<usize> = (0..sides.len()).collect();
        let mut tries = 0;
        self.settled = self.settled.wrapping_add(1);
        while !missing.is_empty() {
            if tries == TRIES {
                let silent = missing.iter().filter_map(|end| sides.get(*end));
                return Err(unanswered(silent, field.is_guest()));
            }
            tries += 1;
            for end in &missing {
                if let Some(side) = sides.get(*end) {
                    // As in address conflict detection: answered whoever asks.
                    let asked = question(self.asker(field, side), side.cable.sentinel.into());
                    field.wire.send(*end, &asked);
                }
            }
            loop {
                while let Some((end, frame)) = field.wire.receive(&mut buffer) {
                    if self.look(field, end, frame) {
                        missing.remove(&end);
                    }
                    if missing.is_empty() && field.is_guest() {
                        break; // a living network never falls silent
                    }
                }
                if missing.is_empty() || !readable(&field.wire, PATIENCE)? {
                    break;
                }
            }
        }
        match &field.standing {
            Standing::Within(inside) => {
                for ear in &inside.ears {
                    self.listen(ear, &mut buffer);
                }
            }
            Standing::Guest(_) => self.stragglers(field, &mut buffer)?,
        }
        if let Some(tap) = tap {
            while let Some((_, frame)) = tap.receive(&mut buffer) {
                for place in self.places(frame) {
                    self.found.push((place, BTreeSet::new(), true));
                }
            }
        }
        Ok(())
    }

    /// Under which hardware address this round asks. Where the processor was
    /// busy, one asks twice, and the answer to the second question must not end
    /// the next round. A guest has only its own address.
    fn asker(&self, field: &Field, side: &Side) -> [u8; 6] {
        if field.is_guest() {
            return side.far();
        }
        let last = self
            .numbers
            .last_key_value()
            .map_or(0, |(number, _)| *number);
        let [a, b, c, d] = last.to_be_bytes();
        [0x02, self.settled, a, b, c, d]
    }

    /// What the rules recorded as denied.
    pub fn read_record(&mut self, record: &mut Group) -> Result<(), SegmentError> {
        let mut logged = Vec::new();
        let lost = record.receive(usize::MAX, &mut |one| logged.push(one));
        lost.map_err(|error| SegmentError::World {
            doing: "read the record of denials".to_owned(),
            reason: error.to_string(),
        })?;
        for one in logged {
            let Some(chain) = one.prefix.strip_prefix(denials::PREFIX) else {
                continue; // a permit that is logged
            };
            let count = self.records.entry(chain.to_owned()).or_default();
            *count = count.saturating_add(1);
            self.denied.extend(self.places(&one.untrusted_bytes));
        }
        Ok(())
    }

    /// Real queues may let an answer pass what went before it. Other traffic
    /// of a living network does not keep us here.
    fn stragglers(&mut self, field: &Field, buffer: &mut [u8]) -> Result<(), SegmentError> {
        let until = std::time::Instant::now() + std::time::Duration::from_millis(STRAGGLERS.into());
        while std::time::Instant::now() < until {
            match field.wire.receive(buffer) {
                Some((end, frame)) => {
                    self.look(field, end, frame);
                }
                None => {
                    readable(&field.wire, STRAGGLERS)?;
                }
            }
        }
        Ok(())
    }

    /// One frame beyond the gateway; true for its answer.
    fn look(&mut self, field: &Field, end: usize, frame: &[u8]) -> bool {
        let Some(side) = field.terrain.sides.get(end) else {
            return false;
        };
        if let Standing::Guest(guest) = &field.standing {
            self.overhear(&guest.played, side, end, frame);
            self.answered(guest, side, frame);
        }
        if let Some(word) = Word::read(frame) {
            field.greet(end, &word);
        }
        let asked = |address| self.asked.get(&(side.interface.clone(), address));
        if let Some(place) = neighbour_answer(frame).and_then(asked) {
            let seen = (*place, BTreeSet::from([Place::Answer]), false);
            self.found.push(seen);
            return false;
        }
        if let Some(address) = arp_answer(frame) {
            if address == IpAddr::V4(side.cable.sentinel) {
                return frame.get(32..38) == Some(&self.asker(field, side));
            }
            if let Some(place) = self.asked.get(&(side.interface.clone(), address)) {
                self.found
                    .push((*place, BTreeSet::from([Place::Answer]), false));
            }
            return false;
        }
        let own_error = near_error(frame, side);
        for number in self.read(frame) {
            let zone = Place::Zone(side.zone.clone());
            let Some(place) = self.place(number) else {
                if !own_error {
                    self.heard.late.push((number, zone));
                }
                continue;
            };
            let home = self.from.get(&place) == Some(&Station::Side(side.interface.clone()));
            if (home || self.any) && own_error {
                continue; // the box tells its neighbour, under an address the neighbour knows
            }
            self.found.push((place, BTreeSet::from([zone]), false));
        }
        false
    }

    /// A guest has no ears on the gateway. That it took a packet shows in what
    /// it answers: any segment, or that nobody listens on a port.
    fn answered(&mut self, guest: &Guest, side: &Side, frame: &[u8]) {
        if frame.get(6..12) != Some(&side.near()) {
            return;
        }
        let to_it = |place: &usize| {
            let mut knocked = self.knocked.iter();
            knocked.any(|((own, ..), knocked)| knocked == place && guest.gateway.contains(own))
        };
        let of_tcp = segment(frame).and_then(|key| self.knocked.get(&key).copied());
        let no_port = error(frame).is_some_and(|(_, kind, code)| (kind, code) == (3, 3));
        let of_udp = self.places(frame).into_iter().filter(|_| no_port);
        let answered: Vec<usize> = of_tcp.into_iter().chain(of_udp).filter(to_it).collect();
        let answer = || BTreeSet::from([Place::Answer]);
        self.found
            .extend(answered.into_iter().map(|place| (place, answer(), false)));
    }

    /// What a guest must know of the network it stands in.
    fn overhear(
        &mut self,
        played: &BTreeSet<(usize, IpAddr)>,
        side: &Side,
        end: usize,
        frame: &[u8],
    ) {
        let word = Word::read(frame);
        let Some(from) = frame.get(6..12).and_then(|from| from.try_into().ok()) else {
            return;
        };
        if from == side.near() {
            let asks = word.and_then(|word| word.asks);
            self.heard.wanted.extend(asks.map(|asked| (end, asked)));
        } else if from != side.far() {
            self.heard.others.insert((end, from));
            let says = word.and_then(|word| word.speaker).map(|says| (end, says));
            if let Some(says) = says.filter(|says| played.contains(says)) {
                self.heard.contested.insert(says, from);
            }
        }
    }

    fn listen(&mut self, ear: &socket2::Socket, buffer: &mut [u8]) {
        use std::io::Read as _;
        let mut ear = ear;
        while let Ok(length) = ear.read(buffer) {
            let packet = buffer.get(..length).unwrap_or_default();
            for place in self.places(packet) {
                // What the box itself sent to itself would be no news.
                self.found
                    .push((place, BTreeSet::from([Place::Gateway]), false));
            }
        }
    }

    /// The numbers that stand behind our mark in these bytes.
    fn read(&self, bytes: &[u8]) -> Vec<u32> {
        let windows = bytes.windows(8).filter_map(|window| match window {
            [a, b, c, d, e, f, g, h] if [*a, *b, *c, *d] == self.mark => {
                Some(u32::from_be_bytes([*e, *f, *g, *h]))
            }
            _ => None,
        });
        windows.collect()
    }

    fn place(&self, number: u32) -> Option<usize> {
        let any = self.any.then_some(0);
        self.numbers.get(&number).copied().or(any)
    }

    /// The probes whose nonce stands in these bytes.
    fn places(&self, bytes: &[u8]) -> Vec<usize> {
        let numbers = self.read(bytes).into_iter();
        numbers.filter_map(|number| self.place(number)).collect()
    }
}

fn unanswered<'a>(sides: impl Iterator<Item = &'a Side>, is_guest: bool) -> SegmentError {
    let asked = sides.map(|side| format!("{} ({})", side.cable.sentinel, side.zone));
    let asked = asked.collect::<Vec<_>>().join(", ");
    if is_guest {
        SegmentError::Configuration(Text::new(
            format!(
                "機器が ARP に答えなくなりました: {asked}。ケーブルと機器を確認して、やり直してください"
            ),
            format!(
                "the gateway does not answer ARP any more: {asked}; see to the cable and the box, and begin again"
            ),
        ))
    } else {
        SegmentError::World {
            doing: "hear the gateway's answer".to_owned(),
            reason: format!("it does not answer ARP for {asked}"),
        }
    }
}

/// The address that an ARP answer gives.
fn arp_answer(frame: &[u8]) -> Option<IpAddr> {
    let answers = frame.get(12..14)? == [8, 6] && frame.get(20..22)? == [0, 2];
    let address: [u8; 4] = frame.get(28..32)?.try_into().ok()?;
    answers.then(|| IpAddr::from(address))
}

/// A TCP segment of IPv4: from, to, destination port.
fn segment(frame: &[u8]) -> Option<(IpAddr, IpAddr, u16)> {
    let tcp = frame.get(12..14)? == [8, 0] && frame.get(23)? == &6;
    let head = usize::from(frame.get(14)? & 15).checked_mul(4)?;
    let from: [u8; 4] = frame.get(26..30)?.try_into().ok()?;
    let to: [u8; 4] = frame.get(30..34)?.try_into().ok()?;
    let ports = head.checked_add(16)?;
    let port: [u8; 2] = frame.get(ports..ports.checked_add(2)?)?.try_into().ok()?;
    tcp.then(|| {
        (
            Ipv4Addr::from(from).into(),
            Ipv4Addr::from(to).into(),
            u16::from_be_bytes(port),
        )
    })
}

/// An ICMP message of IPv4: its source, type and code.
fn error(frame: &[u8]) -> Option<(Ipv4Addr, u8, u8)> {
    let ipv4 = frame.get(12..14)? == [8, 0] && frame.get(23)? == &1;
    let head = usize::from(frame.get(14)? & 15).checked_mul(4)?;
    let source: [u8; 4] = frame.get(26..30)?.try_into().ok()?;
    let kind = *frame.get(head.checked_add(14)?)?;
    let code = *frame.get(head.checked_add(15)?)?;
    ipv4.then(|| (Ipv4Addr::from(source), kind, code))
}

/// The address that a neighbour advertisement gives.
fn neighbour_answer(frame: &[u8]) -> Option<IpAddr> {
    let answers =
        frame.get(12..14)? == [0x86, 0xdd] && frame.get(20)? == &58 && frame.get(54)? == &136;
    let address: [u8; 16] = frame.get(62..78)?.try_into().ok()?;
    answers.then(|| IpAddr::from(address))
}

/// An ICMPv6 message: its source and type.
fn error6(frame: &[u8]) -> Option<(Ipv6Addr, u8)> {
    let icmp = frame.get(12..14)? == [0x86, 0xdd] && frame.get(20)? == &58;
    let source: [u8; 16] = frame.get(22..38)?.try_into().ok()?;
    let kind = *frame.get(54)?;
    icmp.then(|| (Ipv6Addr::from(source), kind))
}

/// An ICMP error, or an answer to an echo, that the gateway sends under its
/// near address.
fn near_error(frame: &[u8], side: &Side) -> bool {
    let near4 = error(frame).is_some_and(|(source, kind, _)| {
        matches!(kind, 0 | 3 | 11 | 12)
            && (Some(source) == side.gateway || source == side.cable.sentinel)
    });
    let own = |source| side.addresses.iter().any(|(own, _)| *own == source);
    near4
        || error6(frame).is_some_and(|(source, kind)| {
            matches!(kind, 1 | 3 | 4 | 129)
                && (source.is_unicast_link_local() || own(IpAddr::V6(source)))
        })
}

pub(super) fn readable(wire: &Wire, milliseconds: u16) -> Result<bool, SegmentError> {
    let mut watched = [PollFd::new(wire.socket().as_fd(), PollFlags::POLLIN)];
    match poll(&mut watched, PollTimeout::from(milliseconds)) {
        Ok(ready) => Ok(ready > 0),
        Err(nix::errno::Errno::EINTR) => Ok(true),
        Err(error) => Err(SegmentError::World {
            doing: "wait for packets".to_owned(),
            reason: error.to_string(),
        }),
    }
}

//! How far the allow-list spreads (E11): so many combinations of a source, a
//! destination and a service as the kernel would hold. Counted before anything
//! is made of them; overlaps, cut apart, can make more, and then `plan` and
//! `apply` refuse.

use super::{Bench, services_of};
use crate::policy::diagnostic::Notes;
use crate::policy::model::ELEMENTS;
use crate::policy::read::{Written, WrittenEnd};
use crate::policy::text::Text;

/// Told once, at the flow that makes it too many.
pub(super) fn judge(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let mut room = ELEMENTS;
    for flow in &bench.written.flows {
        let (Some(from), Some(to)) = (&flow.from, &flow.to) else {
            continue;
        };
        let sources = addresses(bench.written, &from.value, &to.value);
        let destinations = addresses(bench.written, &to.value, &from.value);
        let pairs = sources
            .iter()
            .zip(&destinations)
            .map(|(from, to)| from.saturating_mul(*to))
            .fold(0, usize::saturating_add);
        let services = services_of(bench.written, flow).len();
        let Some(left) = room.checked_sub(pairs.saturating_mul(services)) else {
            let message = Text::new(
                format!("この許可で、送信元・宛先・サービスの組み合わせが {ELEMENTS} を超えます"),
                format!(
                    "with this flow, combinations of source, destination and service exceed {ELEMENTS}"
                ),
            );
            let hint = Text::new(
                "一台ずつではなくプレフィックスで書くか、サービスを減らしてください",
                "write prefixes instead of single hosts, or fewer services",
            );
            let span = flow.id.as_ref().map_or(&flow.span, |id| &id.span);
            return notes.error("E11", span, message, Some(hint));
        };
        room = left;
    }
}

/// How many addresses or prefixes an end means, of IPv4 and of IPv6.
fn addresses(written: &Written, end: &WrittenEnd, peer: &WrittenEnd) -> [usize; 2] {
    let of = |is_ipv4: &mut dyn Iterator<Item = bool>| {
        let (four, six): (Vec<bool>, Vec<bool>) = is_ipv4.partition(|four| *four);
        [four.len(), six.len()]
    };
    match (end, peer) {
        (WrittenEnd::Zone(zone, words), _) if words.is_empty() => {
            let space = written.space_of(zone, words);
            [space.v4().as_slice().len(), space.v6().as_slice().len()]
        }
        (WrittenEnd::Zone(_, words), _) => {
            let hosts = written.hosts_of(words);
            let hosts = hosts.iter().filter_map(|host| written.hosts.get(host));
            of(&mut hosts
                .flat_map(|host| &host.addresses)
                .map(|net| net.value.addr().is_ipv4()))
        }
        (WrittenEnd::Gateway, WrittenEnd::Zone(zone, _)) => {
            let zone = written.zones.get(zone);
            of(&mut zone
                .into_iter()
                .flat_map(|zone| &zone.gateway)
                .map(|one| one.value.is_ipv4()))
        }
        (WrittenEnd::Gateway, WrittenEnd::Gateway) => [0, 0],
    }
}

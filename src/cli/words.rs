//! The parts of a flow in words for people: the same in every command, on
//! every page. Pure. Everything given back is safe to show.

use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{
    Days, Endpoint, Flow, Holidays, Hours, LogMode, Per, Policy, PortRange, Protocol, Rate, Via,
    Volume, ZoneKind,
};

/// `tcp/443`, `udp/5000-5010`, `icmp`.
#[must_use]
pub fn range(range: &PortRange) -> String {
    let protocol = match range.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => return "icmp".to_owned(),
    };
    if range.first == range.last {
        format!("{protocol}/{}", range.first)
    } else {
        format!("{protocol}/{}-{}", range.first, range.last)
    }
}

/// Ports, and the names of `[services]` that mean nothing else than these.
#[must_use]
pub fn services(policy: &Policy, flow: &Flow) -> String {
    let ports: Vec<String> = flow.services.iter().map(range).collect();
    let meant = |ranges: &Vec<PortRange>| {
        !ranges.is_empty() && ranges.iter().all(|range| flow.services.contains(range))
    };
    let names: Vec<String> = policy
        .services
        .iter()
        .filter(|(_, ranges)| meant(ranges))
        .map(|(name, _)| escape_hostile(name))
        .collect();
    if names.is_empty() {
        ports.join(", ")
    } else {
        format!("{} ({})", names.join(", "), ports.join(", "))
    }
}

/// `gateway`, `office`, `office:madoguchi`, `office:[a, b]`.
#[must_use]
pub fn end(end: &Endpoint) -> String {
    match end {
        Endpoint::Gateway => "gateway".to_owned(),
        Endpoint::Zone { zone, hosts } => match hosts.as_slice() {
            [] => escape_hostile(zone),
            [host] => escape_hostile(&format!("{zone}:{host}")),
            several => escape_hostile(&format!("{zone}:[{}]", several.join(", "))),
        },
    }
}

/// The addresses that an end stands for; the box answers by its own address
/// in the peer's zone.
#[must_use]
pub fn addresses(policy: &Policy, end: &Endpoint, peer: &Endpoint) -> Vec<String> {
    let zone_of = |end: &Endpoint| match end {
        Endpoint::Zone { zone, .. } => policy.zones.get(zone),
        Endpoint::Gateway => None,
    };
    match end {
        Endpoint::Gateway => zone_of(peer)
            .map(|zone| zone.gateway.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        Endpoint::Zone { hosts, .. } if hosts.is_empty() => zone_of(end)
            .map(|zone| {
                let nets = zone.networks.iter().chain(&zone.networks6);
                nets.map(ToString::to_string).collect()
            })
            .unwrap_or_default(),
        Endpoint::Zone { hosts, .. } => hosts
            .iter()
            .filter_map(|name| policy.hosts.get(name))
            .flat_map(|host| host.addresses.iter().map(address))
            .collect(),
    }
}

/// A single address without its prefix length.
fn address(net: &ipnet::IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

/// Who carries it across.
#[must_use]
pub fn via(via: Option<Via>) -> Option<Text> {
    match via {
        None => None,
        Some(Via::Mail) => Some(Text::new("メール無害化経由", "via mail, sanitised")),
        Some(Via::Proxy) => Some(Text::new("プロキシ経由", "via proxy")),
    }
}

/// `佐藤 花子 (総務課)`; the id where the person is unknown.
#[must_use]
pub fn person(policy: &Policy, id: &str) -> String {
    let known = policy.people.get(id);
    let shown = known.map(|person| format!("{} ({})", person.name, person.of));
    escape_hostile(&shown.unwrap_or_else(|| id.to_owned()))
}

const WEEK: [(&str, &str); 7] = [
    ("月", "Mon"),
    ("火", "Tue"),
    ("水", "Wed"),
    ("木", "Thu"),
    ("金", "Fri"),
    ("土", "Sat"),
    ("日", "Sun"),
];

/// `月-金 08:30-17:15、祝日を除く`.
#[must_use]
pub fn hours(hours: &Hours) -> Text {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let windows: Vec<String> = hours
        .windows
        .iter()
        .map(|window| format!("{}-{}", clock(window.first), clock(window.last)))
        .collect();
    let windows = windows.join(", ");
    let days = days(hours.days);
    let holidays = match hours.holidays {
        Holidays::Same => Text::new("", ""),
        Holidays::Closed => Text::new("、祝日等を除く", ", not on holidays"),
        Holidays::Open => Text::new("、祝日等も可", ", holidays too"),
    };
    Text::new(
        format!("{} {windows}{}", days.ja, holidays.ja),
        format!("{} {windows}{}", days.en, holidays.en),
    )
}

/// Runs of three days and more as a range.
fn days(days: Days) -> Text {
    if days == Days::ALL {
        return Text::new("毎日", "every day");
    }
    let mut runs: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for (index, day) in WEEK.iter().enumerate() {
        if days.0 & (1 << index) != 0 {
            if let Some(run) = runs.last_mut() {
                run.push(*day);
            }
        } else if runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(Vec::new());
        }
    }
    let shown = |pick: fn(&(&'static str, &'static str)) -> &'static str, comma: &str| {
        let one = |run: &Vec<(&'static str, &'static str)>| match run.as_slice() {
            [first, _, .., last] => format!("{}-{}", pick(first), pick(last)),
            few => few.iter().map(pick).collect::<Vec<_>>().join(comma),
        };
        let parts: Vec<String> = runs.iter().filter(|run| !run.is_empty()).map(one).collect();
        parts.join(comma)
    };
    Text::new(shown(|day| day.0, "・"), shown(|day| day.1, ","))
}

/// `送信元ごとに毎分 30 接続まで`.
#[must_use]
pub fn rate(rate: Rate) -> Text {
    let (ja, en) = match rate.per {
        Per::Second => ("毎秒", "second"),
        Per::Minute => ("毎分", "minute"),
        Per::Hour => ("毎時", "hour"),
    };
    let count = rate.connections;
    Text::new(
        format!("送信元ごとに{ja} {count} 接続まで"),
        format!("{count} connections/{en} per source"),
    )
}

/// Bytes a day, where the flow has such a bound.
#[must_use]
pub fn volume(volume: &Volume) -> Option<Text> {
    let size = |bytes: u64| {
        let (unit, name) = match bytes {
            1_000_000_000.. => (1_000_000_000, "GB"),
            1_000_000.. => (1_000_000, "MB"),
            1_000.. => (1_000, "kB"),
            _ => (1, "B"),
        };
        let tenths = bytes.saturating_mul(10) / unit;
        match tenths % 10 {
            0 => format!("{} {name}", tenths / 10),
            rest => format!("{}.{rest} {name}", tenths / 10),
        }
    };
    let part = |ja: &str, en: &str, bytes: Option<u64>| {
        bytes.map(|bytes| {
            Text::new(
                format!("{ja} {}/日まで", size(bytes)),
                format!("{en} {}/day", size(bytes)),
            )
        })
    };
    let both = [
        part("上り", "upload", volume.upload),
        part("下り", "download", volume.download),
    ];
    joined(both.into_iter().flatten(), "、", ", ")
}

/// Which packets leave a line in the record; a trial records every new
/// connection whatever is written.
#[must_use]
pub fn log(flow: &Flow) -> Text {
    match flow.log {
        LogMode::Denied if flow.trial_until.is_some() => {
            Text::new("新規接続 (試行)", "new (trial)")
        }
        LogMode::All => Text::new("すべて", "all"),
        LogMode::New => Text::new("新規接続", "new"),
        LogMode::Denied => Text::new("拒否のみ", "denied only"),
    }
}

/// What a zone is.
#[must_use]
pub fn kind(kind: ZoneKind) -> Text {
    match kind {
        ZoneKind::Internet => Text::new("インターネット接続系", "internet"),
        ZoneKind::Lgwan => Text::new("LGWAN接続系", "LGWAN"),
        ZoneKind::Internal => Text::new("庁内", "internal"),
        ZoneKind::Partner => Text::new("外部機関", "partner"),
        ZoneKind::Management => Text::new("管理", "management"),
    }
}

/// Everything that narrows a flow beyond its ends and services.
#[must_use]
pub fn bounds(flow: &Flow) -> Vec<Text> {
    let trial = flow.trial_until.map(|until| {
        Text::new(
            format!("試行 ({until} まで)"),
            format!("trial (until {until})"),
        )
    });
    let parts = [
        flow.hours.as_ref().map(hours),
        flow.rate.map(rate),
        volume(&flow.volume),
        trial,
    ];
    parts.into_iter().flatten().collect()
}

/// Several texts as one; `None` where there are none.
#[must_use]
pub fn joined(texts: impl IntoIterator<Item = Text>, ja: &str, en: &str) -> Option<Text> {
    let texts: Vec<Text> = texts.into_iter().collect();
    let list = |lang, comma: &str| {
        texts
            .iter()
            .map(|text| text.get(lang))
            .collect::<Vec<_>>()
            .join(comma)
    };
    (!texts.is_empty()).then(|| Text::new(list(Lang::Ja, ja), list(Lang::En, en)))
}

#[cfg(test)]
mod tests {
    use crate::policy::Window;

    use super::*;

    #[test]
    fn hours_read_as_a_clerk_would_say_them() {
        let said = |mask, holidays| {
            let window = Window {
                first: 510,
                last: 1_035,
            };
            hours(&Hours {
                windows: vec![window],
                days: Days(mask),
                holidays,
            })
        };
        let office = said(0b001_1111, Holidays::Closed);
        assert_eq!(office.ja, "月-金 08:30-17:15、祝日等を除く");
        assert_eq!(office.en, "Mon-Fri 08:30-17:15, not on holidays");
        assert_eq!(said(0b111_1111, Holidays::Same).ja, "毎日 08:30-17:15");
        assert_eq!(
            said(0b110_0101, Holidays::Open).ja,
            "月・水・土・日 08:30-17:15、祝日等も可"
        );
    }

    #[test]
    fn a_volume_is_shown_in_the_unit_in_which_it_was_written() {
        let said = volume(&Volume {
            upload: Some(50_000_000),
            download: Some(1_500),
        });
        assert_eq!(
            said.map(|text| text.en),
            Some("upload 50 MB/day, download 1.5 kB/day".to_owned())
        );
        assert_eq!(volume(&Volume::default()), None);
    }
}

//! The answer to a question, with its reason, in words for people. Pure.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::policy::moment::minute;
use crate::policy::text::Text;

/// The answer, never a bare `bool`.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A flow allows it.
    Allow {
        /// Id of the lexically first flow that does.
        flow: String,
    },
    /// Nothing does.
    Deny(Reason),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The cause.
    pub cause: Cause,
    /// The flow that comes nearest, where one has anything in common.
    pub nearest: Option<String>,
    /// In what the nearest flow differs.
    pub missing: Vec<Missing>,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No flow covers it.
    NotListed,
    /// The source does not belong to the zone it is said to come from.
    Spoofed,
    /// No zone has this address.
    NoZone,
    /// The destination does not belong to the zone it is said to be in.
    NotThere,
    /// The box answers only at its address in the sender's own zone.
    FarGateway,
    /// One side is IPv4 only, the other IPv6 only.
    OtherFamily,
    /// LGWAN and the internet are never joined by forwarding (E20).
    Separated,
    /// A name is no source.
    NameOnly,
    /// A flow allows this name, and this version has no proxy to carry it.
    NoProxy,
}

/// In what a flow differs from a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// It ran out on that day.
    Expired(Date),
    /// Outside its hours; it opens at that moment.
    Closed(Timestamp),
    /// Another service.
    Service,
    /// Another source, or only a part of it.
    From,
    /// Another destination, or only a part of it.
    To,
    /// It is carried by another role, not by address.
    Carried,
}

impl Cause {
    /// The code in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotListed => "not-listed",
            Self::Spoofed => "spoofed",
            Self::NoZone => "no-zone",
            Self::NotThere => "not-there",
            Self::FarGateway => "far-gateway",
            Self::OtherFamily => "other-family",
            Self::Separated => "separated",
            Self::NameOnly => "name-only",
            Self::NoProxy => "no-proxy",
        }
    }

    /// The cause in words.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::NotListed => Text::new("許可する flow がありません", "no flow allows it"),
            Self::Spoofed => Text::new(
                "送信元がその区域のネットワークにありません (なりすまし)",
                "the source is not in that zone's networks (spoofed)",
            ),
            Self::NoZone => Text::new("どの区域にもないアドレスです", "the address is in no zone"),
            Self::NotThere => Text::new(
                "宛先がその区域のネットワークにありません",
                "the destination is not in that zone's networks",
            ),
            Self::FarGateway => Text::new(
                "gateway は、送信元と同じ区域側のアドレスでしか応答しません",
                "the gateway answers only at its address in the sender's own zone",
            ),
            Self::OtherFamily => Text::new(
                "IPv4 と IPv6 の間の通信はできません",
                "IPv4 and IPv6 cannot talk to each other",
            ),
            Self::Separated => Text::new(
                "LGWAN 接続系とインターネットの間は直接転送できません",
                "LGWAN and the internet are never joined by forwarding",
            ),
            Self::NameOnly => Text::new(
                "送信元を名前で書くことはできません",
                "a source cannot be given by name",
            ),
            Self::NoProxy => Text::new(
                "許可はありますが、名前での通信を運ぶ proxy がこの版にないため、通りません",
                "a flow allows it, but this version has no proxy to carry names, so nothing passes",
            ),
        }
    }
}

impl Missing {
    /// The difference in words, in the time of the site's zone.
    #[must_use]
    pub fn text(self, zone: &TimeZone) -> Text {
        match self {
            Self::Expired(day) => Text::new(
                format!("期限切れ ({day} まで)"),
                format!("expired (valid until {day})"),
            ),
            Self::Closed(opens) => {
                let opens = minute(zone, opens);
                Text::new(
                    format!("時間外です (次は {opens} から)"),
                    format!("outside its hours (opens at {opens})"),
                )
            }
            Self::Service => Text::new("サービスが違います", "another service"),
            Self::From => Text::new(
                "送信元が違うか一部だけです",
                "another source, or only part of it",
            ),
            Self::To => Text::new(
                "宛先が違うか一部だけです",
                "another destination, or only part of it",
            ),
            Self::Carried => Text::new(
                "アドレスでは転送されません (via)",
                "carried by a role, never forwarded (via)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_begin_in_the_time_of_the_site() {
        let opens = Missing::Closed("2026-11-27T15:30:00Z".parse().unwrap());
        let told = opens.text(&TimeZone::get("Asia/Tokyo").unwrap());
        assert_eq!(told.ja, "時間外です (次は 2026-11-28 00:30 JST から)");
        assert_eq!(told.en, "outside its hours (opens at 2026-11-28 00:30 JST)");
    }
}

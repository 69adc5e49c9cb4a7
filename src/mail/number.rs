//! How a mail is called: an id for programs, a receipt number for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::quarantine::MailId;

/// 32 signs that nobody mishears on the telephone: no 0 O 1 I.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// `<site>-<time, UTC>-<random>`.
///
/// The random part makes it unique without a counter that a crash could
/// repeat; `site` is reduced to the signs an id may have.
#[must_use]
pub fn id(site: &str, at: Timestamp, random: [u8; 16]) -> Option<MailId> {
    let site = self::site(site);
    let time = at.strftime("%Y%m%dt%H%M%S");
    let tail = signs(random.get(..10)?).to_ascii_lowercase();
    MailId::parse(&format!("{site}-{time}-{tail}"))
}

/// A site's id with only the signs that a mail's id may have.
#[must_use]
pub fn site(site: &str) -> String {
    let plain = site.chars().filter(char::is_ascii_alphanumeric).take(40);
    let plain: String = plain.map(|c| c.to_ascii_lowercase()).collect();
    if plain.is_empty() {
        "mail".to_owned()
    } else {
        plain
    }
}

/// `20260601-7F3K2Q`: the local day and six signs. Says nothing about how
/// many mails there are and cannot be guessed.
#[must_use]
pub fn receipt(zone: &TimeZone, at: Timestamp, random: [u8; 16]) -> String {
    let day = zone.to_datetime(at).strftime("%Y%m%d");
    format!("{day}-{}", signs(random.get(10..).unwrap_or_default()))
}

fn signs(random: &[u8]) -> String {
    let sign = |byte: &u8| {
        SIGNS
            .get(usize::from(byte % 32))
            .copied()
            .map_or('X', char::from)
    };
    random.iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable_and_local() {
        let at: Timestamp = "2026-05-31T23:30:00Z".parse().unwrap();
        let random = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 30, 29, 28, 27, 26];
        assert_eq!(
            id("Nishi", at, random).unwrap().as_str(),
            "nishi-20260531t233000-23456789ab"
        );
        assert_eq!(
            receipt(&TimeZone::get("Asia/Tokyo").unwrap(), at, random),
            "20260601-ZYXWVU"
        );
    }
}

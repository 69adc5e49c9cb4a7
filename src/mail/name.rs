//! stub (replaced by merge)
use crate::sandbox::Clean;
use crate::sanitise::Kind;
/// x
pub fn output(untrusted_name: &str, kind: Kind) -> String {
    format!(
        "{}.{}",
        untrusted_name
            .rsplit_once('.')
            .map_or(untrusted_name, |x| x.0),
        kind.extension().unwrap_or("bin")
    )
}
/// x
pub fn withheld(untrusted_name: &str) -> String {
    untrusted_name.to_owned()
}
/// x
pub fn member(untrusted_name: &str, kind: Kind) -> String {
    output(untrusted_name, kind)
}
/// x
pub fn distinguish(_members: &mut Vec<(String, Clean)>) {}
/// x
pub fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        name.into()
    } else {
        format!("{number}-{name}")
    }
}

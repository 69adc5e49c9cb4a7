//! Mails as they come, and as attackers write them.

use super::*;
use crate::policy::Limits;
use crate::sanitise::protocol::Place;
use crate::sanitise::{Fonts, Kind, What};

fn parted(mail: &[u8]) -> Result<(Shape, Vec<u8>), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    split(mail, &Context { limits: &limits, fonts: &fonts })
}

#[test]
#[ignore = "needs the corpus"]
fn corpus() {
    let folder = std::env::var("SEKIMORI_CORPUS").unwrap_or_else(|_| "../shared/corpus".into());
    for place in ["mail", "japanese", "outlook", "malformed"] {
        let mut names: Vec<_> = std::fs::read_dir(format!("{folder}/{place}")).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        for path in names {
            let bytes = std::fs::read(&path).unwrap();
            if !crate::sanitise::identify::identify(&bytes, "x.eml").eq(&Kind::Message) { continue; }
            match parted(&bytes) {
                Ok((shape, _)) => println!("OK  {} {:?} {:?}", path.file_name().unwrap().to_string_lossy(), shape.headers.as_ref().unwrap().untrusted_subject, shape.leaves.iter().map(|l| (l.kind.name(), l.untrusted_name.clone(), l.refusal)).collect::<Vec<_>>()),
                Err(refusal) => println!("ERR {} {refusal:?}", path.file_name().unwrap().to_string_lossy()),
            }
        }
    }
}

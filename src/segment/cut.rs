//! The emergency: what a policy still allows while internet and LGWAN are
//! cut from each other. Pure.
//!
//! Promised: nothing of the mail or proxy role leaves the box any more, and
//! no flow joins the two sides; what concerns neither (the inside, the
//! administration of the box) goes on. Mail still reaches the mail role, so
//! that it can answer 4xx.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::{Endpoint, Flow, Policy, Via};

use super::crossing::joins;

/// `cut.json`: while it is there, the cut holds, whatever stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Schema, 1.
    pub schema: u32,
    /// Who, as the command named itself.
    pub by: String,
    /// Since when; none where the file cannot be read.
    pub since: Option<Timestamp>,
}

/// The policy without everything between internet and LGWAN.
#[must_use]
pub fn closed(policy: &Policy) -> Policy {
    let flows = policy.flows.iter().filter_map(|flow| left(policy, flow));
    Policy {
        flows: flows.collect(),
        ..policy.clone()
    }
}

/// What is left of one flow.
fn left(policy: &Policy, flow: &Flow) -> Option<Flow> {
    match (flow.via, &flow.from, &flow.to) {
        (Some(Via::Proxy), _, _) | (Some(Via::Mail), Endpoint::Gateway, _) => None,
        (Some(Via::Mail), Endpoint::Zone { .. }, Endpoint::Gateway) => Some(flow.clone()),
        // Its first half: into the box, where the mail role says "later".
        (Some(Via::Mail), Endpoint::Zone { .. }, Endpoint::Zone { .. }) => Some(Flow {
            to: Endpoint::Gateway,
            ..flow.clone()
        }),
        (None, Endpoint::Zone { zone: one, .. }, Endpoint::Zone { zone: other, .. })
            if joins(policy, one, other) =>
        {
            None
        }
        (None, _, _) => Some(flow.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Facts, Sources, load};

    #[test]
    fn a_cut_leaves_the_inside_and_the_way_to_the_box() {
        let sources = Sources::new([
            ("sekimori.toml", include_str!("../../config/sekimori.toml")),
            (
                "flows.d/mail.toml",
                include_str!("../../config/flows.d/mail.toml"),
            ),
            (
                "flows.d/office.toml",
                include_str!("../../config/flows.d/office.toml"),
            ),
        ]);
        let now = "2026-11-25T00:00:00Z".parse().unwrap();
        let (mut policy, _) = load(&sources, &Facts::at(now)).unwrap();
        let relay = policy
            .flows
            .iter()
            .find(|flow| flow.id == "inbound-mail")
            .unwrap();
        let straight = Flow {
            id: "straight".into(),
            to: Endpoint::Zone {
                zone: "lgwan".into(),
                hosts: Vec::new(),
            },
            ..relay.clone()
        };
        policy.flows.push(Flow {
            via: None,
            id: "joined".into(),
            ..straight.clone()
        });
        policy.flows.push(straight);
        let closed = closed(&policy);
        let mut left: Vec<&str> = closed.flows.iter().map(|flow| flow.id.as_str()).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            ["admin-ssh", "inbound-mail", "office-gyomu", "straight"]
        );
        let leaves_the_box = |flow: &&Flow| flow.via.is_some() && flow.to != Endpoint::Gateway;
        assert_eq!(closed.flows.iter().find(leaves_the_box), None);
        // Nobody is locked out by a cut: every way to the box itself is as before.
        let doors = |policy: &Policy| {
            policy
                .flows
                .iter()
                .filter(|flow| flow.to == Endpoint::Gateway && flow.id != "straight")
                .count()
        };
        assert_eq!(doors(&closed), doors(&policy));
    }
}

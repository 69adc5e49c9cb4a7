//! Which treatment for which kind, per recipient. Pure. Where several rules
//! match, the stricter wins.

use std::collections::BTreeMap;

use crate::policy::{Policy, TreatRule};
use crate::sanitise::protocol::{First, Wish};
use crate::sanitise::stage::Conversion;
use crate::sanitise::{Kind, Treatment};

/// A treatment for every kind; total, so that members of containers found
/// later are decided by the same value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan {
    treatments: BTreeMap<Kind, Treatment>,
    paint_codes: bool,
    wish: Wish,
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

    /// Which version of a text is read: HTML only where it stays that.
    #[must_use]
    pub fn first(&self) -> First {
        if self.treatment(Kind::Html) == Treatment::Rebuild {
            First::Page
        } else {
            First::Text
        }
    }

    /// Whether QR codes are painted over, not only named.
    #[must_use]
    pub fn paints_codes(&self) -> bool {
        self.paint_codes
    }

    /// What is wanted of Office documents beside their treatment.
    #[must_use]
    pub fn wish(&self) -> Wish {
        self.wish
    }

    /// The same, for who looks inside: records list the parts of packages.
    #[must_use]
    pub fn looking(mut self) -> Self {
        self.wish.structure = true;
        self
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
            paint_codes: false,
            wish: Wish::default(),
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
            paint_codes: false,
            wish: Wish::default(),
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

/// Fans a mail out into variants, one per distinct plan, numbered from 1 in
/// the order of their first recipients.
#[must_use]
pub fn plan(policy: &Policy, untrusted_sender: &str, recipients: &[String]) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    for recipient in recipients {
        let plan = Plan {
            paint_codes: policy.mail.paint_qr_codes,
            wish: Wish {
                without_comments: policy.mail.drop_comments,
                changes_accepted: policy.mail.accept_changes,
                structure: false,
                web_links: policy.mail.keep_pdf_links,
            },
            ..plan_for(&policy.mail.treat, untrusted_sender, recipient)
        };
        match variants.iter_mut().find(|variant| variant.plan == plan) {
            Some(variant) => variant.recipients.push(recipient.clone()),
            None => variants.push(Variant {
                number: u32::try_from(variants.len())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1),
                recipients: vec![recipient.clone()],
                plan,
            }),
        }
    }
    variants
}

/// Where rules match, the strictest of them decides; where none does, the
/// default of treatments.md.
fn plan_for(rules: &[TreatRule], untrusted_sender: &str, recipient: &str) -> Plan {
    let treatment = |kind: Kind| {
        rules
            .iter()
            .filter(|rule| {
                covers(&rule.kinds, |known| known == "*" || known == kind.name())
                    && covers(&rule.recipients, |known| is_address_of(known, recipient))
                    && covers(&rule.senders, |known| {
                        is_address_of(known, untrusted_sender)
                    })
            })
            .map(|rule| offered(&rule.treatment, kind))
            .max()
            .unwrap_or_else(|| Treatment::default_for(kind))
    };
    Plan {
        treatments: Kind::ALL
            .into_iter()
            .map(|kind| (kind, treatment(kind)))
            .collect(),
        paint_codes: false,
        wish: Wish::default(),
    }
}

/// Whether some rule orders what only the office stage can do, and names the
/// kind: `*` is meant for whatever offers it.
#[must_use]
pub fn needs_office(rules: &[TreatRule]) -> bool {
    rules.iter().any(|rule| {
        Kind::ALL.iter().any(|kind| {
            rule.kinds.iter().any(|known| known == kind.name())
                && Conversion::of(*kind, offered(&rule.treatment, *kind)).is_some()
        })
    })
}

/// What rules order of a kind by its name that is not offered: kind and
/// treatment. All such files would be withheld, which may not be meant.
#[must_use]
pub fn not_offered(rules: &[TreatRule]) -> Vec<(Kind, &str)> {
    let ordered = |rule: &TreatRule, kind: &Kind| {
        let named = rule.kinds.iter().any(|known| known == kind.name());
        let withholds = offered(&rule.treatment, *kind) == Treatment::Withhold;
        named && withholds && rule.treatment != "withhold"
    };
    let of_rule = |rule| {
        let kinds = Kind::ALL
            .into_iter()
            .filter(move |kind| ordered(rule, kind));
        kinds.map(|kind| (kind, rule.treatment.as_str()))
    };
    rules.iter().flat_map(of_rule).collect()
}

/// The treatment a rule names; what is not offered for `kind` (or not known)
/// withholds. A `*` rule of `text` or `flatten` leaves containers to their
/// members.
fn offered(name: &str, kind: Kind) -> Treatment {
    let named = match name {
        "rebuild" => Treatment::Rebuild,
        "flatten" => Treatment::Flatten,
        "text" => Treatment::Text,
        _ => return Treatment::Withhold,
    };
    if kind.is_container() && named != Treatment::Withhold {
        return Treatment::Rebuild;
    }
    if named.output_kind(kind).is_some() {
        named
    } else {
        Treatment::Withhold
    }
}

/// An empty list covers everything.
fn covers(list: &[String], matches: impl Fn(&str) -> bool) -> bool {
    list.is_empty() || list.iter().any(|known| matches(known))
}

/// `known` is an address or `@domain`; compared without case, as every
/// mail server in use does.
fn is_address_of(known: &str, address: &str) -> bool {
    if known.starts_with('@') {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        known
            .get(1..)
            .is_some_and(|known| known.eq_ignore_ascii_case(domain))
    } else {
        known.eq_ignore_ascii_case(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kinds: &[&str], recipients: &[&str], senders: &[&str], treatment: &str) -> TreatRule {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        TreatRule {
            kinds: owned(kinds),
            recipients: owned(recipients),
            senders: owned(senders),
            treatment: treatment.into(),
        }
    }

    #[test]
    fn without_rules_the_defaults_hold() {
        assert_eq!(plan_for(&[], "a@b", "c@d"), Plan::defaults());
    }

    #[test]
    fn the_stricter_rule_wins_whatever_the_order() {
        let mut rules = vec![
            rule(&["ooxml.word"], &[], &[], "rebuild"),
            rule(&["*"], &["@d"], &[], "text"),
        ];
        for _ in 0..2 {
            assert_eq!(
                plan_for(&rules, "a@b", "c@D").treatment(Kind::Word),
                Treatment::Text
            );
            assert_eq!(
                plan_for(&rules, "a@b", "c@e").treatment(Kind::Word),
                Treatment::Rebuild
            );
            rules.reverse();
        }
    }

    #[test]
    fn pages_and_modern_forms_of_office_documents_are_offered() {
        let rules = [
            rule(&["doc", "xls", "xlsb"], &[], &[], "rebuild"),
            rule(&["xls", "ooxml.slides"], &[], &[], "flatten"),
        ];
        let plan = plan_for(&rules, "a@b", "c@d");
        assert_eq!(plan.treatment(Kind::Doc), Treatment::Rebuild);
        assert_eq!(plan.treatment(Kind::Xlsb), Treatment::Rebuild);
        assert_eq!(
            plan.treatment(Kind::Xls),
            Treatment::Flatten,
            "the stricter"
        );
        assert_eq!(plan.treatment(Kind::Slides), Treatment::Flatten);
        assert_eq!(plan.treatment(Kind::Ppt), Treatment::Text, "the default");
        assert!(needs_office(&rules));
        for treatment in ["rebuild", "flatten"] {
            assert!(needs_office(&[rule(&["xlsb"], &[], &[], treatment)]));
        }
        let others = [
            rule(&["ooxml.word"], &[], &[], "rebuild"),
            rule(&["doc"], &[], &[], "text"),
            rule(&["*"], &[], &[], "flatten"),
        ];
        assert!(!needs_office(&others));
    }

    #[test]
    fn what_is_ordered_in_vain_is_named() {
        let rules = [
            rule(&["xlsb", "jpeg", "zip"], &[], &[], "flatten"),
            rule(&["pdf", "svg"], &[], &[], "rebuild"),
            rule(&["html"], &[], &[], "withhold"),
            rule(&["*"], &[], &[], "text"),
        ];
        assert_eq!(
            not_offered(&rules),
            [(Kind::Jpeg, "flatten"), (Kind::Svg, "rebuild")]
        );
    }

    #[test]
    fn what_is_not_offered_withholds() {
        let rules = [
            rule(&["*"], &[], &["x@y"], "text"),
            rule(&["pdf"], &["z@z"], &[], "melt"),
        ];
        let plan = plan_for(&rules, "X@y", "c@d");
        assert_eq!(plan.treatment(Kind::Jpeg), Treatment::Withhold);
        assert_eq!(plan.treatment(Kind::Zip), Treatment::Rebuild);
        assert_eq!(
            plan_for(&rules, "", "z@z").treatment(Kind::Pdf),
            Treatment::Withhold
        );
        assert_eq!(plan_for(&rules, "", "c@d"), Plan::defaults());
    }

    #[test]
    fn a_forbidden_kind_never_gets_better() {
        let rules = [rule(&["*"], &[], &[], "rebuild")];
        for kind in [
            Kind::Executable,
            Kind::Unknown,
            Kind::Encrypted,
            Kind::Unsupported,
        ] {
            assert_eq!(
                plan_for(&rules, "a@b", "c@d").treatment(kind),
                Treatment::Withhold
            );
        }
    }
}

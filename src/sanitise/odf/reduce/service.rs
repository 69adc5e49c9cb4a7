//! Attributes whose value LibreOffice takes for the name of a service of its
//! own and makes one of as soon as the file is opened: any service at all, not
//! only one that draws.

use crate::sanitise::odf::space::Space;

/// Kinds of charts (ODF 1.3 part 3, 19.15.3); all others are names of services.
const CHARTS: &[&str] = &[
    "chart:area",
    "chart:bar",
    "chart:bubble",
    "chart:circle",
    "chart:filled-radar",
    "chart:gantt",
    "chart:line",
    "chart:radar",
    "chart:ring",
    "chart:scatter",
    "chart:stock",
    "chart:surface",
];

/// Whether an attribute of this element may name a service.
pub(super) fn is_named(space: Space, element: &str, local: &str, value: &str) -> bool {
    match (space, local) {
        // Without it a shape is drawn by LibreOffice's own engine, of which it
        // never writes the name.
        (Space::Draw, "engine") => true,
        (Space::Chart, "class") if element == "grid" => !matches!(value, "major" | "minor"),
        (Space::Chart, "class") => !CHARTS.contains(&value),
        _ => false,
    }
}

/// What is written in its place where something must be: columns, the usual chart.
pub(super) fn instead(space: Space, element: &str) -> Option<&'static str> {
    (space == Space::Chart && element == "chart").then_some("chart:bar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kinds_of_charts_are_no_services() {
        let named = |value| is_named(Space::Chart, "series", "class", value);
        assert!(!named("chart:bar") && !named("chart:filled-radar"));
        assert!(named("ooo:com.sun.star.ucb.WebDAVContentProvider"));
        assert!(named("bar") && named("chart:add-in") && named(" chart:bar") && named("major"));
        assert!(!is_named(Space::Chart, "grid", "class", "minor"));
        assert!(is_named(Space::Chart, "grid", "class", "chart:bar"));
        assert!(is_named(Space::Draw, "custom-shape", "engine", ""));
    }
}

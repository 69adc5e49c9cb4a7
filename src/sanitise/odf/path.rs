//! Where a reference leads: `xlink:href` as a name in the package.

use percent_encoding::percent_decode_str;

/// What an `xlink:href` of a picture or an object leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An entry or a folder of the package.
    Inside(String),
    /// Everywhere else: the network, the disk, another package.
    Outside,
}

/// The place that a reference in a document with this folder names
/// (ODF 1.3 part 2, 3.4: relative to the document that holds it).
pub(super) fn place(folder: &str, untrusted_href: &str) -> Place {
    // Programs of before 2005 wrote `#Pictures/…`.
    let href = untrusted_href.trim_start_matches('#');
    if href.contains([':', '\\', '?', '#']) || href.starts_with('/') || href.is_empty() {
        return Place::Outside;
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in href.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.pop().is_none() {
                    return Place::Outside;
                }
            }
            step => steps.push(step),
        }
    }
    if steps.is_empty() {
        return Place::Outside;
    }
    Place::Inside(steps.join("/"))
}

/// The same with `%20` read as a blank; `None` where nothing is written so.
pub(super) fn decoded(name: &str) -> Option<String> {
    (name.contains('%'))
        .then(|| percent_decode_str(name).decode_utf8().ok())
        .flatten()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_cannot_leave_the_package() {
        let inside = |folder, href| match place(folder, href) {
            Place::Inside(name) => name,
            Place::Outside => panic!("{href}"),
        };
        assert_eq!(inside("", "Pictures/a.png"), "Pictures/a.png");
        assert_eq!(inside("", "./Object 1"), "Object 1");
        assert_eq!(inside("", "#Pictures/a.png"), "Pictures/a.png");
        assert_eq!(inside("Object 1/", "Pictures/a"), "Object 1/Pictures/a");
        assert_eq!(inside("Object 1/", "../Pictures/a"), "Pictures/a");
        for outside in [
            "../a.png",
            "/a",
            "file:///a",
            "http://a/b",
            "a\\b",
            "",
            "#",
            ".",
            "a?b",
        ] {
            assert_eq!(place("", outside), Place::Outside, "{outside}");
        }
    }
}

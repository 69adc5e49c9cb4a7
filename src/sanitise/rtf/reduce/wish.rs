//! What a site may want of documents that people wrote together: without
//! comments, with tracked changes taken as accepted.

use super::remove_group;
use crate::sanitise::rtf::model::{Document, Group, Node};
use crate::sanitise::rtf::text::sign;
use crate::sanitise::{Report, What};

/// Comments, and the marks of whom and where.
const COMMENTS: &[&str] = &["annotation", "atnid", "atnauthor", "atrfstart", "atrfend"];

pub(super) fn without_comments(document: &mut Document, report: &mut Report) {
    for at in 0..document.nodes.len() {
        match document.nodes.get(at) {
            Some(Node::Open(Group::Kept(name, _))) if COMMENTS.contains(name) => {
                if *name == "annotation" {
                    report.removed(What::Comment, "annotation");
                }
                remove_group(&mut document.nodes, at);
            }
            Some(Node::Word("chatn", _)) => {
                if let Some(node) = document.nodes.get_mut(at) {
                    *node = Node::Nothing;
                }
            }
            _ => {}
        }
    }
}

/// Why text goes once the changes are accepted.
#[derive(Clone, Copy, Default)]
struct Taken {
    deleted: bool,
    moved: bool,
}

/// Deleted text goes, inserted text is text like any other; so where somebody
/// moved it from and to (RTF 1.9.1, character revision mark properties).
pub(super) fn changes_accepted(document: &mut Document, report: &mut Report) {
    let mut around = vec![Taken::default()];
    // Stretches are counted, not pieces.
    let mut before = false;
    for at in 0..document.nodes.len() {
        if let Some(Node::Open(Group::Kept("revtbl", _))) = document.nodes.get(at) {
            remove_group(&mut document.nodes, at);
        }
        let Some((node, now)) = document.nodes.get_mut(at).zip(around.last_mut()) else {
            return;
        };
        match node {
            Node::Open(_) => {
                let inner = *now;
                around.push(inner);
            }
            Node::Close => drop(around.pop()),
            Node::Word("deleted", number) => {
                now.deleted = *number != Some(0);
                *node = Node::Nothing;
            }
            Node::Word("mvf", number) => {
                now.moved = *number != Some(0);
                *node = Node::Nothing;
            }
            Node::Word(
                "revised" | "revauth" | "revdttm" | "revauthdel" | "revdttmdel" | "revisions"
                | "mvt" | "mvauth" | "mvdate",
                _,
            ) => *node = Node::Nothing,
            Node::Word("plain", _) => *now = Taken::default(),
            Node::Word(name, _) if sign(name).is_none() => {}
            Node::Text(..) | Node::Symbol(_) | Node::Word(..) | Node::Picture(_) => {
                let gone = now.deleted || now.moved;
                if gone {
                    if !before {
                        report.removed(What::Revision, "deleted text");
                    }
                    *node = Node::Nothing;
                }
                before = gone;
            }
            Node::Code(_) | Node::Property(_) | Node::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Limits;
    use crate::sanitise::protocol::Wish;
    use crate::sanitise::rtf::treat;
    use crate::sanitise::{Context, Fonts, Kind, Report, Treatment, What};

    const MOVED: &str =
        "{\\rtf1 a{\\mvf\\mvauth1\\mvdate7 from}\\mvf gone\\mvf0 b{\\mvt to}\\mvf{\\mvf0 c}}";

    fn told(tier: Treatment, changes_accepted: bool) -> (String, Vec<(What, u32)>) {
        let (limits, fonts) = (Limits::default(), Fonts::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        let wish = Wish {
            changes_accepted,
            ..Wish::default()
        };
        let mut report = Report::default();
        let how = (Kind::Rtf, tier);
        let output = treat(how, wish, MOVED.as_bytes(), &context, &mut report).unwrap();
        let lines = report.removed.iter().map(|line| (line.what, line.count));
        (String::from_utf8(output).unwrap(), lines.collect())
    }

    #[test]
    fn what_was_moved_stands_once_when_changes_are_accepted() {
        let (output, lines) = told(Treatment::Rebuild, true);
        assert!(!output.contains("from") && !output.contains("gone") && !output.contains("mv"));
        for words in ["a", "b", "to", "c"] {
            assert!(output.contains(words), "{output}");
        }
        assert_eq!(lines, [(What::Revision, 1)]);
    }

    /// A mark that is put out must not come out as one that is set.
    #[test]
    fn marks_of_what_was_moved_stay_as_they_are() {
        let (output, lines) = told(Treatment::Rebuild, false);
        for mark in ["\\mvf\\mvauth1\\mvdate7", "\\mvf0", "\\mvt"] {
            assert!(output.contains(mark), "{mark}: {output}");
        }
        assert_eq!(output.matches("\\mvf0").count(), 2);
        assert_eq!(lines, []);
    }

    #[test]
    fn the_text_shows_what_was_moved_where_it_is_now() {
        let (text, lines) = told(Treatment::Text, false);
        assert_eq!(text.trim(), "abtoc");
        assert_eq!(lines, [(What::Revision, 1)]);
    }
}

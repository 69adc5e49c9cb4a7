//! The place of a control of a form (`draw:control`) becomes a plain rectangle
//! of the same place and size with the words that the control shows: nothing
//! is left that acts, and nothing that was seen is gone.

mod style;

use super::form::{Control, Controls};
use crate::sanitise::odf::model::{Node, Open, Tape};
use crate::sanitise::odf::space::Space;
use crate::sanitise::office::scrap::{NONE, Scrap, attribute};
use crate::sanitise::{Refusal, Report, What};
use style::Styles;

/// Most tags that the words of a document's controls may take, and attributes
/// of their styles: a line break is five bytes in a value and a paragraph here.
const MOST_NODES: usize = 500_000;

/// Turns the controls of a part into rectangles; without its form one shows
/// nothing, and goes.
pub(super) fn reduce(
    tape: &mut Tape,
    controls: &mut Controls,
    untrusted_name: &str,
    report: &mut Report,
) -> Result<(), Refusal> {
    let places: Vec<(usize, Open)> = tape
        .opens()
        .filter(|(_, open)| open.space == Space::Draw && tape.local(*open) == "control")
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let mut styles = Styles::of(tape);
    let mut lists = Vec::new();
    let mut nodes = 0_usize;
    for (at, open) in places {
        report.removed(What::Form, untrusted_name);
        let control = tape
            .value(open, Space::Draw, "control")
            .and_then(|id| controls.take(id));
        let Some(control) = control else {
            tape.remove(at);
            continue;
        };
        let style = styles.for_shape(tape, open, control.look);
        rectangle(tape, at, open, &style, control.is_printed);
        let words = paragraphs(tape, &control, &style);
        nodes = nodes.saturating_add(words.len());
        if nodes.saturating_add(styles.weight()) > MOST_NODES {
            return Err(Refusal::OverBudget);
        }
        lists.push((open.end as usize, words));
    }
    lists.extend(styles.into_list());
    tape.insert(lists);
    Ok(())
}

/// The control's place as a rectangle, in a style of its own.
fn rectangle(tape: &mut Tape, at: usize, open: Open, style: &str, is_printed: bool) {
    let mut kept: Vec<_> = (tape.attributes(open))
        .map(|(_, attribute)| attribute)
        .filter(|attribute| match attribute.space {
            Space::Draw => {
                let local = tape.get(attribute.local);
                !matches!(local, "control" | "style-name" | "text-style-name")
            }
            space => space != Space::Presentation,
        })
        .collect();
    kept.push(attribute(tape, Space::Draw, "style-name", style));
    kept.push(attribute(tape, Space::Draw, "text-style-name", style));
    if !is_printed {
        kept.push(attribute(tape, Space::Drawooo, "display", "screen"));
    }
    tape.set_attributes(at, &kept);
    tape.rename(at, "rect");
}

/// One paragraph for each line.
fn paragraphs(tape: &mut Tape, control: &Control, style: &str) -> Vec<Node> {
    let style = attribute(tape, Space::Text, "style-name", style);
    let style = tape.add_attributes(&[style]);
    let mut scrap = Scrap::default();
    for line in &control.lines {
        scrap.open(tape, Space::Text, "p", style);
        words(tape, line, &mut scrap);
        scrap.close();
    }
    scrap.nodes
}

/// A line, with the blanks that readers would join spelled out (6.1.2).
fn words(tape: &mut Tape, line: &str, scrap: &mut Scrap<Space>) {
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let taken = if blanks > 0 {
            let count = attribute(tape, Space::Text, "c", &blanks.to_string());
            let count = tape.add_attributes(&[count]);
            scrap.empty(tape, Space::Text, "s", count);
            blanks
        } else if rest.starts_with('\t') {
            scrap.empty(tape, Space::Text, "tab", NONE);
            1
        } else {
            // A single blank between words stays as it is.
            let end = ["  ", "\t"].iter().filter_map(|end| rest.find(end)).min();
            let end = end.unwrap_or(rest.len());
            scrap.text(tape, rest.get(..end).unwrap_or_default());
            end
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitise::odf::model::{Part, Role};
    use crate::sanitise::office::reading;

    const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
        xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
        xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
        xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
        xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
        xmlns:form=\"urn:oasis:names:tc:opendocument:xmlns:form:1.0\"";

    /// So many labels, each in the style that is told for it: the document then.
    fn labels(styles: &str, many: usize, style: impl Fn(usize) -> String) -> Result<Tape, Refusal> {
        let label = |number| format!("<form:fixed-text form:id=\"c{number}\" form:label=\"x\"/>");
        let place = |number| {
            let style = style(number);
            format!("<draw:control draw:control=\"c{number}\" draw:style-name=\"{style}\"/>")
        };
        let labels: String = (0..many).map(label).collect();
        let places: String = (0..many).map(place).collect();
        let xml = format!(
            "<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>\
             <office:body><office:text><office:forms><form:form>{labels}</form:form></office:forms>\
             <text:p>{places}</text:p></office:text></office:body></office:document-content>"
        );
        let tape = reading::read(xml, usize::MAX, &mut |_, _| {}).unwrap();
        let mut parts = [Part {
            role: Role::Content,
            tape,
        }];
        let mut controls = Controls::of(&parts);
        let tape = &mut parts[0].tape;
        reduce(tape, &mut controls, "content.xml", &mut Report::default())?;
        let [part] = parts;
        Ok(part.tape)
    }

    fn count(tape: &Tape, local: &str) -> usize {
        let found = tape.opens().filter(|(_, open)| tape.local(*open) == local);
        found.count()
    }

    #[test]
    fn a_style_is_read_once_however_many_controls_have_it() {
        let styles = format!(
            "<style:style style:name=\"s\" style:family=\"graphic\">{}\
             <style:paragraph-properties fo:text-align=\"end\"/></style:style>",
            "<style:map/>".repeat(100_000)
        );
        let tape = labels(&styles, 100_000, |_| "s".to_owned()).unwrap();
        assert_eq!(count(&tape, "rect"), 100_000);
        assert_eq!(count(&tape, "style"), 3, "one look for all");
        let right = tape
            .opens()
            .find_map(|(_, open)| tape.value(open, Space::Draw, "textarea-horizontal-align"));
        assert_eq!(right, Some("right"));
    }

    #[test]
    fn names_that_are_taken_are_each_tried_once() {
        let taken = |number| {
            format!("<style:style style:name=\"control{number}\" style:family=\"graphic\"/>")
        };
        let styles: String = (0..20_000).map(taken).collect();
        let tape = labels(&styles, 20_000, |number| format!("s{number}")).unwrap();
        assert_eq!(count(&tape, "style"), 20_000 + 2 * 20_000);
    }

    #[test]
    fn many_looks_that_each_say_much_are_refused() {
        let refused = labels("", 100_000, |number| format!("s{number}"));
        assert_eq!(refused.err(), Some(Refusal::OverBudget));
    }
}

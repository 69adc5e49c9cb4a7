//! What the fields of a form show (HTML 4.10.5 to 4.10.11): texts, choices and
//! values that were filled in. Of a form that nobody can send any more they are
//! what there is to read.

use markup5ever_rcdom::Handle;

use super::attributes::Attributes;
use super::tree::{inner_text, tag};

/// The words that `node`'s field shows; `None` where it shows none.
pub(super) fn shown(
    tag: &str,
    attributes: &Attributes,
    node: &Handle,
    depth: u32,
) -> Option<String> {
    let words = match tag {
        "textarea" => inner_text(node, depth),
        "select" => chosen(attributes, node, depth),
        "input" => value(attributes)?.to_owned(),
        _ => return None,
    };
    (!words.trim().is_empty()).then_some(words)
}

fn value(attributes: &Attributes) -> Option<&str> {
    let kind = attributes.get("type").unwrap_or_default().trim();
    let unseen = [
        "hidden", "password", "checkbox", "radio", "file", "image", "range", "color",
    ];
    let seen = !unseen.iter().any(|known| kind.eq_ignore_ascii_case(known));
    attributes.get("value").filter(|_| seen)
}

/// The options that were chosen. Of a list that drops down one always is.
fn chosen(attributes: &Attributes, node: &Handle, depth: u32) -> String {
    let mut options = Vec::new();
    gather(node, depth, &mut options);
    let several = attributes.get("multiple").is_some();
    let open = several || attributes.number("size").is_some_and(|size| size > 1);
    let mut selected: Vec<&str> = options
        .iter()
        .filter(|(_, selected)| *selected)
        .map(|(words, _)| words.as_str())
        .collect();
    if !several {
        selected = selected.pop().into_iter().collect();
    }
    if selected.is_empty() && !open {
        selected.extend(options.first().map(|(words, _)| words.as_str()));
    }
    selected.join("、")
}

/// Words of every option below `node`, and whether it is selected.
fn gather(node: &Handle, depth: u32, options: &mut Vec<(String, bool)>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for child in node.children.borrow().iter() {
        if tag(child) != "option" {
            gather(child, depth, options);
            continue;
        }
        let attributes = Attributes::of(child);
        let label = attributes.get("label").filter(|label| !label.is_empty());
        let words = label.map_or_else(|| inner_text(child, depth), str::to_owned);
        let words = words.trim().to_owned();
        options.push((words, attributes.get("selected").is_some()));
    }
}

//! Formulas in a page (MathML) as one line: a fraction has its stroke and an
//! exponent its mark, so that no number becomes another.

use markup5ever_rcdom::{Handle, NodeData};

use super::tree::tag;

/// The words of a formula, in one line.
pub(super) fn words(node: &Handle, depth: u32) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return String::new();
    };
    let name = match &node.data {
        NodeData::Text { contents } => {
            let text = contents.borrow();
            return text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        NodeData::Element { .. } => tag(node),
        NodeData::Document
        | NodeData::Doctype { .. }
        | NodeData::Comment { .. }
        | NodeData::ProcessingInstruction { .. } => return String::new(),
    };
    let children = node.children.borrow();
    let elements = children
        .iter()
        .filter(|child| matches!(child.data, NodeData::Element { .. }));
    let parts = || -> Vec<String> { elements.clone().map(|child| words(child, depth)).collect() };
    let all = || -> String { children.iter().map(|child| words(child, depth)).collect() };
    match name.as_str() {
        "annotation" | "annotation-xml" | "script" | "style" => String::new(),
        "mfrac" => joined(&parts(), &["/"]),
        "msup" | "mover" => joined(&parts(), &["^"]),
        "msub" | "munder" => joined(&parts(), &["_"]),
        "msubsup" | "munderover" => joined(&parts(), &["_", "^"]),
        "msqrt" => format!("√{}", grouped(&all())),
        "mroot" => match parts().as_slice() {
            [inside, degree] => format!("{}√{}", grouped(degree), grouped(inside)),
            parts => parts.join(" "),
        },
        "mfenced" => format!("({})", parts().join(", ")),
        "mtable" => format!("[{}]", parts().join("; ")),
        "mtr" => parts().join(", "),
        _ => all(),
    }
}

/// Parts with a sign before each but the first; with blanks where there are more
/// or fewer than there can be.
fn joined(parts: &[String], signs: &[&str]) -> String {
    if parts.len() != signs.len() + 1 {
        return parts.join(" ");
    }
    let mut signs = signs.iter();
    let mut line = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            line.push_str(signs.next().unwrap_or(&" "));
        }
        line.push_str(&grouped(part));
    }
    line
}

/// In brackets, unless it is one number or name.
fn grouped(part: &str) -> String {
    if part.chars().all(|c| c.is_alphanumeric() || c == '.') {
        part.to_owned()
    } else {
        format!("({part})")
    }
}

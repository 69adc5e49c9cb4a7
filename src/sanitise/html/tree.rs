//! Small looks at the tree that html5ever makes.

use markup5ever_rcdom::{Handle, NodeData};

use crate::sanitise::Refusal;

/// An element's name; empty for anything else.
pub(super) fn tag(node: &Handle) -> String {
    match &node.data {
        NodeData::Element { name, .. } => name.local.to_string(),
        NodeData::Document
        | NodeData::Doctype { .. }
        | NodeData::Text { .. }
        | NodeData::Comment { .. }
        | NodeData::ProcessingInstruction { .. } => String::new(),
    }
}

pub(super) fn collect_styles(
    node: &Handle,
    depth: u32,
    styles: &mut String,
) -> Result<(), Refusal> {
    let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
    for child in node.children.borrow().iter() {
        if tag(child) == "style" {
            styles.push_str(&inner_text(child, depth));
            styles.push('\n');
        } else {
            collect_styles(child, depth, styles)?;
        }
    }
    Ok(())
}

pub(super) fn inner_text(node: &Handle, depth: u32) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return String::new();
    };
    node.children
        .borrow()
        .iter()
        .map(|child| match &child.data {
            NodeData::Text { contents } => contents.borrow().to_string(),
            NodeData::Element { .. }
            | NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => inner_text(child, depth),
        })
        .collect()
}

//! Fields lose the codes that are not on the list and keep what they show;
//! the font table keeps to a size that readers can bear; groups of nothing go.

mod field;
mod wish;

use std::collections::HashSet;

use super::model::{Document, Group, Node};
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Report, What};

/// Fonts of a document: more of them overran a reader (CVE-2023-21716).
const MOST_FONTS: usize = 4_096;

/// What a site wishes gone.
pub(super) fn wished(document: &mut Document, wish: Wish, report: &mut Report) {
    if wish.without_comments {
        wish::without_comments(document, report);
    }
    if wish.changes_accepted {
        wish::changes_accepted(document, report);
    }
}

/// What must go.
pub(super) fn reduce(document: &mut Document, report: &mut Report) {
    fields(document, report);
    fonts(document, report);
    tidy(&mut document.nodes);
}

/// Where a part of a field stands, and in which field.
struct Part {
    field: usize,
    at: usize,
}

fn fields(document: &mut Document, report: &mut Report) {
    let mut open: Vec<(usize, &'static str)> = Vec::new();
    let (mut fields, mut codes, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for (at, node) in document.nodes.iter().enumerate() {
        match node {
            Node::Open(Group::Kept(name, _)) => {
                let field = open.iter().rev().find(|(_, name)| *name == "field");
                let part = field.map(|(field, _)| Part { field: *field, at });
                match (*name, part) {
                    ("field", _) => fields.push(at),
                    ("fldinst", Some(part)) => codes.push(part),
                    ("fldrslt", Some(part)) => results.push(part),
                    _ => {}
                }
                open.push((at, name));
            }
            Node::Open(Group::Plain | Group::Starred) => open.push((at, "")),
            Node::Close => drop(open.pop()),
            _ => {}
        }
    }
    let mut kept = HashSet::new();
    let mut gone = HashSet::new();
    for part in &codes {
        let code = match document.nodes.get(part.at + 1) {
            Some(Node::Code(number)) => document.codes.get(*number as usize),
            _ => None,
        };
        // Two codes in one field: two readers, two fields.
        let second = kept.contains(&part.field);
        match code.map(|code| (code, field::verdict(code))) {
            Some((_, None)) if !second => drop(kept.insert(part.field)),
            Some((code, what)) => {
                let code = code.untrusted.trim();
                report.removed(what.unwrap_or(What::FieldCode), code);
                gone.insert(part.field);
            }
            None => drop(gone.insert(part.field)),
        }
    }
    let stays = |field: &usize| kept.contains(field) && !gone.contains(field);
    for part in codes.iter().filter(|part| !stays(&part.field)) {
        remove_group(&mut document.nodes, part.at);
    }
    let results = results.iter().filter(|part| !stays(&part.field));
    let shells = fields.into_iter().filter(|field| !stays(field));
    for at in results.map(|part| part.at).chain(shells) {
        if let Some(node) = document.nodes.get_mut(at)
            && *node != Node::Nothing
        {
            *node = Node::Open(Group::Plain);
        }
    }
}

/// Takes out a group with everything in it.
fn remove_group(nodes: &mut [Node], at: usize) {
    let mut depth = 0u32;
    for node in nodes.iter_mut().skip(at) {
        match node {
            Node::Open(_) => depth = depth.saturating_add(1),
            Node::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        *node = Node::Nothing;
        if depth == 0 {
            break;
        }
    }
}

/// What is gone leaves no gap, and no group of nothing.
fn tidy(nodes: &mut Vec<Node>) {
    let mut left: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes.drain(..) {
        match node {
            Node::Nothing => {}
            Node::Close if left.last() == Some(&Node::Open(Group::Plain)) => drop(left.pop()),
            node => left.push(node),
        }
    }
    *nodes = left;
}

fn fonts(document: &mut Document, report: &mut Report) {
    let (mut depth, mut fonts) = (0u32, 0usize);
    let mut table: Option<u32> = None;
    for node in &mut document.nodes {
        match node {
            Node::Open(group) => {
                depth = depth.saturating_add(1);
                if matches!(group, Group::Kept("fonttbl", _)) {
                    table = table.or(Some(depth));
                }
            }
            Node::Close => {
                table = table.filter(|table| *table != depth);
                depth = depth.saturating_sub(1);
            }
            Node::Word("f", _) if table.is_some() => {
                fonts += 1;
                if fonts > MOST_FONTS {
                    report.removed(What::UnknownPart, "fonttbl");
                    *node = Node::Nothing;
                }
            }
            _ => {}
        }
    }
}

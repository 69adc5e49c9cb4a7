//! A tape as XML in the one spelling that the verifiers read: all namespaces
//! declared at the root, with our prefixes.

use super::tape::{Node, Open, Tape};
use super::vocabulary::{MOST_SPACES, Vocabulary};

/// What each part of ours begins with.
pub(in crate::sanitise) const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// One part's XML: all namespaces declared at the root, with our prefixes.
pub(in crate::sanitise) fn xml<S: Vocabulary>(tape: &Tape<S>) -> String {
    let mut used = [false; MOST_SPACES];
    for (_, open) in tape.opens() {
        for space in std::iter::once(open.space).chain(tape.attributes(open).map(|(_, a)| a.space))
        {
            if let Some(used) = used.get_mut(space.number()) {
                *used = true;
            }
        }
    }
    let is_used = |space: S| used.get(space.number()).copied().unwrap_or(false);
    let mut out = String::with_capacity(tape.len() * 24);
    out.push_str(HEAD);
    let mut prefixes = Prefixes([None; MOST_SPACES]);
    let mut open_tags: Vec<Open<S>> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                out.push('<');
                prefixes.name(open.space, tape.local(open), &mut out);
                if open_tags.is_empty() && at == 0 {
                    S::declare(&is_used, &mut out);
                }
                for (_, attribute) in tape.attributes(open) {
                    out.push(' ');
                    prefixes.name(attribute.space, tape.get(attribute.local), &mut out);
                    out.push_str("=\"");
                    escape(tape.get(attribute.value), true, &mut out);
                    out.push('"');
                }
                if is_empty(tape, at, open) {
                    out.push_str("/>");
                    at = open.end as usize + 1;
                    continue;
                }
                out.push('>');
                open_tags.push(open);
            }
            Node::Close => {
                if let Some(open) = open_tags.pop() {
                    out.push_str("</");
                    prefixes.name(open.space, tape.local(open), &mut out);
                    out.push('>');
                }
            }
            Node::Text(span) => escape(tape.get(span), false, &mut out),
            Node::Gone(end) => at = end as usize,
            Node::Nothing => {}
        }
        at += 1;
    }
    out
}

fn is_empty<S: Vocabulary>(tape: &Tape<S>, at: usize, open: Open<S>) -> bool {
    let mut place = at + 1;
    while place < open.end as usize {
        match tape.node(place) {
            Some(Node::Gone(end)) => place = end as usize,
            Some(Node::Nothing) => {}
            _ => return false,
        }
        place += 1;
    }
    true
}

/// The prefixes that were asked for, by the number of their namespace.
struct Prefixes([Option<&'static str>; MOST_SPACES]);

impl Prefixes {
    fn name<S: Vocabulary>(&mut self, space: S, local: &str, out: &mut String) {
        let prefix = match self.0.get_mut(space.number()) {
            Some(known) => *known.get_or_insert_with(|| space.prefix()),
            None => space.prefix(),
        };
        if !prefix.is_empty() {
            out.push_str(prefix);
            out.push(':');
        }
        out.push_str(local);
    }
}

/// Escapes; what XML 1.0 cannot carry is on no tape (see `reading`).
pub(in crate::sanitise) fn escape(words: &str, attribute: bool, out: &mut String) {
    let special = |b: u8| b < b' ' || matches!(b, b'&' | b'<' | b'>' | b'"');
    if !words.bytes().fold(false, |any, b| any | special(b)) {
        out.push_str(words);
        return;
    }
    let mut from = 0;
    for (at, byte) in words.bytes().enumerate() {
        let instead = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if attribute => "&quot;",
            b'\n' | b'\t' if attribute => {
                if byte == b'\n' {
                    "&#10;"
                } else {
                    "&#9;"
                }
            }
            b'\r' => "&#13;",
            _ => continue,
        };
        out.push_str(words.get(from..at).unwrap_or_default());
        out.push_str(instead);
        from = at + 1;
    }
    out.push_str(words.get(from..).unwrap_or_default());
}

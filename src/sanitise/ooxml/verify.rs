//! Own eyes on the output: accepts only what `write` can produce. Shares no
//! code and no table with the rest of this folder; it has its own view of the
//! ZIP, its own scanner for XML and its own lists.
//!
//! What it cannot see: the pixels of a picture, and words that only look like
//! something else to a person.

pub(super) mod book;
mod field;
mod maker;
pub(super) mod markup;
pub(super) mod names;
mod part;
mod shown;
mod story;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::policy::Limits;
use crate::sanitise::office::verify::{Checked, NotOurs, layout, picture, scan};
use crate::sanitise::{Kind, Refusal};
use part::Shape;
use scan::Piece;

/// The relations of a part by id.
type Relations<'a> = HashMap<&'a str, Target>;

/// Where a relation leads, as the output states it.
struct Target {
    /// Last step of its type.
    kind: &'static str,
    /// Name of the part; `None`: an address.
    part: Option<String>,
}

/// Accepts an output of `kind`.
pub(super) fn verify(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    examine(kind, bytes, limits).map_err(|_| Refusal::Residue)
}

/// As [`verify`], with the reason, for tests.
pub(super) fn examine(kind: Kind, bytes: &[u8], limits: &Limits) -> Checked {
    let entries = layout::entries(bytes, limits)?;
    let mut shapes: BTreeMap<&str, &'static Shape> = BTreeMap::new();
    for (name, _) in &entries {
        if name != "[Content_Types].xml" && !name.ends_with(".rels") {
            shapes.insert(
                name,
                part::shape_of(kind, name).ok_or(NotOurs("part name"))?,
            );
        }
    }
    let texts = texts(&entries)?;
    content_types(&texts, &shapes)?;
    let relations = all_relations(&texts, &shapes)?;
    let main = part::main_name(kind).ok_or(NotOurs("kind"))?;
    let root = relations.get("").ok_or(NotOurs("no root relations"))?;
    let leads_to = |name: &str| root.values().any(|to| to.part.as_deref() == Some(name));
    let properties = leads_to(maker::NAME);
    if !leads_to(main) || root.len() != 1 + usize::from(properties) {
        return Err(NotOurs("root relations"));
    }
    let reached: HashSet<&str> = relations
        .values()
        .flat_map(|list| list.values().filter_map(|to| to.part.as_deref()))
        .collect();
    let none = Relations::new();
    let mut shown = shown::Shown::default();
    for (name, content) in &entries {
        let Some(shape) = shapes.get(name.as_str()) else {
            continue;
        };
        if !reached.contains(name.as_str()) {
            return Err(NotOurs("part that nothing leads to"));
        }
        if shape.root.is_empty() {
            picture::check(name, content)?;
            continue;
        }
        let text = texts.get(name.as_str()).ok_or(NotOurs("text"))?;
        if name == maker::NAME {
            maker::check(text)?;
            continue;
        }
        let own = relations.get(name.as_str()).unwrap_or(&none);
        let mut markup = markup::Markup::new(shape, own);
        let mut fields = field::Fields::default();
        let mut stories = story::Stories::default();
        let mut book = book::Book::default();
        let mut pieces = scan::pieces(text)?;
        while let Some(piece) = pieces.step()? {
            markup.see(&piece)?;
            if kind == Kind::Word {
                fields.see(&piece)?;
                stories.see(&piece)?;
            }
            book.see(&piece)?;
            shown.see(&piece, own);
        }
        fields.end()?;
    }
    for (name, shape) in &shapes {
        shown.check(name, shape.root)?;
    }
    Ok(())
}

fn texts(entries: &[(String, Vec<u8>)]) -> Result<HashMap<&str, &str>, NotOurs> {
    let mut texts = HashMap::new();
    for (name, content) in entries {
        if [".xml", ".rels", ".vml"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            let text = std::str::from_utf8(content).map_err(|_| NotOurs("UTF-8"))?;
            texts.insert(name.as_str(), text);
        }
    }
    Ok(texts)
}

/// The list of content types says what we say about exactly the parts there.
fn content_types(texts: &HashMap<&str, &str>, shapes: &BTreeMap<&str, &'static Shape>) -> Checked {
    let text = texts
        .get("[Content_Types].xml")
        .ok_or(NotOurs("no content types"))?;
    let mut listed: HashSet<String> = HashSet::new();
    let mut pieces = scan::pieces(text)?;
    while let Some(piece) = pieces.step()? {
        let Piece::Open {
            name, attributes, ..
        } = piece
        else {
            continue;
        };
        let get = |key: &str| {
            attributes
                .iter()
                .find(|(k, _)| *k == key)
                .map_or("", |(_, v)| *v)
        };
        match name {
            "Types" => {}
            "Default" => {
                let pair = (get("Extension"), get("ContentType"));
                if !part::DEFAULTS.contains(&pair) {
                    return Err(NotOurs("default content type"));
                }
            }
            "Override" => {
                let part = get("PartName").strip_prefix('/').unwrap_or_default();
                let shape = shapes
                    .get(part)
                    .ok_or(NotOurs("content type without part"))?;
                if get("ContentType") != shape.content_type() || !listed.insert(part.to_owned()) {
                    return Err(NotOurs("content type"));
                }
            }
            _ => return Err(NotOurs("content types element")),
        }
    }
    let all = shapes
        .iter()
        .filter(|(name, shape)| !shape.root.is_empty() && !name.ends_with(".vml"))
        .all(|(name, _)| listed.contains(*name));
    if all {
        Ok(())
    } else {
        Err(NotOurs("part without content type"))
    }
}

/// The relations of every part; the empty name stands for the package.
fn all_relations<'a>(
    texts: &HashMap<&str, &'a str>,
    shapes: &BTreeMap<&str, &'static Shape>,
) -> Result<HashMap<String, Relations<'a>>, NotOurs> {
    let mut all = HashMap::new();
    for (name, text) in texts {
        if !name.ends_with(".rels") {
            continue;
        }
        let owner = if *name == "_rels/.rels" {
            String::new()
        } else {
            let (folder, file) = name
                .split_once("/_rels/")
                .ok_or(NotOurs("relations' place"))?;
            let file = file
                .strip_suffix(".rels")
                .ok_or(NotOurs("relations' name"))?;
            format!("{folder}/{file}")
        };
        if !owner.is_empty() && !shapes.contains_key(owner.as_str()) {
            return Err(NotOurs("relations of no part"));
        }
        let mut list = Relations::new();
        let mut pieces = scan::pieces(text)?;
        while let Some(piece) = pieces.step()? {
            let Piece::Open {
                name, attributes, ..
            } = piece
            else {
                continue;
            };
            match name {
                "Relationships" => continue,
                "Relationship" => {}
                _ => return Err(NotOurs("relations element")),
            }
            let (id, target) = part::relation(attributes, shapes)?;
            if list.insert(id, target).is_some() {
                return Err(NotOurs("relation id twice"));
            }
        }
        all.insert(owner, list);
    }
    Ok(all)
}

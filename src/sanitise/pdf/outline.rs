//! The outline of a PDF as bookmarks: titles and page numbers, nothing else.
//! Actions, named programs, other files and addresses behind an entry do not
//! cross; an entry that leads to no page of the file keeps its words and
//! leads to the page of the entry before it.

use std::collections::{HashMap, HashSet};

use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, String as Words,
};
use pdf_writer::{Chunk, Finish, Name as Key, Ref, Str};

use super::words;
use crate::policy::text::is_deceptive;

/// Entries kept, and objects looked at on the way.
const MOST_ENTRIES: usize = 2_000;
const MOST_OBJECTS: usize = 20_000;
/// Levels kept.
const DEEPEST: usize = 8;
/// Signs of a title.
const LONGEST_TITLE: usize = 200;

/// One entry, in reading order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bookmark {
    pub(super) title: String,
    /// From 0.
    pub(super) page: usize,
    /// From 0; at most one more than the entry before.
    pub(super) depth: usize,
}

/// Reads the outline of `source`; none where there is none to read.
pub(super) fn collect(source: &Source) -> Vec<Bookmark> {
    let Some(root) = source.xref().get::<Dict<'_>>(source.xref().root_id()) else {
        return Vec::new();
    };
    let Some(outlines) = root.get::<Dict<'_>>("Outlines") else {
        return Vec::new();
    };
    let pages = source.pages().iter().enumerate();
    let mut walk = Walk {
        source,
        places: HashMap::new(),
        pages: pages
            .filter_map(|(number, page)| Some((page.raw().obj_id()?, number)))
            .collect(),
        named: HashMap::new(),
        seen: HashSet::new(),
        left: MOST_OBJECTS,
        found: Vec::new(),
    };
    walk.names(&root);
    walk.level(&outlines, 0);
    walk.found
}

struct Walk<'a> {
    source: &'a Source,
    /// What was found behind a reference, read once however many lead there.
    places: HashMap<ObjectIdentifier, Option<usize>>,
    pages: HashMap<ObjectIdentifier, usize>,
    /// Named destinations.
    named: HashMap<Vec<u8>, usize>,
    seen: HashSet<ObjectIdentifier>,
    left: usize,
    found: Vec<Bookmark>,
}

impl<'a> Walk<'a> {
    /// The entries of one level, each followed by those below it.
    fn level(&mut self, above: &Dict<'a>, depth: usize) {
        let mut next = above.get::<Dict<'_>>("First");
        while let Some(entry) = next {
            let known = entry.obj_id().is_none_or(|id| !self.seen.insert(id));
            if known || self.found.len() >= MOST_ENTRIES || depth > DEEPEST {
                return;
            }
            if let Some(title) = title(&entry) {
                let before = self.found.last().map_or(0, |bookmark| bookmark.page);
                let deepest = self.found.last().map_or(0, |bookmark| bookmark.depth + 1);
                let page = self.target(&entry).unwrap_or(before);
                self.found.push(Bookmark {
                    title,
                    page,
                    depth: depth.min(deepest),
                });
            }
            self.level(&entry, depth + 1);
            next = entry.get::<Dict<'_>>("Next");
        }
    }

    fn target(&mut self, entry: &Dict<'a>) -> Option<usize> {
        if let Some(place) = entry.get_raw::<Object<'_>>("Dest") {
            return self.place(place);
        }
        let action = entry.get::<Dict<'_>>("A")?;
        let inner = action.get::<Name<'_>>("S")?.as_str() == "GoTo";
        let place = action.get_raw::<Object<'_>>("D").filter(|_| inner)?;
        self.place(place)
    }

    /// The page of a destination that may stand elsewhere.
    fn place(&mut self, place: MaybeRef<Object<'a>>) -> Option<usize> {
        match place {
            MaybeRef::Ref(place) => self.once(place.into(), Self::page),
            MaybeRef::NotRef(place) => self.page(place),
        }
    }

    /// Reads an object unless it was read before.
    fn once(
        &mut self,
        id: ObjectIdentifier,
        read: impl FnOnce(&mut Self, Object<'a>) -> Option<usize>,
    ) -> Option<usize> {
        if let Some(known) = self.places.get(&id) {
            return *known;
        }
        let object = self.source.xref().get::<Object<'_>>(id);
        let found = object.and_then(|object| read(self, object));
        self.places.insert(id, found);
        found
    }

    /// The page that a destination (ISO 32000-1 section 12.3.2) names.
    fn page(&mut self, place: Object<'a>) -> Option<usize> {
        match place {
            Object::Array(array) => self.of_array(&array),
            Object::Dict(dict) => match dict.get_raw::<Object<'_>>("D")? {
                MaybeRef::Ref(array) => self.once(array.into(), |walk, object| match object {
                    Object::Array(array) => walk.of_array(&array),
                    _ => None,
                }),
                MaybeRef::NotRef(Object::Array(array)) => self.of_array(&array),
                MaybeRef::NotRef(_) => None,
            },
            Object::Name(name) => self.named.get(name.as_str().as_bytes()).copied(),
            Object::String(name) => self.named.get(name.as_bytes()).copied(),
            Object::Null(_) | Object::Boolean(_) | Object::Number(_) | Object::Stream(_) => None,
        }
    }

    fn of_array(&self, array: &Array<'_>) -> Option<usize> {
        match array.raw_iter().next()? {
            MaybeRef::Ref(page) => self.pages.get(&page.into()).copied(),
            MaybeRef::NotRef(Object::Number(number)) => {
                let number = usize::try_from(number.as_i64()).ok()?;
                (number < self.pages.len()).then_some(number)
            }
            MaybeRef::NotRef(_) => None,
        }
    }

    /// Named destinations of both kinds: a dictionary, and a tree of names.
    fn names(&mut self, root: &Dict<'a>) {
        if let Some(places) = root.get::<Dict<'_>>("Dests") {
            for (name, place) in places.entries().take(MOST_OBJECTS) {
                if let Some(page) = self.place(place) {
                    self.named.insert(name.as_str().as_bytes().to_vec(), page);
                }
            }
        }
        let tree = root.get::<Dict<'_>>("Names");
        if let Some(tree) = tree.and_then(|names| names.get::<Dict<'_>>("Dests")) {
            self.tree(&tree, 0);
        }
    }

    /// The names below a node: every pair and every kid counts, and nothing is
    /// read twice.
    fn tree(&mut self, node: &Dict<'a>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some(pairs) = self.list(node, "Names") {
            let mut pairs = pairs.raw_iter();
            while let (Some(name), Some(place)) = (pairs.next(), pairs.next()) {
                if !self.counts() {
                    return;
                }
                let page = self.place(place);
                if let (MaybeRef::NotRef(Object::String(name)), Some(page)) = (name, page) {
                    self.named.insert(name.as_bytes().to_vec(), page);
                }
            }
        }
        if let Some(kids) = self.list(node, "Kids") {
            for kid in kids.raw_iter() {
                if !self.counts() {
                    return;
                }
                let kid = match kid {
                    MaybeRef::Ref(kid) if self.seen.insert(kid.into()) => {
                        self.source.xref().get::<Dict<'_>>(kid.into())
                    }
                    MaybeRef::NotRef(Object::Dict(kid)) => Some(kid),
                    MaybeRef::Ref(_) | MaybeRef::NotRef(_) => None,
                };
                if let Some(kid) = kid {
                    self.tree(&kid, depth + 1);
                }
            }
        }
    }

    /// The list under this key, if it was not read before.
    fn list(&mut self, node: &Dict<'a>, key: &str) -> Option<Array<'a>> {
        let known = match node.get_raw::<Object<'_>>(key)? {
            MaybeRef::Ref(list) => !self.seen.insert(list.into()),
            MaybeRef::NotRef(_) => false,
        };
        if known { None } else { node.get(key) }
    }

    /// Whether one more object may be looked at.
    fn counts(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// Of a text string what can be shown on one line.
fn title(entry: &Dict<'_>) -> Option<String> {
    let words = entry.get::<Words<'_>>("Title")?;
    // No sign has more bytes; of more than a title has nothing is read.
    let read = words.as_bytes();
    let read = read.get(..4 * LONGEST_TITLE + 4).unwrap_or(read);
    let title: String = words::decoded(read)
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_deceptive(*c))
        .take(LONGEST_TITLE)
        .collect();
    (!title.trim().is_empty()).then_some(title)
}

/// Writes the outline as objects `first` (its root) and following.
pub(super) fn write(
    file: &mut Chunk,
    bookmarks: &[Bookmark],
    first: i32,
    page: impl Fn(usize) -> Ref,
) {
    let id = |at: usize| {
        Ref::new(
            first
                .saturating_add(1)
                .saturating_add_unsigned(u32::try_from(at).unwrap_or(u32::MAX)),
        )
    };
    // Of each entry: the one above, and its neighbours on the same level.
    let above = |at: usize| {
        let depth = bookmarks.get(at)?.depth;
        bookmarks
            .get(..at)?
            .iter()
            .rposition(|other| other.depth < depth)
    };
    let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for at in 0..bookmarks.len() {
        children.entry(above(at)).or_default().push(at);
    }
    let top = children.get(&None).cloned().unwrap_or_default();
    let mut outline = file.outline(Ref::new(first));
    if let (Some(start), Some(end)) = (top.first(), top.last()) {
        outline.first(id(*start)).last(id(*end));
    }
    outline.count(i32::try_from(top.len()).unwrap_or(i32::MAX));
    outline.finish();
    for (at, bookmark) in bookmarks.iter().enumerate() {
        let parent = above(at);
        let level = children.get(&parent).map_or(&[][..], Vec::as_slice);
        let place = level.iter().position(|other| *other == at).unwrap_or(0);
        let mut title = vec![0xFE, 0xFF];
        title.extend(bookmark.title.encode_utf16().flat_map(u16::to_be_bytes));
        let mut item = file.outline_item(id(at));
        item.pair(Key(b"Title"), Str(&title));
        item.parent(parent.map_or(Ref::new(first), id));
        if let Some(previous) = place.checked_sub(1).and_then(|before| level.get(before)) {
            item.prev(id(*previous));
        }
        if let Some(next) = level.get(place + 1) {
            item.next(id(*next));
        }
        let below = children.get(&Some(at)).map_or(&[][..], Vec::as_slice);
        if let (Some(start), Some(end)) = (below.first(), below.last()) {
            item.first(id(*start)).last(id(*end));
            // Negative: shown closed.
            item.count(-i32::try_from(below.len()).unwrap_or(i32::MAX));
        }
        item.dest().page(page(bookmark.page)).fit();
        item.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitise::pdf::tests::file;

    /// Two pages, an outline of these entries, and a tree of names.
    fn found(entries: &[&str], tree: &[String]) -> Vec<usize> {
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>";
        let mut objects = vec![
            "<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R/Names<</Dests 10 0 R>>>>".to_owned(),
            "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>".to_owned(),
            page.to_owned(),
            page.to_owned(),
            "<</First 6 0 R>>".to_owned(),
        ];
        for number in 0..4 {
            let place = entries.get(number).copied().unwrap_or("null");
            let next = number + 7;
            objects.push(format!("<</Title(x)/Dest {place}/Next {next} 0 R>>"));
        }
        objects.extend_from_slice(tree);
        let source = Source::new(file(&objects, "")).unwrap();
        let found = collect(&source);
        found
            .iter()
            .take(entries.len())
            .map(|entry| entry.page)
            .collect()
    }

    #[test]
    fn names_lead_to_pages_wherever_their_places_stand() {
        let tree = [
            "<</Kids[11 0 R<</Names[(d)[4 0 R/Fit]]>>]>>",
            "<</Names 12 0 R>>",
            "[(a)[4 0 R/Fit](b)13 0 R(c)<</D 13 0 R>>(e)14 0 R]",
            "[4 0 R/Fit]",
            "<</D 13 0 R>>",
        ];
        let tree = tree.map(str::to_owned);
        for name in ["(a)", "(b)", "(c)", "(d)", "(e)", "13 0 R"] {
            assert_eq!(found(&["[3 0 R/Fit]", name], &tree), [0, 1], "{name}");
        }
    }

    #[test]
    fn a_tree_of_names_that_leads_to_itself_costs_what_it_holds() {
        let pairs = |place: &str| format!("<</Names[{}]>>", format!("(a){place}").repeat(50_000));
        let kids = "<</Kids[".to_owned() + &"11 0 R ".repeat(50_000) + "]>>";
        let giant = "[4 0 R".to_owned() + &" 0".repeat(200_000) + "]";
        for place in ["0 ", "12 0 R", "<</D 12 0 R>>"] {
            let tree = [kids.clone(), pairs(place), giant.clone()];
            let wanted = if place == "0 " { 0 } else { 1 };
            assert_eq!(
                found(&["[3 0 R/Fit]", "(a)"], &tree),
                [0, wanted],
                "{place}"
            );
        }
        // Many nodes with one list.
        let mut nodes: Vec<String> = vec![kids.replace("11 0 R ", "")];
        let all: String = (12..5_000).map(|number| format!("{number} 0 R ")).collect();
        nodes[0] = format!("<</Kids[{all}]>>");
        nodes.push(format!("[({})[4 0 R]]", "a".repeat(2_000_000)));
        nodes.resize(4_990, "<</Names 11 0 R>>".to_owned());
        assert_eq!(found(&["[3 0 R/Fit]"], &nodes), [0]);
    }
}

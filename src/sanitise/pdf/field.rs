//! Form values and notes whose looks the file leaves to the reader (ISO
//! 32000-1 sections 12.5.6.6, 12.7.3.3): hayro draws only looks that are in
//! the file, so these are read here and drawn by `overlay`.
//!
//! Absent on purpose: what is hidden, and passwords.

use std::cell::Cell;
use std::collections::HashMap;

use hayro::hayro_interpret::util::RectExt;
use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::object::{
    Array, Dict, Name, Object, ObjectIdentifier, Rect as SourceRect, Stream, String as Words,
};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::Rect;

use super::words as text_string;
use crate::policy::text::is_deceptive;
use crate::sanitise::Refusal;

/// Annotations looked at on one page, parents of one field.
const MOST_ANNOTATIONS: usize = 5_000;
const DEEPEST: usize = 32;
/// Bytes read of all fields of a file, however often they lead to the same ones.
const MOST_BYTES: usize = 128 << 20;
/// Bytes that an object costs beside its own.
const EACH: usize = 32;
/// Words are kept, unlike what is read to find them.
const KEPT: usize = 4;
/// Signs of one value.
const LONGEST_VALUE: usize = 10_000;

/// What is to be seen where a field or a note stands.
#[derive(Debug, PartialEq)]
pub(super) struct Value {
    /// Points of the page's own space.
    pub(super) place: Rect,
    /// Degrees, counter-clockwise: 0, 90, 180 or 270.
    pub(super) turned: u16,
    pub(super) looks: Looks,
    pub(super) ground: Option<[f32; 3]>,
    pub(super) frame: Option<[f32; 3]>,
    pub(super) mark: Option<Mark>,
}

/// The file's own looks of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    None,
    /// Out of date by the file's word, and the field has a ground of its own.
    Covered,
    /// Out of date, but the file asked for nothing to be covered: what stands
    /// there, words of the page too, stays to be seen.
    Kept,
}

/// How a value is seen.
#[derive(Debug, PartialEq)]
pub(super) enum Mark {
    Words(Text),
    /// A ticked box.
    Tick,
    /// The chosen one of several.
    Dot,
}

/// A value in words.
#[derive(Debug, PartialEq)]
pub(super) struct Text {
    pub(super) words: String,
    /// Points; 0 is "as large as fits".
    pub(super) size: f32,
    pub(super) colour: [f32; 3],
    pub(super) mincho: bool,
    pub(super) alignment: Alignment,
    pub(super) lines: Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alignment {
    Left,
    Centre,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Several,
    /// One sign in each of so many boxes.
    Comb(u16),
}

/// What all fields of a file share.
pub(super) struct Form<'a> {
    fields: Option<Dict<'a>>,
    /// The file says that its looks are out of date.
    renewed: bool,
    /// Bytes that may still be read; `None` once they were too many.
    left: Cell<Option<usize>>,
}

impl<'a> Form<'a> {
    pub(super) fn of(source: &'a Source) -> Self {
        let catalogue = source.xref().get::<Dict<'_>>(source.xref().root_id());
        let fields = catalogue.and_then(|catalogue| catalogue.get::<Dict<'_>>("AcroForm"));
        let renewed = fields
            .as_ref()
            .and_then(|fields| fields.get::<bool>("NeedAppearances"));
        Self {
            fields,
            renewed: renewed == Some(true),
            left: Cell::new(Some(MOST_BYTES)),
        }
    }

    /// What a reader would draw on `page` of its own accord.
    ///
    /// # Errors
    /// `OverBudget` where the fields of all pages so far cost too much.
    pub(super) fn values(&self, page: &SourcePage<'a>) -> Result<Vec<Value>, Refusal> {
        let annotations = page.raw().get::<Array<'_>>("Annots");
        let annotations = (annotations.iter())
            .flat_map(|array| array.iter::<Dict<'_>>())
            .take(MOST_ANNOTATIONS);
        let mut values = Vec::new();
        for annotation in annotations {
            let value = self.spend(annotation.data().len());
            values.extend(value.and_then(|()| self.value(&annotation)));
            if self.left.get().is_none() {
                return Err(Refusal::OverBudget);
            }
        }
        Ok(values)
    }

    /// Counts the bytes of an object; `None` where they are too many.
    fn spend(&self, bytes: usize) -> Option<()> {
        let left = self.left.get()?.checked_sub(bytes.saturating_add(EACH));
        self.left.set(left);
        left.map(|_| ())
    }

    fn value(&self, annotation: &Dict<'a>) -> Option<Value> {
        const HIDDEN: u32 = 1 << 1;
        const NO_VIEW: u32 = 1 << 5;
        if annotation.get::<u32>("F").unwrap_or(0) & (HIDDEN | NO_VIEW) != 0 {
            return None;
        }
        let place = annotation.get::<SourceRect>("Rect")?.to_kurbo();
        let bounded = [place.x0, place.y0, place.x1, place.y1]
            .iter()
            .all(|side| side.abs() < 1e6);
        if !bounded || place.width() < 1.0 || place.height() < 1.0 {
            return None;
        }
        let drawn = has_looks(annotation);
        let kind = annotation.get::<Name<'_>>("Subtype")?;
        let mark = match kind.as_str() {
            "Widget" if !drawn => self.mark(annotation, drawn),
            "Widget" if self.renewed => Some(self.mark(annotation, drawn)?),
            "FreeText" if !drawn => Some(Mark::Words(self.note(annotation)?)),
            _ => return None,
        };
        let look = annotation.get::<Dict<'_>>("MK").unwrap_or_default();
        let turned = look.get::<i32>("R").unwrap_or(0).rem_euclid(360) / 90 * 90;
        let painted = |key| colour(&look.get::<Array<'_>>(key)?);
        let ground = painted("BG");
        let frame = painted("BC");
        (mark.is_some() || ground.is_some() || frame.is_some()).then_some(Value {
            place,
            turned: u16::try_from(turned).unwrap_or(0),
            looks: match (drawn, ground) {
                (false, _) => Looks::None,
                (true, Some(_)) => Looks::Covered,
                (true, None) => Looks::Kept,
            },
            ground,
            frame,
            mark,
        })
    }

    /// The value of a field, where there is one to be seen. `drawn` looks of
    /// boxes and buttons are states, not values: these never go out of date.
    fn mark(&self, widget: &Dict<'a>, drawn: bool) -> Option<Mark> {
        const RADIO: u32 = 1 << 15;
        const PUSH: u32 = 1 << 16;
        let flags = self.inherited::<u32>(widget, "Ff").unwrap_or(0);
        match self.inherited::<Name<'_>>(widget, "FT")?.as_str() {
            "Tx" => self.text_field(widget, flags).map(Mark::Words),
            "Ch" => self.choice(widget).map(Mark::Words),
            "Btn" if drawn => None,
            "Btn" if flags & PUSH != 0 => {
                let caption = widget.get::<Dict<'_>>("MK")?.get::<Words<'_>>("CA")?;
                let mut text = self.text(widget, decoded(&caption))?;
                text.alignment = Alignment::Centre;
                Some(Mark::Words(text))
            }
            "Btn" => {
                let state = widget
                    .get::<Name<'_>>("AS")
                    .or_else(|| self.inherited::<Name<'_>>(widget, "V"))?;
                let mark = if flags & RADIO == 0 {
                    Mark::Tick
                } else {
                    Mark::Dot
                };
                // Without looks nothing says which of several buttons is meant.
                let own = widget.contains_key("AS") || flags & RADIO == 0;
                (own && state.as_str() != "Off").then_some(mark)
            }
            _ => None,
        }
    }

    fn text_field(&self, widget: &Dict<'a>, flags: u32) -> Option<Text> {
        const SEVERAL: u32 = 1 << 12;
        const PASSWORD: u32 = 1 << 13;
        const COMB: u32 = 1 << 24;
        if flags & PASSWORD != 0 {
            return None;
        }
        let value = self.inherited::<Object<'_>>(widget, "V")?;
        let mut text = self.text(widget, self.words(value)?)?;
        let boxes = self
            .inherited::<u16>(widget, "MaxLen")
            .filter(|boxes| (1..=200).contains(boxes));
        text.lines = match boxes {
            _ if flags & SEVERAL != 0 => Lines::Several,
            Some(boxes) if flags & COMB != 0 => Lines::Comb(boxes),
            _ => Lines::One,
        };
        Some(text)
    }

    /// The chosen entries, as the list shows them.
    fn choice(&self, widget: &Dict<'a>) -> Option<Text> {
        let chosen = match self.inherited::<Object<'_>>(widget, "V")? {
            Object::Array(several) => several.iter::<Object<'_>>().take(100).collect(),
            one => vec![one],
        };
        let chosen = chosen.into_iter().filter_map(|value| self.words(value));
        let mut chosen: Vec<String> = chosen.collect();
        let options = self.inherited::<Array<'_>>(widget, "Opt");
        let shown = options
            .map(|options| self.shown(&chosen, &options))
            .unwrap_or_default();
        for value in &mut chosen {
            if let Some(Some(shown)) = shown.get(value) {
                value.clone_from(shown);
            }
        }
        let mut text = self.text(widget, chosen.join("\n"))?;
        if chosen.len() > 1 {
            text.lines = Lines::Several;
        }
        Some(text)
    }

    /// What a list shows for each of these values; it is walked once for all of them.
    fn shown(&self, chosen: &[String], options: &Array<'a>) -> HashMap<String, Option<String>> {
        let mut shown: HashMap<_, _> = chosen.iter().map(|value| (value.clone(), None)).collect();
        let mut left = shown.len();
        for pair in options.iter::<Array<'_>>().take(MOST_ANNOTATIONS) {
            if left == 0 || self.spend(pair.data().len()).is_none() {
                break;
            }
            let mut pair = pair.iter::<Object<'_>>();
            let value = pair.next().and_then(|value| self.words(value));
            let found = value.and_then(|value| shown.get_mut(&value));
            if let Some(found @ None) = found {
                *found = pair.next().and_then(|name| self.words(name));
                left -= usize::from(found.is_some());
            }
        }
        shown
    }

    /// A note written onto the page.
    fn note(&self, annotation: &Dict<'a>) -> Option<Text> {
        let words = decoded(&annotation.get::<Words<'_>>("Contents")?);
        let mut text = self.text(annotation, words)?;
        text.lines = Lines::Several;
        Some(text)
    }

    /// `words` in the field's writing: font, size, colour, alignment.
    fn text(&self, field: &Dict<'a>, words: String) -> Option<Text> {
        if words.trim().is_empty() {
            return None;
        }
        let of_form = || self.fields.as_ref()?.get::<Words<'_>>("DA");
        let appearance = self.inherited::<Words<'_>>(field, "DA").or_else(of_form);
        let appearance = appearance.map(|da| String::from_utf8_lossy(da.as_bytes()).into_owned());
        let writing = Writing::read(appearance.as_deref().unwrap_or_default());
        let of_form = || self.fields.as_ref()?.get::<i32>("Q");
        let alignment = self.inherited::<i32>(field, "Q").or_else(of_form);
        Some(Text {
            words,
            size: writing.size,
            colour: writing.colour,
            mincho: writing.mincho,
            alignment: match alignment {
                Some(1) => Alignment::Centre,
                Some(2) => Alignment::Right,
                _ => Alignment::Left,
            },
            lines: Lines::One,
        })
    }

    /// A key of the field or of one above it.
    fn inherited<T: TryFrom<Object<'a>>>(&self, field: &Dict<'a>, key: &str) -> Option<T> {
        let mut field = field.clone();
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        for _ in 0..DEEPEST {
            if let Some(value) = field.get::<Object<'_>>(key) {
                return T::try_from(value).ok();
            }
            field = field.get::<Dict<'_>>("Parent")?;
            self.spend(field.data().len())?;
            if let Some(id) = field.obj_id() {
                if seen.contains(&id) {
                    return None;
                }
                seen.push(id);
            }
        }
        None
    }

    fn words(&self, value: Object<'_>) -> Option<String> {
        match value {
            Object::String(words) => {
                self.spend(words.as_bytes().len().saturating_mul(KEPT))?;
                Some(decoded(&words))
            }
            Object::Name(name) => Some(name.as_str().to_owned()),
            Object::Stream(long) => {
                let bytes = long.decoded_data().ok()?;
                self.spend(bytes.len().saturating_mul(KEPT))?;
                Some(readable(bytes.get(..bytes.len().min(LONGEST_VALUE * 4))?))
            }
            Object::Number(number) => Some(number.as_f64().to_string()),
            Object::Null(_) | Object::Boolean(_) | Object::Dict(_) | Object::Array(_) => None,
        }
    }
}

/// Whether the file itself says how the annotation looks now.
pub(super) fn has_looks(annotation: &Dict<'_>) -> bool {
    let Some(looks) = annotation.get::<Dict<'_>>("AP") else {
        return false;
    };
    match looks.get::<Object<'_>>("N") {
        Some(Object::Stream(_)) => true,
        // "Off" mostly has none and means: nothing to be seen.
        Some(Object::Dict(states)) => annotation.get::<Name<'_>>("AS").is_none_or(|state| {
            state.as_str() == "Off" || states.get::<Stream<'_>>(state).is_some()
        }),
        _ => false,
    }
}

fn decoded(words: &Words<'_>) -> String {
    readable(words.as_bytes())
}

/// Characters and line ends only.
fn readable(bytes: &[u8]) -> String {
    text_string::decoded(bytes)
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| *c == '\n' || !is_deceptive(*c))
        .take(LONGEST_VALUE)
        .collect()
}

/// What a default appearance string asks for: `/Helv 10 Tf 0 g`.
#[derive(Debug, PartialEq)]
struct Writing {
    size: f32,
    colour: [f32; 3],
    mincho: bool,
}

impl Writing {
    fn read(appearance: &str) -> Self {
        let mut writing = Self {
            size: 0.0,
            colour: [0.0; 3],
            mincho: false,
        };
        let mut operands: Vec<&str> = Vec::new();
        for word in appearance.split_ascii_whitespace().take(100) {
            let numbers: Vec<f32> = operands
                .iter()
                .filter_map(|operand| operand.parse().ok())
                .filter(|number: &f32| number.is_finite())
                .collect();
            match (word, numbers.as_slice()) {
                ("Tf", [size]) => {
                    writing.size = size.abs().min(200.0);
                    writing.mincho = operands
                        .first()
                        .is_some_and(|font| ["Mi", "Ryu", "Ti"].iter().any(|n| font.contains(n)));
                }
                ("g", [grey]) => writing.colour = [grey.clamp(0.0, 1.0); 3],
                ("rg", [r, g, b]) => writing.colour = [*r, *g, *b].map(|c| c.clamp(0.0, 1.0)),
                ("k", [c, m, y, k]) => {
                    writing.colour = [c, m, y].map(|ink| (1.0 - (ink + k)).clamp(0.0, 1.0));
                }
                _ => {
                    operands.push(word);
                    continue;
                }
            }
            operands.clear();
        }
        writing
    }
}

fn colour(parts: &Array<'_>) -> Option<[f32; 3]> {
    let parts: Vec<f32> = parts.iter::<f32>().take(4).collect();
    let clamped = |c: f32| c.clamp(0.0, 1.0);
    match parts.as_slice() {
        [grey] => Some([clamped(*grey); 3]),
        [r, g, b] => Some([*r, *g, *b].map(clamped)),
        [c, m, y, k] => Some([c, m, y].map(|ink| clamped(1.0 - (ink + k)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_appearance_gives_size_colour_and_style() {
        let read = |words| Writing::read(words);
        let expected = Writing {
            size: 10.5,
            colour: [0.0, 0.0, 1.0],
            mincho: false,
        };
        assert_eq!(read("0 0 1 rg /Helv 10.5 Tf"), expected);
        assert!(read("/HeMi 0 Tf 0 g").mincho);
        assert_eq!(read("nan Tf 1e99 Tf /F NaN Tf").size, 0.0);
    }
}

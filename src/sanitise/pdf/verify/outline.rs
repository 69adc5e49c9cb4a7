//! Bookmarks: a root and entries in reading order, each with words, a page of
//! this file, and links that only lead forward and up, so that no reader can
//! walk in a circle.

use super::{Checked, File, Value, entries, is_name, require};
use crate::sanitise::Refusal;

/// Entries of one file, UTF-16 units of one title.
const MOST_ENTRIES: usize = 2_000;
const LONGEST_TITLE: usize = 400;

impl File<'_> {
    /// The root at `first` and the entries behind it, to the file's end.
    pub(super) fn outline(&self, first: usize, pages: usize) -> Checked {
        let end = self.objects.len();
        require(first < end && end - first <= MOST_ENTRIES)?;
        let root = self.dictionary(first, &["Type", "First", "Last", "Count"])?;
        is_name(root.first(), "Outlines")?;
        require(reference(root.get(1))? == first + 1)?;
        within(root.get(2), first + 1, end)?;
        let Some(Value::Number(count)) = root.get(3) else {
            return Err(Refusal::Residue);
        };
        require(*count >= 1.0 && *count <= (end - first) as f64)?;
        (first + 1..=end).try_for_each(|number| self.entry(number, first, end, pages))
    }

    fn entry(&self, number: usize, first: usize, end: usize, pages: usize) -> Checked {
        let object = self.object(number)?;
        require(object.stream.is_none())?;
        let Value::Dictionary(found) = &object.value else {
            return Err(Refusal::Residue);
        };
        let has = |key: &[u8]| found.iter().any(|(name, _)| *name == key);
        let mut keys = vec!["Title", "Parent"];
        for (optional, more) in [
            (&b"Prev"[..], &["Prev"][..]),
            (b"Next", &["Next"]),
            (b"First", &["First", "Last", "Count"]),
        ] {
            if has(optional) {
                keys.extend_from_slice(more);
            }
        }
        keys.push("Dest");
        for (key, value) in keys.iter().zip(entries(&object.value, &keys)?) {
            match *key {
                "Title" => title(value)?,
                "Parent" => within(Some(&value), first, number - 1)?,
                "Prev" => within(Some(&value), first + 1, number - 1)?,
                "Next" | "Last" => within(Some(&value), number + 1, end)?,
                "First" => require(reference(Some(&value))? == number + 1)?,
                "Count" => {
                    require(matches!(value, Value::Number(count) if *count < 0.0))?;
                }
                _ => destination(value, pages)?,
            }
        }
        Ok(())
    }
}

fn reference(value: Option<&&Value<'_>>) -> Result<usize, Refusal> {
    match value {
        Some(Value::Reference(number)) => Ok(*number),
        _ => Err(Refusal::Residue),
    }
}

fn within(value: Option<&&Value<'_>>, least: usize, most: usize) -> Checked {
    require((least..=most).contains(&reference(value)?))
}

/// UTF-16 with its mark, of readable signs.
fn title(value: &Value<'_>) -> Checked {
    let Value::Bytes(bytes) = value else {
        return Err(Refusal::Residue);
    };
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| {
            pair.iter()
                .fold(0, |unit, byte| unit << 8 | u16::from(*byte))
        })
        .collect();
    require(bytes.len().is_multiple_of(2) && units.len() <= LONGEST_TITLE + 1)?;
    let words = units.strip_prefix(&[0xFEFF]).ok_or(Refusal::Residue)?;
    require(!words.is_empty())?;
    let words = String::from_utf16(words).map_err(|_| Refusal::Residue)?;
    require(words.chars().all(|c| {
        !matches!(u32::from(c),
            0..=0x1F | 0x7F..=0x9F | 0x61C | 0x200B..=0x200F | 0x2028..=0x202E
            | 0x2060..=0x206F | 0xFEFF)
    }))
}

/// `[page /Fit]`.
fn destination(value: &Value<'_>, pages: usize) -> Checked {
    let Value::Array(place) = value else {
        return Err(Refusal::Residue);
    };
    match place.as_slice() {
        [Value::Reference(page), Value::Name(b"Fit")] => {
            let at = page.checked_sub(3).ok_or(Refusal::Residue)?;
            require(at.is_multiple_of(3) && at / 3 < pages)
        }
        _ => Err(Refusal::Residue),
    }
}

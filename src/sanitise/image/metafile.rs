//! The metafiles of Windows ([MS-WMF], [MS-EMF]): records of drawing orders,
//! played into an SVG in memory and drawn like any other.
//!
//! Absent on purpose: escapes (printer orders, `SETABORTPROC`), comments (EMF+
//! among them) and every record the player does not know.

mod spaced;

use std::borrow::Cow;

use super::{Picture, drawing};
use crate::sanitise::refusal::stumbling;
use crate::sanitise::text::charset::{self, Charset};
use crate::sanitise::{Context, Kind, Refusal, Report, What};

/// Bytes of the SVG that comes of it.
const LARGEST_DRAWING: usize = 32 << 20;
/// Function of META_ESCAPE and the escape that names a procedure.
const ESCAPE: u16 = 0x0626;
const SET_ABORT_PROC: u16 = 9;
/// Functions of META_CREATEFONTINDIRECT, META_TEXTOUT and META_EXTTEXTOUT.
const FONT: u16 = 0x02FB;
const TEXT: u16 = 0x0521;
const PLACED_TEXT: u16 = 0x0A32;
/// [MS-WMF] 2.1.1.5, and where it stands in a record that makes a font.
const DEFAULT_CHARSET: u8 = 1;
const SHIFTJIS_CHARSET: u8 = 128;
const CHARSET_AT: usize = 19;
const FACE_AT: usize = 24;

/// By header: a placeable or plain WMF, or an EMF.
pub(super) fn identify(bytes: &[u8]) -> Option<Kind> {
    let plain = matches!(bytes, [1 | 2, 0, 9, 0, 0, 1 | 3, ..]);
    if bytes.starts_with(&[0xD7, 0xCD, 0xC6, 0x9A]) || plain {
        Some(Kind::Wmf)
    } else {
        (bytes.starts_with(&[1, 0, 0, 0]) && bytes.get(40..44) == Some(b" EMF"))
            .then_some(Kind::Emf)
    }
}

/// Draws a metafile whose records fill the file they stand in.
pub(super) fn parse(
    kind: Kind,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let played = if kind == Kind::Wmf {
        windows(bytes, report).ok_or(Refusal::Malformed)?;
        wmf_core::converter::convert_to_svg(&*with_charset(bytes)).map_err(drop)
    } else {
        enhanced(bytes, report).ok_or(Refusal::Malformed)?;
        // It counts on handles that a changed file does not have.
        let spaced = spaced::spaced(bytes);
        stumbling(|| emf_core::converter::convert_to_svg(&*spaced).map_err(drop))?
    };
    let drawing = played.map_err(|()| Refusal::Malformed)?;
    if drawing.len() > LARGEST_DRAWING {
        return Err(Refusal::OverBudget);
    }
    let drawing = String::from_utf8(drawing).map_err(|_| Refusal::Malformed)?;
    drawing::draw(&drawing, context)
}

/// Walks the records of a WMF up to its end record: the player believes their
/// lengths. Counts what is no drawing order.
fn windows(bytes: &[u8], report: &mut Report) -> Option<()> {
    let mut records = Records::of(bytes);
    while let Some((_, function, record)) = records.next()? {
        if function == ESCAPE {
            let escape = record.get(6..8)?;
            let procedure = escape == SET_ABORT_PROC.to_le_bytes();
            let place = if procedure { "SETABORTPROC" } else { "escape" };
            report.removed(What::Action, place);
        }
    }
    if bytes.len() > records.at {
        report.removed(What::TrailingData, "after the end");
    }
    Some(())
}

/// The records of a WMF before its end record.
struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let placeable = bytes.starts_with(&[0xD7, 0xCD, 0xC6, 0x9A]);
        let at = if placeable { 40 } else { 18 };
        Self { bytes, at }
    }

    /// Place, function and bytes of the next; `None` outside for a length that
    /// lies, inside behind the last.
    fn next(&mut self) -> Option<Option<(usize, u16, &'a [u8])>> {
        let rest = self.bytes.get(self.at..)?;
        let [a, b, c, d, low, high, ..] = rest else {
            return None;
        };
        let words = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?;
        let function = u16::from_le_bytes([*low, *high]);
        let length = words.checked_mul(2).filter(|length| *length >= 6)?;
        let record = rest.get(..length)?;
        let place = self.at;
        self.at = place.checked_add(length)?;
        Some((function != 0).then_some((place, function, record)))
    }
}

/// A font of the writer's own charset is, in what Japanese machines wrote, one
/// of CP932, where all words of the drawing together say so. The player takes
/// it for Western.
fn with_charset(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (mut words, mut fonts) = (Vec::new(), Vec::new());
    let mut records = Records::of(bytes);
    while let Some(Some((place, function, record))) = records.next() {
        match function {
            FONT if record.get(CHARSET_AT) == Some(&DEFAULT_CHARSET) => {
                fonts.push(place + CHARSET_AT);
                let face = record.get(FACE_AT..).unwrap_or_default();
                words.extend(face.iter().take_while(|b| **b != 0));
            }
            TEXT => words.extend(said(record, 6, 8)),
            PLACED_TEXT => {
                // With the flags for opaque or clipped a rectangle stands before.
                let boxed = record.get(12).is_some_and(|flags| flags & 6 != 0);
                words.extend(said(record, 10, if boxed { 22 } else { 14 }));
            }
            _ => continue,
        }
        words.push(b'\n');
    }
    let japanese = !fonts.is_empty()
        && !words.is_ascii()
        && charset::guess(&words) == Charset::Cp932
        && charset::decode_as(&words, Charset::Cp932).replaced == 0;
    if !japanese {
        return Cow::Borrowed(bytes);
    }
    let mut named = bytes.to_vec();
    for at in fonts {
        if let Some(charset) = named.get_mut(at) {
            *charset = SHIFTJIS_CHARSET;
        }
    }
    Cow::Owned(named)
}

/// The words at `from`, as many bytes as `count_at` says.
fn said(record: &[u8], count_at: usize, from: usize) -> &[u8] {
    let count = record.get(count_at..).and_then(<[u8]>::first_chunk::<2>);
    let count = usize::from(count.map_or(0, |count| u16::from_le_bytes(*count)));
    let end = from.saturating_add(count);
    record.get(from..end).unwrap_or_default()
}

/// The same for an EMF, whose records carry their kind and length.
fn enhanced(bytes: &[u8], report: &mut Report) -> Option<()> {
    let mut rest = bytes;
    loop {
        let [k0, k1, k2, k3, a, b, c, d, ..] = rest else {
            return None;
        };
        let kind = u32::from_le_bytes([*k0, *k1, *k2, *k3]);
        let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?;
        let sound = length >= 8 && length.is_multiple_of(4) && length <= rest.len();
        if !sound {
            return None;
        }
        match kind {
            // EMR_EOF
            14 => {
                if rest.len() > length {
                    report.removed(What::TrailingData, "after the end");
                }
                return Some(());
            }
            // EMR_GDICOMMENT: the player believes the length in it.
            70 => {
                let inside = rest.get(8..length)?.split_first_chunk::<4>()?;
                let said = usize::try_from(u32::from_le_bytes(*inside.0)).ok()?;
                if said > inside.1.len() {
                    return None;
                }
                report.removed(What::Metadata, "comment");
            }
            // EMR_DRAWESCAPE, EMR_EXTESCAPE, EMR_NAMEDESCAPE
            105 | 106 | 110 => report.removed(What::Action, "escape"),
            _ => {}
        }
        rest = rest.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::{Fonts, Removed, Treatment, image};

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn longs(longs: &[u32]) -> Vec<u8> {
        longs.iter().flat_map(|long| long.to_le_bytes()).collect()
    }

    /// A placeable WMF of 100 by 50 units: a red box on its left half, and
    /// the given records after it.
    fn wmf(more: &[u8]) -> Vec<u8> {
        // Key, handle, bounds, units an inch, reserved; the checksum is the
        // exclusive-or of the ten words before it.
        let mut placeable = vec![0xCDD7, 0x9AC6, 0, 0, 0, 100, 50, 96, 0, 0];
        placeable.push(placeable.iter().fold(0, |sum, word| sum ^ word));
        let records = [
            words(&[5, 0, 0x020B, 0, 0]),            // window origin
            words(&[5, 0, 0x020C, 50, 100]),         // window extent
            words(&[7, 0, 0x02FC, 0, 0x00C8, 0, 0]), // a solid red brush
            words(&[4, 0, 0x012D, 0]),               // select it
            words(&[7, 0, 0x041B, 50, 50, 0, 0]),    // rectangle
            more.to_vec(),
            words(&[3, 0, 0]),
        ]
        .concat();
        let all = u32::try_from(9 + records.len() / 2).unwrap();
        let (low, high) = ((all & 0xFFFF) as u16, (all >> 16) as u16);
        let header = words(&[1, 9, 0x0300, low, high, 2, 30, 0, 0]);
        [words(&placeable), header, records].concat()
    }

    /// An EMF of 100 by 50 pixels with the same box.
    fn emf(more: &[u8]) -> Vec<u8> {
        let records = [
            longs(&[39, 24, 1, 0, 0x0000_00C8, 0]), // a solid red brush
            longs(&[37, 12, 1]),                    // select it
            longs(&[43, 24, 0, 0, 50, 50]),         // rectangle
            more.to_vec(),
            longs(&[14, 20, 0, 16, 20]),
        ]
        .concat();
        let count = if more.is_empty() { 5 } else { 6 };
        let header = [
            longs(&[1, 88, 0, 0, 100, 50, 0, 0, 2_646, 1_323]),
            b" EMF".to_vec(),
            longs(&[0x1_0000, u32::try_from(88 + records.len()).unwrap(), count]),
            words(&[2, 0]),
            longs(&[0, 0, 0, 1_024, 768, 271, 203]),
        ]
        .concat();
        [header, records].concat()
    }

    fn treated(kind: Kind, bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Vec<Removed>) {
        let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        let result = image::treat(kind, Treatment::Flatten, bytes, &context, &mut report);
        if let Ok(output) = &result {
            assert_eq!(image::verify(Kind::Png, output, &context), Ok(()));
        }
        assert_eq!(
            image::verify(Kind::Png, bytes, &context),
            Err(Refusal::Residue)
        );
        (result, report.removed)
    }

    /// Three gigabytes were asked for, and the worker lost.
    #[test]
    fn a_comment_that_says_it_is_longer_than_its_record_is_refused() {
        let comment = |said| [longs(&[70, 24, said]), b"secret words".to_vec()].concat();
        assert!(treated(Kind::Emf, &emf(&comment(12))).0.is_ok());
        for said in [13, 0xE300_000C, u32::MAX] {
            let refused = treated(Kind::Emf, &emf(&comment(said))).0;
            assert_eq!(refused, Err(Refusal::Malformed), "{said}");
        }
        let headless = longs(&[70, 8]);
        assert_eq!(
            treated(Kind::Emf, &emf(&headless)).0,
            Err(Refusal::Malformed)
        );
    }

    #[test]
    fn metafiles_are_drawn_and_their_escapes_are_named() {
        let procedure = words(&[5, 0, ESCAPE, SET_ABORT_PROC, 0]);
        let comment = [longs(&[70, 24, 12]), b"secret words".to_vec()].concat();
        for (kind, plain, active, what, place) in [
            (
                Kind::Wmf,
                wmf(&[]),
                wmf(&procedure),
                What::Action,
                "SETABORTPROC",
            ),
            (
                Kind::Emf,
                emf(&[]),
                emf(&comment),
                What::Metadata,
                "comment",
            ),
        ] {
            assert_eq!(identify(&plain), Some(kind));
            assert_eq!(treated(kind, &plain).1, []);
            let (output, removed) = treated(kind, &active);
            assert_eq!(removed.len(), 1, "{removed:?}");
            assert_eq!(
                (removed[0].what, removed[0].untrusted_where.as_str()),
                (what, place)
            );
            let seen = ::image::load_from_memory(&output.unwrap())
                .unwrap()
                .to_rgba8();
            let (x, y) = (seen.width() / 5, seen.height() / 2);
            let [r, g, b, alpha] = seen.get_pixel(x, y).0;
            assert!(
                r > 150 && g < 60 && b < 60 && alpha == 255,
                "{kind:?} {:?}",
                seen.get_pixel(x, y)
            );
        }
    }

    /// Its charset is the writer's own; the face is "ＭＳ 明朝".
    fn japanese_text() -> Vec<u8> {
        let mut font = words(&[0, 0, FONT, 0xFFF4, 0, 0, 0, 400]);
        font.extend([0, 0, 0, DEFAULT_CHARSET, 0, 0, 0, 0]);
        font.extend(b"\x82l\x82r \x96\xbe\x92\xa9\0\0\0");
        font[0] = u8::try_from(font.len() / 2).unwrap();
        let select = words(&[4, 0, 0x012D, 1]);
        let mut text = words(&[0, 0, TEXT, 6]);
        text.extend(b"\x8c\xa9\x90\xcf\x8f\x91"); // 見積書
        text.extend(words(&[20, 5]));
        text[0] = u8::try_from(text.len() / 2).unwrap();
        let mut placed = words(&[0, 0, PLACED_TEXT, 30, 5, 2, 4, 0, 0, 9, 9]);
        placed.extend(b"\xb6\xc5");
        placed[0] = u8::try_from(placed.len() / 2).unwrap();
        [font, select, text, placed].concat()
    }

    #[test]
    fn a_font_of_the_writers_charset_is_read_as_its_words_say() {
        let japanese = wmf(&japanese_text());
        let drawing = wmf_core::converter::convert_to_svg(&*with_charset(&japanese)).unwrap();
        let drawing = String::from_utf8(drawing).unwrap();
        assert!(
            drawing.contains("見積書") && drawing.contains("ｶﾅ"),
            "{drawing}"
        );
        assert!(treated(Kind::Wmf, &japanese).0.is_ok());
        // Western words stay what they are.
        let mut western = words(&[7, 0, TEXT, 4]);
        western.extend(b"caf\xe9");
        western.extend(words(&[20, 5]));
        western[0] = u8::try_from(western.len() / 2).unwrap();
        let mut font = words(&[12, 0, FONT, 0xFFF4, 0, 0, 0, 400]);
        font.extend([0, 0, 0, DEFAULT_CHARSET, 0, 0, 0, 0]);
        let western = wmf(&[font, western].concat());
        assert!(matches!(with_charset(&western), Cow::Borrowed(_)));
    }

    #[test]
    fn a_handle_that_is_not_there_costs_the_picture_and_not_the_worker() {
        const DELETE_OBJECT: u32 = 40; // [MS-EMF] 2.1.1
        const SELECT_OBJECT: u32 = 37;
        for record in [SELECT_OBJECT, DELETE_OBJECT] {
            let drawing = emf(&longs(&[record, 12, 33]));
            let result = treated(Kind::Emf, &drawing).0;
            assert!(matches!(result, Ok(_) | Err(Refusal::Malformed)));
        }
    }

    #[test]
    fn records_that_lie_about_their_length_are_malformed() {
        for (kind, mut bytes, place) in [(Kind::Wmf, wmf(&[]), 40), (Kind::Emf, emf(&[]), 92)] {
            for length in [0_u32, 3, 0x7FFF_FFFF, u32::MAX] {
                bytes[place..place + 4].copy_from_slice(&length.to_le_bytes());
                assert_eq!(
                    treated(kind, &bytes).0,
                    Err(Refusal::Malformed),
                    "{kind:?} {length}"
                );
            }
            bytes.truncate(60);
            assert_eq!(treated(kind, &bytes).0, Err(Refusal::Malformed));
        }
        let trailing = [wmf(&[]), b"PK\x03\x04".to_vec()].concat();
        let (result, removed) = treated(Kind::Wmf, &trailing);
        assert!(result.is_ok());
        assert_eq!(removed[0].what, What::TrailingData);
    }
}

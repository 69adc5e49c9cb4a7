//! Pictures: collected as digits or bytes, told by their content, decoded or
//! drawn, and encoded anew as PNG or JPEG.

use crate::sanitise::office::picture as coded;
use crate::sanitise::{Context, Kind, Report, Treatment, image};

/// A picture of our own making.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) coded: coded::Picture,
    /// `\picwgoal` and the like, in the order of [`SIZES`].
    pub(super) sizes: [Option<i32>; SIZES.len()],
}

/// The words that say how large a picture is shown.
pub(super) const SIZES: [&str; 10] = [
    "picw",
    "pich",
    "picwgoal",
    "pichgoal",
    "picscalex",
    "picscaley",
    "piccropl",
    "piccropr",
    "piccropt",
    "piccropb",
];
/// Far beyond any paper.
const LARGEST: i32 = 1_000_000;
/// Twips of a pixel, 96 to the inch.
const OF_PIXEL: i32 = 15;

/// A picture that is being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    bytes: Vec<u8>,
    /// The first of two digits.
    half: Option<u8>,
    sizes: [Option<i32>; SIZES.len()],
    /// `\wmetafile`: its size is told in hundredths of a millimetre.
    metafile: bool,
    /// `\dibitmap`: without the header that files have.
    bare_bitmap: bool,
}

impl Draft {
    /// One sign of its digits; what is none is skipped.
    pub(super) fn digit(&mut self, byte: u8) {
        let Some(value) = char::from(byte).to_digit(16) else {
            return;
        };
        let value = u8::try_from(value).unwrap_or_default();
        match self.half.take() {
            Some(high) => self.bytes.push(high << 4 | value),
            None => self.half = Some(value),
        }
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn word(&mut self, name: &str, number: Option<i32>) {
        match name {
            "wmetafile" | "pmmetafile" | "emfblip" => self.metafile = true,
            "dibitmap" => self.bare_bitmap = true,
            _ => {
                let at = SIZES.iter().position(|size| *size == name);
                let size = at.and_then(|at| self.sizes.get_mut(at));
                if let (Some(size), Some(number)) = (size, number)
                    && (-LARGEST..=LARGEST).contains(&number)
                {
                    *size = Some(number);
                }
            }
        }
    }

    /// The picture; `None` where it cannot be read, is too large, or is of a
    /// kind that is not read.
    pub(super) fn finish(mut self, context: &Context<'_>, report: &mut Report) -> Option<Picture> {
        if self.bare_bitmap {
            self.bytes = with_header(&self.bytes)?;
        }
        let bytes = &self.bytes;
        let kind = image::identify(bytes).or_else(|| image::further(bytes))?;
        // A fax of many pages is no picture of a text.
        let tier = match Treatment::default_for(kind) {
            _ if kind == Kind::Tiff => Treatment::Rebuild,
            tier => tier,
        };
        let written = tier.output_kind(kind)?;
        let mut said = Report::default();
        let output = image::treat(kind, tier, bytes, context, &mut said).ok()?;
        coded::tell(bytes, &said, "picture", report);
        let coded = coded::Picture {
            extension: if written == Kind::Jpeg { "jpeg" } else { "png" },
            bytes: output,
            may_hold_code: !said.codes.is_empty(),
        };
        self.measure(coded.size()?)?;
        Some(Picture {
            coded,
            sizes: self.sizes,
        })
    }

    /// How large it is shown hangs on what it was: so it is said as a length.
    fn measure(&mut self, (columns, rows): (u32, u32)) -> Option<()> {
        for (at, own) in [columns, rows].into_iter().enumerate() {
            let own = i32::try_from(own).ok()?;
            let told = self.sizes.get(at).copied().flatten();
            let goal = match told {
                Some(told) if self.metafile => told.saturating_mul(1_440) / 2_540,
                _ => own.saturating_mul(OF_PIXEL),
            };
            let goal = goal.clamp(1, LARGEST);
            let length = self.sizes.get_mut(at + 2)?;
            *length = length.filter(|length| *length > 0).or(Some(goal));
            *self.sizes.get_mut(at)? = Some(own.min(LARGEST));
        }
        Some(())
    }
}

/// A device independent bitmap ([MS-WMF] 2.2.2.9) with the header that files
/// have before it.
fn with_header(bitmap: &[u8]) -> Option<Vec<u8>> {
    let long = |at: usize| {
        let bytes: [u8; 4] = bitmap.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let header = long(0)?;
    let depth = u32::from(u16::from_le_bytes(bitmap.get(14..16)?.try_into().ok()?));
    let colours = match (long(32)?, depth) {
        (0, 1..=8) => 1u32.checked_shl(depth)?,
        (0, _) => 0,
        (used, _) => used,
    };
    // Masks of their own stand between header and pixels.
    let masks = if header == 40 && long(16)? == 3 {
        12
    } else {
        0
    };
    let pixels = colours
        .checked_mul(4)?
        .checked_add(header)?
        .checked_add(masks + 14)?;
    let whole = u32::try_from(bitmap.len()).ok()?.checked_add(14)?;
    let mut file = b"BM".to_vec();
    file.extend(whole.to_le_bytes());
    file.extend([0; 4]);
    file.extend(pixels.to_le_bytes());
    file.extend_from_slice(bitmap);
    Some(file)
}

/// The pictures with these numbers in one of our own documents, for the
/// reader of codes: there no text can look like the start of one.
pub(super) fn of(bytes: &[u8], numbers: &[u32]) -> Vec<(u32, Kind, Vec<u8>)> {
    const START: &[u8] = b"{\\pict";
    let starts = bytes
        .windows(START.len())
        .enumerate()
        .filter(|(_, window)| *window == START);
    (1..)
        .zip(starts)
        .filter(|(number, _)| numbers.contains(number))
        .filter_map(|(number, (at, _))| {
            let picture = bytes.get(at..)?.split(|b| *b == b'}').next()?;
            let (head, digits) = picture.split_at(picture.iter().position(|b| *b == b'\n')?);
            let mut draft = Draft::default();
            digits.iter().for_each(|digit| draft.digit(*digit));
            let photo = head.ends_with(b"\\jpegblip");
            let kind = if photo { Kind::Jpeg } else { Kind::Png };
            Some((number, kind, draft.bytes))
        })
        .collect()
}

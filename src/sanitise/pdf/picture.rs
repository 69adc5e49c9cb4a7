//! The smallest coding of a page's pixels at equal look: few colours and hard
//! edges (text, drawings) become a palette picture without loss that an eye
//! could find; soft gradients (photos, scans) become JPEG.

mod palette;
mod survey;

use super::super::Refusal;
pub(super) use survey::Survey;

/// JPEG quality of photo pages.
const QUALITY: u8 = 80;
/// Pages with more soft pixels than one in so many are photos.
const SOFT_SHARE: usize = 40;
/// Colours of a palette: pages of no more are never photos.
const PALETTE: usize = 256;

/// A compact picture.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) coding: Coding,
    /// Compressed as `coding` says.
    pub(super) data: Vec<u8>,
}

/// How the samples are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Zlib of rows of indexes of 1, 2, 4 or 8 bits, rows padded to bytes.
    Palette {
        bits: u8,
        /// RGB triples, the first white.
        colours: Vec<[u8; 3]>,
    },
    /// Baseline JPEG of one component.
    GreyJpeg,
    /// Baseline JPEG of three components.
    ColourJpeg,
}

impl Survey<'_> {
    /// Codes the pixels.
    pub(super) fn compact(self) -> Result<Picture, Refusal> {
        let (columns, pixels) = (self.columns, self.rgba.len() / 4);
        let rows = u16::try_from(self.rows()).map_err(|_| Refusal::OverBudget)?;
        let soft = self.soft > pixels / SOFT_SHARE;
        let coded = match self.drawn {
            Some(drawn) if !soft || drawn.colours.used <= PALETTE => {
                palette::coded(drawn, columns, pixels)
            }
            Some(_) | None => jpeg(self.rgba, columns, rows, self.grey),
        };
        let (coding, data) = coded?;
        Ok(Picture {
            columns,
            rows,
            coding,
            data,
        })
    }
}

fn jpeg(rgba: &[u8], columns: u16, rows: u16, grey: bool) -> Result<(Coding, Vec<u8>), Refusal> {
    let mut data = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut data, QUALITY);
    let coding = if grey {
        let samples: Vec<u8> = rgba.iter().step_by(4).copied().collect();
        encoder
            .encode(&samples, columns, rows, jpeg_encoder::ColorType::Luma)
            .map_err(|_| Refusal::OverBudget)?;
        Coding::GreyJpeg
    } else {
        encoder
            .encode(rgba, columns, rows, jpeg_encoder::ColorType::Rgba)
            .map_err(|_| Refusal::OverBudget)?;
        Coding::ColourJpeg
    };
    Ok((coding, data))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Paper with marks of `colours` at every place of a block, and rows that
    /// end within one.
    pub(super) fn drawn(columns: usize, rows: usize, colours: &[[u8; 4]]) -> Vec<u8> {
        let mut rgba = vec![255; columns * rows * 4];
        for (n, colour) in colours.iter().cycle().take(rows * 2).enumerate() {
            let at = (n / 2 * columns + n * 13 % columns) * 4;
            rgba[at..at + 4].copy_from_slice(colour);
        }
        rgba
    }

    #[test]
    fn paper_and_what_is_on_it_come_back_pixel_by_pixel() {
        let marks: Vec<[u8; 4]> = (0..40).map(|n| [n * 6, 255 - n * 5, n * 3, 255]).collect();
        for (columns, count, depth) in [(67, 1, 1), (64, 3, 2), (131, 9, 4), (75, 40, 8)] {
            let rgba = drawn(columns, 60, &marks[..count]);
            let picture = Survey::of(&rgba, columns as u16).compact().unwrap();
            let Coding::Palette { bits, colours } = picture.coding else {
                panic!("a photo of {count} colours");
            };
            assert_eq!(bits, depth);
            let mut packed = Vec::new();
            let mut zlib = flate2::read::ZlibDecoder::new(picture.data.as_slice());
            zlib.read_to_end(&mut packed).unwrap();
            let per_byte = 8 / usize::from(bits);
            let row = columns.div_ceil(per_byte);
            assert_eq!(packed.len(), row * 60);
            for (n, pixel) in rgba.chunks(4).enumerate() {
                let (y, x) = (n / columns, n % columns);
                let byte = packed[y * row + x / per_byte];
                let shift = 8 - usize::from(bits) * (x % per_byte + 1);
                let index = usize::from(byte >> shift) & ((1 << bits) - 1);
                assert_eq!(colours[index], pixel[..3], "{count} colours, {x} {y}");
            }
        }
    }
}

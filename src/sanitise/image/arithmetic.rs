//! JPEG with arithmetic coding (ITU-T T.81 annex D: frames SOF9 and SOF10), which
//! the crate `image` does not read.

use ::image::error::{DecodingError, ImageFormatHint, ImageResult};
use ::image::{ColorType, ImageDecoder, ImageError, ImageFormat};
use oxideav_mjpeg::{DecodeOptions, Metadata, decode_rgb8_with, info, read_metadata};

use crate::sanitise::refusal::stumbling;
use crate::sanitise::{Context, Refusal};

/// A picture whose header was read.
pub(super) struct Arithmetic<'a> {
    bytes: &'a [u8],
    columns: u32,
    rows: u32,
    /// Within the budget, like the sides.
    most_pixels: u64,
    beside: Metadata,
}

/// Bytes of a worker's memory for each sample: its decoder keeps coefficients of
/// four, planes and pixels, and we as much again while turning and coding.
const BYTES_A_SAMPLE: u64 = 24;

impl<'a> Arithmetic<'a> {
    /// # Errors
    /// `OverBudget`; `Unsupported` for lossless and hierarchical frames.
    pub(super) fn of(bytes: &'a [u8], context: &Context<'_>) -> Result<Self, Refusal> {
        let known = stumbling(|| info(bytes))?.map_err(|_| Refusal::Malformed)?;
        if !known.arithmetic || known.lossless || known.hierarchical || known.precision != 8 {
            return Err(Refusal::Unsupported);
        }
        let pixels = u64::from(known.width) * u64::from(known.height);
        let samples = pixels.saturating_mul(u64::from(known.components.max(3)));
        if samples > context.limits.render_memory_bytes / BYTES_A_SAMPLE {
            return Err(Refusal::OverBudget);
        }
        let beside = stumbling(|| read_metadata(bytes))?.unwrap_or_default();
        Ok(Self {
            bytes,
            columns: known.width,
            rows: known.height,
            most_pixels: pixels,
            beside,
        })
    }
}

impl ImageDecoder for Arithmetic<'_> {
    fn dimensions(&self) -> (u32, u32) {
        (self.columns, self.rows)
    }

    fn color_type(&self) -> ColorType {
        ColorType::Rgb8
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.icc.take())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.beside.exif.clone())
    }

    fn read_image(self, pixels: &mut [u8]) -> ImageResult<()> {
        let options = DecodeOptions::default().with_max_pixels(Some(self.most_pixels));
        let decoded = stumbling(|| decode_rgb8_with(self.bytes, &options));
        match decoded {
            Ok(Ok(decoded)) if decoded.data.len() == pixels.len() => {
                pixels.copy_from_slice(&decoded.data);
                Ok(())
            }
            _ => Err(ImageError::Decoding(DecodingError::from_format_hint(
                ImageFormatHint::Exact(ImageFormat::Jpeg),
            ))),
        }
    }

    fn read_image_boxed(self: Box<Self>, pixels: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(pixels)
    }
}

/// Whether the first frame of a JPEG is coded so (T.81 table B.1).
pub(super) fn is_arithmetic(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xFF, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            0xFF => at += 1,
            0xC9 | 0xCA => return true,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xCB | 0xCD..=0xCF | 0xD9 | 0xDA => return false,
            _ => at += 2 + usize::from(u16::from_be_bytes([*high, *low])).max(2),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::image::tests::from_hex;
    use crate::sanitise::{Fonts, Kind, Report, Treatment, image};

    /// Sixteen by eight pixels, the left half red, the right half blue: by cjpeg
    /// of libjpeg-turbo, sequential (SOF9) and progressive (SOF10).
    const SEQUENTIAL: &str = "ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805\
        050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f17181614\
        1812141514ffdb00430103040405040509050509140d0b0d141414141414141414141414141414141414\
        1414141414141414141414141414141414141414141414141414141414141414ffc90011080008001003\
        011100021101031101ffcc000a0010100501101105ffda000c03010002110311003f00ff00dc98109481\
        9a7c03d5b7653f70ffd9";
    const PROGRESSIVE: &str = "ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805\
        050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f17181614\
        1812141514ffdb00430103040405040509050509140d0b0d141414141414141414141414141414141414\
        1414141414141414141414141414141414141414141414141414141414141414ffca0011080008001003\
        011100021101031101ffcc000600100110ffda000c03010002100310000001ff00b924ce1377157d6ef6\
        7facffcc00041005ffda0008010100010502c0ffcc00041105ffda0008010301013f01c0ffcc00041105\
        ffda0008010201013f01c0ffcc00041005ffda0008010100063f02c0ffcc00041005ffda000801010001\
        3f21c0ffda000c03010002000300000010f4ffcc00041105ffda0008010301013f10c0ffcc00041105ff\
        da0008010201013f10c0ffcc00041005ffda0008010100013f10c0ffd9";

    fn treated(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Refusal> {
        let (fonts, mut report) = (Fonts::default(), Report::default());
        let context = Context {
            limits,
            fonts: &fonts,
        };
        let way = Treatment::Rebuild;
        let output = image::treat(Kind::Jpeg, way, bytes, &context, &mut report)?;
        assert_eq!(image::verify(Kind::Jpeg, &output, &context), Ok(()));
        assert_eq!(
            image::verify(Kind::Jpeg, bytes, &context),
            Err(Refusal::Residue)
        );
        Ok(output)
    }

    #[test]
    fn both_kinds_are_read_and_written_as_baseline() {
        for (name, digits) in [("SOF9", SEQUENTIAL), ("SOF10", PROGRESSIVE)] {
            let input = from_hex(digits);
            assert!(is_arithmetic(&input), "{name}");
            let output = treated(&input, &Limits::default()).unwrap();
            let seen = ::image::load_from_memory(&output).unwrap().to_rgb8();
            assert_eq!(seen.dimensions(), (16, 8));
            let near = |x: u32, wanted: [u8; 3]| {
                let there = seen.get_pixel(x, 4).0;
                let off = there.iter().zip(wanted).map(|(a, b)| a.abs_diff(b));
                assert!(off.max() < Some(24), "{name}: {there:?}");
            };
            near(2, [200, 0, 0]);
            near(13, [0, 0, 200]);
        }
    }

    #[test]
    fn a_cut_a_wrong_and_a_large_one_are_refused() {
        let input = from_hex(PROGRESSIVE);
        let frame = input.windows(2).position(|w| w == [0xFF, 0xCA]).unwrap();
        let mut large = input.clone();
        large[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
        let over = Err(Refusal::OverBudget);
        assert_eq!(treated(&large, &Limits::default()), over);
        // Sixteen bits a sample, which no such frame has.
        let mut wrong = input.clone();
        wrong[frame + 4] = 16;
        for end in 0..input.len() {
            // What is written of a cut one was verified above.
            let _ = treated(&input[..end], &Limits::default());
        }
        assert!(treated(&wrong, &Limits::default()).is_err());
    }

    proptest! {
        #[test]
        fn changed_files_never_panic(
            progressive: bool,
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut input = from_hex(if progressive { PROGRESSIVE } else { SEQUENTIAL });
            for (at, byte) in changes {
                let at = at.index(input.len());
                input[at] = byte;
            }
            let _ = treated(&input, &Limits::default());
        }
    }
}

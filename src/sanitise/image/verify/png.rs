//! A walk over the chunks of a PNG (ISO 15948): IHDR, PLTE, tRNS, IDAT, IEND
//! in this order and no other, each with its checksum; the samples inflated
//! to exactly the size the header asks for; nothing after the end.

use std::io::Read as _;

use flate2::Crc;
use flate2::read::ZlibDecoder;

use crate::sanitise::{Context, Refusal};

/// Accepts one picture.
pub(in crate::sanitise) fn verify(bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    let mut rest = bytes
        .strip_prefix(b"\x89PNG\r\n\x1a\n")
        .ok_or(Refusal::Residue)?;
    let header = Header::read(chunk(&mut rest, b"IHDR")?.ok_or(Refusal::Residue)?)?;
    super::within_budget(header.columns, header.rows, context)?;
    header.palette(chunk(&mut rest, b"PLTE")?, chunk(&mut rest, b"tRNS")?)?;
    let mut data = Vec::new();
    while let Some(part) = chunk(&mut rest, b"IDAT")? {
        data.extend_from_slice(part);
    }
    let end = chunk(&mut rest, b"IEND")?.ok_or(Refusal::Residue)?;
    require(end.is_empty() && rest.is_empty())?;
    header.samples(&data)
}

fn require(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Residue) }
}

/// The content of the next chunk if it has this name.
fn chunk<'a>(rest: &mut &'a [u8], name: &[u8; 4]) -> Result<Option<&'a [u8]>, Refusal> {
    let (length, after) = rest.split_at_checked(4).ok_or(Refusal::Residue)?;
    let length: [u8; 4] = length.try_into().map_err(|_| Refusal::Residue)?;
    if !after.starts_with(name) {
        return Ok(None);
    }
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Refusal::Residue)?;
    let (covered, after) = length
        .checked_add(4)
        .and_then(|n| after.split_at_checked(n))
        .ok_or(Refusal::Residue)?;
    let (sum, after) = after.split_at_checked(4).ok_or(Refusal::Residue)?;
    let mut crc = Crc::new();
    crc.update(covered);
    require(crc.sum().to_be_bytes() == *sum)?;
    *rest = after;
    Ok(covered.get(4..))
}

struct Header {
    columns: u64,
    rows: u64,
    depth: u64,
    colour: u8,
}

impl Header {
    fn read(content: &[u8]) -> Result<Self, Refusal> {
        let [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, 0, 0, 0] = content else {
            return Err(Refusal::Residue);
        };
        let header = Self {
            columns: u64::from(u32::from_be_bytes([*w3, *w2, *w1, *w0])),
            rows: u64::from(u32::from_be_bytes([*h3, *h2, *h1, *h0])),
            depth: u64::from(*depth),
            colour: *colour,
        };
        let known = matches!((colour, depth), (0 | 2 | 4 | 6, 8) | (3, 1 | 2 | 4 | 8));
        require(known && header.columns > 0 && header.rows > 0)?;
        Ok(header)
    }

    fn palette(&self, colours: Option<&[u8]>, alpha: Option<&[u8]>) -> Result<(), Refusal> {
        match (self.colour, colours) {
            (3, Some(colours)) => {
                let count = colours.len() / 3;
                require(
                    colours.len().is_multiple_of(3) && (1..=1_usize << self.depth).contains(&count),
                )?;
                require(alpha.is_none_or(|alpha| (1..=count).contains(&alpha.len())))
            }
            (3, None) => Err(Refusal::Residue),
            (_, colours) => require(colours.is_none() && alpha.is_none()),
        }
    }

    /// Inflates row by row: a filter type and the samples, to the last byte.
    fn samples(&self, data: &[u8]) -> Result<(), Refusal> {
        let channels = match self.colour {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        let width = (self.columns * channels * self.depth).div_ceil(8) + 1;
        let mut row = vec![0; usize::try_from(width).map_err(|_| Refusal::Residue)?];
        let mut decoder = ZlibDecoder::new(data);
        for _ in 0..self.rows {
            decoder.read_exact(&mut row).map_err(|_| Refusal::Residue)?;
            require(row.first().is_some_and(|filter| *filter <= 4))?;
        }
        let after = decoder.read(&mut [0]).map_err(|_| Refusal::Residue)?;
        require(after == 0 && decoder.total_in() == data.len() as u64)
    }
}

//! The one way a package is put together: our names, a fixed time, no extra
//! fields, nothing between entries.

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::sanitise::Refusal;

/// A ZIP of ours: headers complete, nothing between entries.
pub(in crate::sanitise) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
    /// One for all entries: to make one takes longer than to pack a small part.
    deflating: Compress,
}

impl Default for Zip {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            directory: Vec::new(),
            count: 0,
            deflating: Compress::new(Compression::new(3), false),
        }
    }
}

/// 1980-01-01, the first day that a ZIP can say.
const DATE: u16 = (1 << 5) | 1;

impl Zip {
    /// One more entry.
    pub(in crate::sanitise) fn add(
        &mut self,
        name: &str,
        content: &[u8],
        deflate: bool,
    ) -> Result<(), Refusal> {
        let too_large = |_| Refusal::OverBudget;
        let offset = u32::try_from(self.bytes.len()).map_err(too_large)?;
        let size = u32::try_from(content.len()).map_err(too_large)?;
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let packed = if deflate {
            Some(self.deflated(content)?)
        } else {
            None
        };
        let data = packed.as_deref().unwrap_or(content);
        let method: u16 = if deflate { 8 } else { 0 };
        let mut shared = Vec::with_capacity(26);
        for field in [20, 0, method, 0, DATE] {
            shared.extend_from_slice(&u16::to_le_bytes(field));
        }
        for field in [
            crc.sum(),
            u32::try_from(data.len()).map_err(too_large)?,
            size,
        ] {
            shared.extend_from_slice(&field.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(too_large)?;
        shared.extend_from_slice(&length.to_le_bytes());
        shared.extend_from_slice(&[0, 0]);
        self.bytes.extend_from_slice(b"PK\x03\x04");
        self.bytes.extend_from_slice(&shared);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(data);
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        self.directory.extend_from_slice(&shared);
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.count = self.count.checked_add(1).ok_or(Refusal::OverBudget)?;
        Ok(())
    }

    fn deflated(&mut self, content: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.deflating.reset();
        let mut packed = Vec::with_capacity(content.len() / 4 + 64);
        let mut rest = content;
        loop {
            let before = self.deflating.total_in();
            let flush = FlushCompress::Finish;
            let status = self.deflating.compress_vec(rest, &mut packed, flush);
            if status.map_err(|_| Refusal::OverBudget)? == Status::StreamEnd {
                return Ok(packed);
            }
            let taken = usize::try_from(self.deflating.total_in() - before);
            rest = taken.map_or(rest, |taken| rest.get(taken..).unwrap_or_default());
            packed.reserve(packed.capacity());
        }
    }

    /// The bytes of the whole.
    pub(in crate::sanitise) fn end(mut self) -> Result<Vec<u8>, Refusal> {
        let start = u32::try_from(self.bytes.len()).map_err(|_| Refusal::OverBudget)?;
        let size = u32::try_from(self.directory.len()).map_err(|_| Refusal::OverBudget)?;
        self.bytes.append(&mut self.directory);
        self.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&size.to_le_bytes());
        self.bytes.extend_from_slice(&start.to_le_bytes());
        self.bytes.extend_from_slice(&[0, 0]);
        Ok(self.bytes)
    }
}

//! Word, Excel and PowerPoint 97–2003, as small as they can be: containers by
//! the `cfb` crate, streams by hand.

pub mod doc;
pub mod ppt;
pub mod vectors;
pub mod xls;

use std::io::{Cursor, Write as _};
use std::time::SystemTime;

use cfb::CompoundFile;
use sekimori::sanitise::Kind;

use super::Seed;

/// Path in the container and bytes.
pub type Stream = (String, Vec<u8>);

/// A stream.
#[must_use]
pub fn stream(path: &str, bytes: impl Into<Vec<u8>>) -> Stream {
    (path.to_owned(), bytes.into())
}

/// A container ([MS-CFB]) of streams, the same for the same streams. What
/// cannot stand in one (a name twice) is left out.
///
/// # Panics
/// Never: it is written into memory.
#[must_use]
pub fn compound(streams: &[Stream]) -> Vec<u8> {
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((folder, _)) = path.rsplit_once('/') {
            if file.create_storage_all(folder).is_err() {
                continue;
            }
            let _ = file.set_created_time(folder, SystemTime::UNIX_EPOCH);
            let _ = file.set_modified_time(folder, SystemTime::UNIX_EPOCH);
        }
        if let Ok(mut stream) = file.create_new_stream(path) {
            stream.write_all(bytes).unwrap();
        }
    }
    let _ = file.set_created_time("/", SystemTime::UNIX_EPOCH);
    let _ = file.set_modified_time("/", SystemTime::UNIX_EPOCH);
    file.flush().unwrap();
    file.into_inner().into_inner()
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = vec![
        Seed::new("a.doc", Kind::Doc, doc::letter()),
        Seed::new("b.doc", Kind::Doc, doc::word6()),
        Seed::new("c.xls", Kind::Xls, xls::book()),
        Seed::new("d.xls", Kind::Xls, xls::book5()),
        Seed::new("e.ppt", Kind::Ppt, ppt::talk()),
    ];
    seeds.extend(vectors::all().into_iter().map(|vector| vector.seed));
    seeds
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes `bytes` over what stands at `at`, as far as is needed.
fn put(whole: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if whole.len() < at + bytes.len() {
        whole.resize(at + bytes.len(), 0);
    }
    whole[at..at + bytes.len()].copy_from_slice(bytes);
}

//! Changes of compound files: of what a stream holds, of the streams there
//! are; the container around them stays whole.

use std::io::{Cursor, Read as _};

use cfb::CompoundFile;

use super::bytes;
use crate::Chance;
use crate::seeds::ole::{Stream, compound};

/// The most that is read of a file here.
const MOST_STREAMS: usize = 200;

pub(super) fn changed(whole: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    match unpacked(&whole) {
        Some(streams) if !streams.is_empty() => compound(&with_a_change(streams, other, chance)),
        Some(_) | None => bytes::changed(whole, other, chance),
    }
}

fn unpacked(whole: &[u8]) -> Option<Vec<Stream>> {
    let mut file = CompoundFile::open(Cursor::new(whole)).ok()?;
    let paths: Vec<String> = file
        .walk()
        .filter(|entry| entry.is_stream())
        .take(MOST_STREAMS)
        .map(|entry| entry.path().to_string_lossy().into_owned())
        .collect();
    let mut streams = Vec::new();
    for path in paths {
        let stream = file.open_stream(&path).ok()?;
        let mut content = Vec::new();
        stream
            .take(whole.len() as u64)
            .read_to_end(&mut content)
            .ok()?;
        streams.push((path, content));
    }
    Some(streams)
}

fn with_a_change(mut streams: Vec<Stream>, other: &[u8], chance: &mut Chance) -> Vec<Stream> {
    let at = chance.below(streams.len());
    match chance.below(10) {
        0 => {
            streams.remove(at);
        }
        1 => {
            let lent = unpacked(other).unwrap_or_default();
            if let Some(stream) = lent.get(chance.below(lent.len())) {
                streams.push(stream.clone());
            }
        }
        2 => {
            let lent = unpacked(other).unwrap_or_default();
            if let Some(stream) = lent.get(chance.below(lent.len())) {
                streams[at].1.clone_from(&stream.1);
            }
        }
        _ => {
            let content = std::mem::take(&mut streams[at].1);
            streams[at].1 = if content.is_empty() {
                content
            } else {
                bytes::changed(content, other, chance)
            };
        }
    }
    streams
}

//! The metafiles of Windows: a box, words in a Japanese font, and what calls
//! a procedure or only comments.

use sekimori::sanitise::Kind;

use super::Seed;

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn longs(longs: &[u32]) -> Vec<u8> {
    longs.iter().flat_map(|long| long.to_le_bytes()).collect()
}

/// A record of a WMF, its length in words in front.
fn record(function: u16, parameters: &[u16], bytes: &[u8]) -> Vec<u8> {
    let mut record = words(&[0, 0, function]);
    record.extend(words(parameters));
    record.extend(bytes);
    record.resize(record.len().next_multiple_of(2), 0);
    record[0] = (record.len() / 2) as u8;
    record
}

pub(super) fn wmf() -> Vec<u8> {
    let mut font = vec![0, 0, 0, 1, 0, 0, 0, 0];
    font.extend(b"\x82l\x82r \x96\xbe\x92\xa9\0\0\0");
    let records = [
        record(0x020B, &[0, 0], b""),
        record(0x020C, &[50, 100], b""),
        record(0x02FC, &[0, 0x00C8, 0, 0], b""),
        record(0x012D, &[0], b""),
        record(0x041B, &[50, 50, 0, 0], b""),
        record(0x02FB, &[0xFFF4, 0, 0, 0, 400], &font),
        record(0x012D, &[1], b""),
        record(0x0521, &[6], b"\x8c\xa9\x90\xcf\x8f\x91\x14\0\x05\0"),
        record(0x0626, &[9, 4], b"abcd"),
        record(0, &[], b""),
    ]
    .concat();
    let mut placeable = vec![0xCDD7, 0x9AC6, 0, 0, 0, 100, 50, 96, 0, 0];
    placeable.push(placeable.iter().fold(0, |sum, word| sum ^ word));
    let all = (9 + records.len() / 2) as u16;
    let header = words(&[1, 9, 0x0300, all, 0, 2, 30, 0, 0]);
    [words(&placeable), header, records].concat()
}

pub(super) fn emf() -> Vec<u8> {
    let records = [
        longs(&[39, 24, 1, 0, 0x0000_00C8, 0]),
        longs(&[37, 12, 1]),
        longs(&[43, 24, 0, 0, 50, 50]),
        [longs(&[70, 24, 12]), b"secret words".to_vec()].concat(),
        longs(&[14, 20, 0, 16, 20]),
    ]
    .concat();
    let header = [
        longs(&[1, 88, 0, 0, 100, 50, 0, 0, 2_646, 1_323]),
        b" EMF".to_vec(),
        longs(&[0x1_0000, (88 + records.len()) as u32, 6]),
        words(&[2, 0]),
        longs(&[0, 0, 0, 1_024, 768, 271, 203]),
    ]
    .concat();
    [header, records].concat()
}

pub(super) fn seeds() -> Vec<Seed> {
    vec![
        Seed::new("l.wmf", Kind::Wmf, wmf()),
        Seed::new("m.emf", Kind::Emf, emf()),
    ]
}

//! The font of the text layer: a TrueType font (ISO 14496-22) with one empty
//! glyph. The text is invisible; the file only keeps readers from looking for
//! a substitute.

/// Tables in the order of their tags.
pub(super) fn font() -> Vec<u8> {
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        (b"glyf", vec![0; 4]),
        (b"head", head()),
        (b"hhea", hhea()),
        (b"hmtx", shorts(&[1000, 0])),
        (b"loca", shorts(&[0, 0])),
        (b"maxp", maxp()),
    ];
    let mut file = Vec::new();
    file.extend([0, 1, 0, 0]);
    file.extend(shorts(&[6, 64, 2, 32]));
    let mut offset = 12 + 16 * 6;
    for (tag, table) in &tables {
        file.extend_from_slice(*tag);
        file.extend(checksum(table).to_be_bytes());
        file.extend(u32::to_be_bytes(offset));
        file.extend((table.len() as u32).to_be_bytes());
        offset += (table.len() as u32).next_multiple_of(4);
    }
    for (_, table) in &tables {
        file.extend(table);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file
}

fn head() -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    table.extend(0x5F0F_3CF5_u32.to_be_bytes());
    table.extend(shorts(&[0, 1000])); // flags, units per em
    table.extend([0; 16]); // no dates
    table.extend(shorts(&[0, 0, 1000, 1000, 0, 8, 2, 0, 0]));
    table
}

fn hhea() -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0];
    table.extend(shorts(&[
        880, 0, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 1,
    ]));
    table
}

fn maxp() -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0];
    table.extend(shorts(&[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    table
}

fn shorts(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

fn checksum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0, |sum: u32, four| {
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(four) {
            *to = *from;
        }
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

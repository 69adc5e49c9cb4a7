//! PowerPoint presentations ([MS-PPT]).

use super::{Stream, compound, stream, utf16};

/// What stands in a presentation.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// Slides: what the outline says, what shapes say, notes.
    pub slides: Vec<Slide>,
    /// Records in the document, behind its lists.
    pub document: Vec<u8>,
    /// Streams beside the presentation.
    pub beside: Vec<Stream>,
    /// It is encrypted.
    pub locked: bool,
}

/// One slide.
#[derive(Clone, Debug, Default)]
pub struct Slide {
    /// Text of its title, kept in the outline.
    pub title: &'static str,
    /// Text of a shape.
    pub text: &'static str,
    /// 8-bit text of another.
    pub narrow: &'static str,
    /// What its notes say.
    pub notes: &'static str,
    /// It is not shown.
    pub hidden: bool,
    /// Records in the shape.
    pub shape: Vec<u8>,
}

/// A record that holds data.
#[must_use]
pub fn atom(kind: u16, instance: u16, data: &[u8]) -> Vec<u8> {
    let head = (instance << 4).to_le_bytes();
    [
        &head,
        &kind.to_le_bytes(),
        &(data.len() as u32).to_le_bytes()[..],
        data,
    ]
    .concat()
}

/// A record that holds records.
#[must_use]
pub fn container(kind: u16, instance: u16, records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = atom(kind, instance, &records.concat());
    bytes[0] |= 0x0F;
    bytes
}

fn long(number: usize) -> [u8; 4] {
    (number as u32).to_le_bytes()
}

fn text_box(records: &[Vec<u8>]) -> Vec<u8> {
    container(0xF004, 0, &[container(0xF00D, 0, records)])
}

fn drawing(shapes: Vec<Vec<u8>>) -> Vec<u8> {
    container(
        0x040C,
        0,
        &[container(0xF002, 0, &[container(0xF003, 0, &shapes)])],
    )
}

/// The words of a text, in the order of its slides, with a hidden one.
#[must_use]
pub fn talk() -> Vec<u8> {
    Talk {
        slides: vec![
            Slide {
                title: "計画①㈱髙﨑𠮷",
                text: "一行目\r二行目\u{b}続き",
                narrow: "caf\u{e9}",
                notes: "話すこと",
                ..Slide::default()
            },
            Slide {
                title: "予備",
                hidden: true,
                ..Slide::default()
            },
        ],
        ..Talk::default()
    }
    .file()
}

impl Talk {
    /// The file. Objects: 1 is the document, then slides, then notes.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let count = self.slides.len();
        let mut objects = vec![self.document()];
        for (index, slide) in self.slides.iter().enumerate() {
            let notes = if slide.notes.is_empty() {
                0
            } else {
                512 + index
            };
            objects.push(slide.page(notes));
        }
        for slide in &self.slides {
            let said = text_box(&[atom(0x0FA0, 0, &utf16(slide.notes))]);
            objects.push(container(0x03F0, 0, &[drawing(vec![said])]));
        }
        let mut bytes = Vec::new();
        let mut directory = long(1 | (2 * count + 1) << 20).to_vec();
        for object in &objects {
            directory.extend(long(bytes.len()));
            bytes.extend(object);
        }
        let directory_at = bytes.len();
        bytes.extend(atom(0x1772, 0, &directory));
        let edit_at = bytes.len();
        let mut edit: Vec<u8> = [
            long(256),
            long(3),
            long(0),
            long(directory_at),
            long(1),
            long(99),
        ]
        .concat();
        edit.extend([0; 4]);
        if self.locked {
            edit.extend(long(7));
        }
        bytes.extend(atom(0x0FF5, 0, &edit));
        let token = if self.locked {
            0xF3D1_C4DFu32
        } else {
            0xE391_C05F
        };
        let user = [&long(20)[..], &token.to_le_bytes(), &long(edit_at), &[0; 8]].concat();
        let mut streams = vec![
            stream("PowerPoint Document", bytes),
            stream("Current User", atom(0x0FF6, 0, &user)),
        ];
        streams.extend(self.beside.clone());
        compound(&streams)
    }

    fn document(&self) -> Vec<u8> {
        let listed = |object: usize, id: usize| {
            let data = [long(object), long(0), long(0), long(id), long(0)].concat();
            atom(0x03F3, 0, &data)
        };
        let mut slides = Vec::new();
        let mut notes = Vec::new();
        for (index, slide) in self.slides.iter().enumerate() {
            slides.push(listed(2 + index, 256 + index));
            slides.push(atom(0x0F9F, 0, &long(0)));
            slides.push(atom(0x0FA0, 0, &utf16(slide.title)));
            notes.push(listed(2 + self.slides.len() + index, 512 + index));
        }
        let lists = [container(0x0FF0, 0, &slides), container(0x0FF0, 2, &notes)];
        container(0x03E8, 0, &[lists.concat(), self.document.clone()])
    }
}

impl Slide {
    fn page(&self, notes: usize) -> Vec<u8> {
        let mut atom_data = vec![0; 24];
        atom_data[16..20].copy_from_slice(&long(notes));
        let mut info = vec![0; 16];
        info[10] = if self.hidden { 4 } else { 0 };
        let low: Vec<u8> = self.narrow.chars().map(|c| c as u8).collect();
        let shapes = vec![
            text_box(&[atom(0x0F9E, 0, &long(0))]),
            text_box(&[
                atom(0x0F9F, 0, &long(4)),
                atom(0x0FA0, 0, &utf16(self.text)),
                self.shape.clone(),
            ]),
            text_box(&[atom(0x0F9F, 0, &long(4)), atom(0x0FA8, 0, &low)]),
        ];
        container(
            0x03EE,
            0,
            &[
                atom(0x03EF, 0, &atom_data),
                atom(0x03F9, 0, &info),
                drawing(shapes),
            ],
        )
    }
}

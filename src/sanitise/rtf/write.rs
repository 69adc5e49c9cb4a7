//! Model -> bytes: ASCII only, every other character as `\uN?`, the same
//! header always. No byte of the source is copied.

use std::fmt::Write as _;

use super::model::{Document, Group, Node, Value};
use super::picture::{Picture, SIZES};

/// What every document of ours begins with.
const HEADER: &str = "{\\rtf1\\ansi\\ansicpg1252\\uc1";
/// Bytes of a picture in one line.
const IN_LINE: usize = 64;

pub(super) fn write(document: &Document) -> Vec<u8> {
    let mut writer = Writer {
        output: HEADER.to_owned(),
        after_word: true,
    };
    for node in &document.nodes {
        writer.node(node, document);
    }
    writer.output.push_str("}\n");
    writer.output.into_bytes()
}

struct Writer {
    output: String,
    /// A blank must part the word that stands last from text.
    after_word: bool,
}

impl Writer {
    fn node(&mut self, node: &Node, document: &Document) {
        match *node {
            Node::Open(Group::Plain) => self.open("{"),
            Node::Open(Group::Starred) => self.open("{\\*"),
            Node::Open(Group::Kept(name, starred)) => {
                self.open(if starred { "{\\*" } else { "{" });
                self.word(name, None);
            }
            Node::Close => self.close(),
            Node::Word(name, number) => {
                self.word(name, number);
                // Lines are for people.
                if matches!(name, "par" | "row" | "nestrow" | "sect" | "page" | "line") {
                    self.output.push('\n');
                    self.after_word = false;
                }
            }
            Node::Symbol(symbol) => {
                self.output.push('\\');
                self.output.push(char::from(symbol));
                self.after_word = false;
            }
            Node::Text(from, to) => self.text(document.text(from, to)),
            Node::Code(number) => {
                if let Some(code) = document.codes.get(number as usize) {
                    self.text(&code.untrusted);
                }
            }
            Node::Picture(number) => self.picture(document.pictures.get(number as usize)),
            Node::Property(number) => {
                if let Some(property) = document.properties.get(number as usize) {
                    self.property(property.name, &property.value, document);
                }
            }
            Node::Nothing => {}
        }
    }

    fn open(&mut self, brace: &str) {
        self.output.push_str(brace);
        self.after_word = false;
    }

    fn close(&mut self) {
        self.output.push('}');
        self.after_word = false;
    }

    fn word(&mut self, name: &str, number: Option<i32>) {
        self.output.push('\\');
        self.output.push_str(name);
        if let Some(number) = number {
            let _ = write!(self.output, "{number}");
        }
        self.after_word = true;
    }

    fn text(&mut self, text: &str) {
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-');
        if std::mem::take(&mut self.after_word) && text.starts_with(joins) {
            self.output.push(' ');
        }
        for c in text.chars() {
            match c {
                '\\' | '{' | '}' => {
                    self.output.push('\\');
                    self.output.push(c);
                }
                ' '..='~' => self.output.push(c),
                // Places in the text of a list level.
                '\0'..='\u{1f}' => {
                    let _ = write!(self.output, "\\'{:02x}", u32::from(c));
                }
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        let _ = write!(self.output, "\\u{}?", unit.cast_signed());
                    }
                }
            }
        }
    }

    fn property(&mut self, name: &str, value: &Value, document: &Document) {
        let _ = write!(self.output, "{{\\sp{{\\sn {name}}}{{\\sv ");
        self.after_word = false;
        match value {
            Value::Words(words) => self.text(words),
            Value::Picture(number) => self.picture(document.pictures.get(*number as usize)),
        }
        self.output.push_str("}}");
        self.after_word = false;
    }

    fn picture(&mut self, picture: Option<&Picture>) {
        let Some(picture) = picture else {
            return;
        };
        self.output.push_str("{\\pict");
        for (name, size) in SIZES.iter().zip(picture.sizes) {
            if let Some(size) = size {
                self.word(name, Some(size));
            }
        }
        let photo = picture.coded.extension == "jpeg";
        self.word(if photo { "jpegblip" } else { "pngblip" }, None);
        for line in picture.coded.bytes.chunks(IN_LINE) {
            self.output.push('\n');
            for byte in line {
                let _ = write!(self.output, "{byte:02x}");
            }
        }
        self.close();
    }
}

//! Netlink messages and attributes as bytes. Pure. The kernel wrote what is
//! read here, and still every length is checked: a short or lying length ends
//! the reading, never the process.
//!
//! Absent on purpose: families other than netfilter's; any copy of what is
//! only looked at.

/// Bytes of a message's header.
const HEADER: usize = 16;
/// Bytes of netfilter's own header behind it: family, version, resource id.
const FAMILY_HEADER: usize = 4;
/// Bytes of an attribute's header.
const ATTRIBUTE_HEADER: usize = 4;
/// The attribute's number, without the nested and byte-order flags.
const ATTRIBUTE_NUMBER: u16 = 0x3fff;
/// An attribute that holds attributes.
pub const NESTED: u16 = 0x8000;

/// The kernel's answer to a request: nought, or an error number.
pub const ERROR: u16 = 2;
/// The end of a dump.
pub const DONE: u16 = 3;

/// Asks for something.
pub const REQUEST: u16 = 0x1;
/// Asks for an answer even when all went well.
pub const ACKNOWLEDGE: u16 = 0x4;
/// The dump is not one moment's: what it lists changed meanwhile.
pub const INTERRUPTED: u16 = 0x10;
/// Asks for all entries.
pub const DUMP: u16 = 0x300;
/// In an event: made just now (create, exclusive).
pub const CREATED: u16 = 0x600;

/// One message, as it lies in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Subsystem (upper byte) and kind (lower byte).
    pub kind: u16,
    /// Flags.
    pub flags: u16,
    /// Which request it answers; nought for an event.
    pub sequence: u32,
    /// Port of the process that caused it (events of nftables), else ours.
    pub port: u32,
    /// Everything behind the header.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Address family of netfilter's own header.
    #[must_use]
    pub fn family(&self) -> Option<u8> {
        self.body.first().copied()
    }

    /// The attributes behind netfilter's own header.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.body.get(FAMILY_HEADER..).unwrap_or_default())
    }

    /// The error number of an `ERROR` or `DONE` message; nought where all went well.
    #[must_use]
    pub fn error_number(&self) -> Option<i32> {
        let number = self.body.first_chunk().map(|raw| i32::from_ne_bytes(*raw));
        number.map(|number| number.saturating_neg())
    }
}

/// The messages of one datagram.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Of what one receive call brought.
    #[must_use]
    pub fn of(untrusted_bytes: &'a [u8]) -> Self {
        Self {
            rest: untrusted_bytes,
        }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let length = usize::try_from(number_at(self.rest, 0)?).ok()?;
        if length < HEADER {
            return None;
        }
        let whole = self.rest.get(..length)?;
        let kinds = number_at(whole, 4)?.to_ne_bytes();
        let [kind_low, kind_high, flags_low, flags_high] = kinds;
        let message = Message {
            kind: u16::from_ne_bytes([kind_low, kind_high]),
            flags: u16::from_ne_bytes([flags_low, flags_high]),
            sequence: number_at(whole, 8)?,
            port: number_at(whole, 12)?,
            body: whole.get(HEADER..)?,
        };
        self.rest = self.rest.get(aligned(length)..).unwrap_or_default();
        Some(message)
    }
}

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its number.
    pub number: u16,
    /// Its value.
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// Attributes inside this one.
    #[must_use]
    pub fn nested(&self) -> Attributes<'a> {
        Attributes::of(self.value)
    }

    /// One byte.
    #[must_use]
    pub fn byte(&self) -> Option<u8> {
        self.value.first().copied()
    }

    /// Two bytes, as the network has them.
    #[must_use]
    pub fn two(&self) -> Option<u16> {
        self.value.first_chunk().map(|raw| u16::from_be_bytes(*raw))
    }

    /// Four bytes, as the network has them.
    #[must_use]
    pub fn four(&self) -> Option<u32> {
        self.value.first_chunk().map(|raw| u32::from_be_bytes(*raw))
    }

    /// Eight bytes, as the network has them.
    #[must_use]
    pub fn eight(&self) -> Option<u64> {
        self.value.first_chunk().map(|raw| u64::from_be_bytes(*raw))
    }

    /// Text up to the first zero byte.
    #[must_use]
    pub fn text(&self) -> String {
        let end = self.value.iter().position(|byte| *byte == 0);
        let text = self
            .value
            .get(..end.unwrap_or(self.value.len()))
            .unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }
}

/// Attributes one behind the other.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Of these bytes.
    #[must_use]
    pub fn of(untrusted_bytes: &'a [u8]) -> Self {
        Self {
            rest: untrusted_bytes,
        }
    }

    /// The first attribute with this number.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<Attribute<'a>> {
        self.clone().find(|attribute| attribute.number == number)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let [length_low, length_high, number_low, number_high] = *self.rest.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([length_low, length_high]));
        if length < ATTRIBUTE_HEADER {
            return None;
        }
        let value = self.rest.get(ATTRIBUTE_HEADER..length)?;
        let end = aligned(length).min(self.rest.len());
        self.rest = self.rest.get(end..)?;
        Some(Attribute {
            number: u16::from_ne_bytes([number_low, number_high]) & ATTRIBUTE_NUMBER,
            value,
        })
    }
}

fn number_at(bytes: &[u8], place: usize) -> Option<u32> {
    let four = bytes.get(place..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*four))
}

/// Netlink pads everything to four bytes.
fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn append(body: &mut Vec<u8>, number: u16, value: &[u8]) {
    let length = value.len().saturating_add(ATTRIBUTE_HEADER);
    if let Ok(length) = u16::try_from(length) {
        body.extend_from_slice(&length.to_ne_bytes());
        body.extend_from_slice(&number.to_ne_bytes());
        body.extend_from_slice(value);
        body.resize(aligned(body.len()), 0);
    }
}

/// Attributes one behind the other, for the inside of one.
#[must_use]
pub fn inside(attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, value) in attributes {
        append(&mut body, *number, value);
    }
    body
}

/// A request on its way to the kernel.
#[derive(Clone, Debug)]
pub struct Request {
    kind: u16,
    flags: u16,
    body: Vec<u8>,
}

impl Request {
    /// With netfilter's own header: address family and resource id.
    #[must_use]
    pub fn new(kind: u16, flags: u16, family: u8, resource: u16) -> Self {
        let mut body = vec![family, 0];
        body.extend_from_slice(&resource.to_be_bytes());
        Self { kind, flags, body }
    }

    /// Adds one attribute. A value of more than 65,531 bytes has no length
    /// that could be written and is left out.
    #[must_use]
    pub fn with(mut self, number: u16, value: &[u8]) -> Self {
        append(&mut self.body, number, value);
        self
    }

    /// Adds attributes inside one.
    #[must_use]
    pub fn with_nested(self, number: u16, inside: &[u8]) -> Self {
        self.with(number | NESTED, inside)
    }

    /// Whether the answer is a dump, ended by `DONE`.
    #[must_use]
    pub fn is_dump(&self) -> bool {
        self.flags & DUMP == DUMP
    }

    /// As bytes, under this sequence number.
    #[must_use]
    pub fn bytes(&self, sequence: u32) -> Vec<u8> {
        let length = u32::try_from(self.body.len().saturating_add(HEADER)).unwrap_or(0);
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&length.to_ne_bytes());
        bytes.extend_from_slice(&self.kind.to_ne_bytes());
        bytes.extend_from_slice(&(self.flags | REQUEST).to_ne_bytes());
        bytes.extend_from_slice(&sequence.to_ne_bytes());
        bytes.extend_from_slice(&[0; 4]); // our port: the kernel knows it
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let request = Request::new(0x0102, ACKNOWLEDGE, 2, 77)
            .with(3, &7_u32.to_be_bytes())
            .with_nested(
                1,
                Request::new(0, 0, 0, 0)
                    .with(5, b"abc")
                    .body
                    .get(4..)
                    .unwrap(),
            );
        let bytes = request.bytes(9);
        let messages: Vec<Message<'_>> = Messages::of(&bytes).collect();
        assert_eq!(messages.len(), 1);
        let message = messages[0];
        assert_eq!((message.kind, message.sequence), (0x0102, 9));
        assert_eq!(message.flags, REQUEST | ACKNOWLEDGE);
        assert_eq!(message.family(), Some(2));
        assert_eq!(message.attributes().get(3).unwrap().four(), Some(7));
        let inside = message.attributes().get(1).unwrap();
        assert_eq!(inside.nested().get(5).unwrap().text(), "abc");
    }

    #[test]
    fn a_lying_length_ends_the_reading() {
        let mut bytes = Request::new(1, 0, 0, 0).with(1, &[1, 2, 3, 4]).bytes(1);
        bytes[20] = 200; // the attribute claims more than there is
        assert_eq!(Messages::of(&bytes).next().unwrap().attributes().count(), 0);
        bytes[20] = 3; // and less than its own header
        assert_eq!(Messages::of(&bytes).next().unwrap().attributes().count(), 0);
        bytes[0] = 15;
        assert_eq!(Messages::of(&bytes).count(), 0);
        bytes[0] = 255;
        assert_eq!(Messages::of(&bytes).count(), 0);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for message in Messages::of(&bytes) {
                let _ = (message.family(), message.error_number());
                for attribute in message.attributes() {
                    let _ = (attribute.byte(), attribute.eight(), attribute.text());
                    prop_assert!(attribute.nested().count() <= attribute.value.len());
                }
            }
        }
    }
}

//! Archives as people make them, and as attackers do.

use super::*;
use crate::policy::Limits;
use crate::sanitise::Fonts;

fn with_context<T>(run: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (
        Limits {
            expanded_bytes: 8 << 20,
            ..Limits::default()
        },
        Fonts::default(),
    );
    run(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

/// Builds an archive by hand, so that it can lie.
#[derive(Default)]
struct Builder {
    bytes: Vec<u8>,
    central: Vec<u8>,
    count: u16,
}

impl Builder {
    fn entry(mut self, name: &[u8], data: &[u8], flags: u16, attributes: u32) -> Self {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let length = u32::try_from(data.len()).unwrap();
        let mut shared = Vec::new();
        shared.extend(20_u16.to_le_bytes());
        shared.extend(flags.to_le_bytes());
        shared.extend([0; 6]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend(length.to_le_bytes());
        shared.extend(length.to_le_bytes());
        shared.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        shared.extend([0; 2]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&shared);
        self.bytes.extend(name);
        self.bytes.extend(data);
        self.central.extend(b"PK\x01\x02\x14\x03");
        self.central.extend(&shared);
        self.central.extend([0; 6]);
        self.central.extend(attributes.to_le_bytes());
        self.central.extend(offset.to_le_bytes());
        self.central.extend(name);
        self.count += 1;
        self
    }

    fn end(mut self) -> Vec<u8> {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let size = u32::try_from(self.central.len()).unwrap();
        self.bytes.extend(&self.central);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend([0; 2]);
        self.bytes
    }
}

fn names(bytes: &[u8]) -> Vec<String> {
    with_context(|context| split(bytes, context))
        .unwrap()
        .0
        .leaves
        .into_iter()
        .map(|leaf| leaf.untrusted_name)
        .collect()
}

#[test]
fn what_is_joined_verifies_and_splits_again() {
    with_context(|context| {
        let members = [
            ("図面/①㈱髙.txt".to_owned(), &b"abc"[..]),
            ("b.txt".to_owned(), b""),
        ];
        let archive = join(&members, context).unwrap();
        verify(&archive, context, &|_, _| Ok(())).unwrap();
        let (shape, bytes) = split(&archive, context).unwrap();
        assert_eq!(
            shape
                .leaves
                .iter()
                .map(|l| l.untrusted_name.as_str())
                .collect::<Vec<_>>(),
            ["図面/①㈱髙.txt", "b.txt"]
        );
        assert_eq!(bytes, b"abc");
        let dirty: Result<(), Refusal> = verify(&archive, context, &|_, _| Err(Refusal::Residue));
        assert_eq!(dirty, Err(Refusal::Residue));
        assert_eq!(
            join(&[("a.exe".to_owned(), &b""[..])], context),
            Err(Refusal::Malformed)
        );
    });
}

#[test]
fn names_of_windows_in_japan_are_exact() {
    let cp932 = encoding_rs::SHIFT_JIS
        .encode("表/見積①㈱髙ｶﾅ.txt")
        .0
        .into_owned();
    let utf8 = "資料.txt".as_bytes();
    assert_eq!(
        names(
            &Builder::default()
                .entry(&cp932, b"a", 0, 0)
                .entry(utf8, b"b", 0, 0)
                .end()
        ),
        ["表/見積①㈱髙ｶﾅ.txt", "資料.txt"]
    );
}

#[test]
fn ways_out_are_cleaned_and_reported() {
    let archive = Builder::default()
        .entry(b"../../etc/a.txt", b"a", 0, 0)
        .entry(b"C:\\b.txt", b"b", 0, 0)
        .end();
    let (shape, _) = with_context(|context| split(&archive, context)).unwrap();
    assert_eq!(
        shape
            .leaves
            .iter()
            .map(|l| l.untrusted_name.as_str())
            .collect::<Vec<_>>(),
        ["etc/a.txt", "b.txt"]
    );
    assert_eq!(
        shape
            .report
            .removed
            .iter()
            .filter(|r| r.what == What::PathEscape)
            .count(),
        2
    );
}

#[test]
fn two_views_are_refused() {
    let good = Builder::default().entry(b"a.txt", b"hello", 0, 0).end();
    let refused = |bytes: &[u8]| with_context(|context| split(bytes, context)).err();
    assert_eq!(refused(&good), None);
    let mut prefixed = b"MZ".to_vec();
    prefixed.extend(&good);
    assert_eq!(refused(&prefixed), Some(Refusal::Malformed));
    let mut trailing = good.clone();
    trailing.push(0);
    assert_eq!(refused(&trailing), Some(Refusal::Malformed));
    let mut other_name = good.clone();
    other_name[30] = b'b';
    assert_eq!(refused(&other_name), Some(Refusal::Malformed));
    let twice = Builder::default()
        .entry(b"a.txt", b"1", 0, 0)
        .entry(b"A.TXT", b"2", 0, 0)
        .end();
    assert_eq!(refused(&twice), Some(Refusal::Malformed));
    let mut hidden = Builder::default().entry(b"a.txt", b"1", 0, 0);
    hidden.bytes.extend(b"hidden");
    assert_eq!(refused(&hidden.end()), Some(Refusal::Malformed));
    let mut overlap = Builder::default().entry(b"a.txt", b"1", 0, 0);
    let again = overlap.central.clone();
    overlap.central.extend(again);
    overlap.count += 1;
    assert_eq!(refused(&overlap.end()), Some(Refusal::Malformed));
    let mut broken = good;
    broken[36] ^= 1;
    let (shape, _) = with_context(|context| split(&broken, context)).unwrap();
    assert_eq!(shape.leaves[0].refusal, Some(Refusal::Malformed));
}

#[test]
fn locked_members_cost_only_themselves_unless_all_are() {
    let all = Builder::default().entry(b"a.txt", b"1", 1, 0).end();
    assert_eq!(
        with_context(|context| split(&all, context)).err(),
        Some(Refusal::Encrypted)
    );
    let one = Builder::default()
        .entry(b"a.txt", b"1", 1, 0)
        .entry(b"b.txt", b"2", 0, 0)
        .end();
    let (shape, _) = with_context(|context| split(&one, context)).unwrap();
    assert_eq!(
        shape.leaves.iter().map(|l| l.refusal).collect::<Vec<_>>(),
        [Some(Refusal::Encrypted), None]
    );
}

#[test]
fn links_are_never_followed() {
    let archive = Builder::default()
        .entry(b"a", b"/etc/passwd", 0, 0o120_777 << 16)
        .end();
    let (shape, bytes) = with_context(|context| split(&archive, context)).unwrap();
    assert_eq!(
        (shape.leaves[0].refusal, bytes.len()),
        (Some(Refusal::Forbidden), 0)
    );
    assert_eq!(shape.report.removed[0].what, What::Symlink);
}

#[test]
fn a_bomb_is_withheld_before_it_expands() {
    let zeros = vec![0_u8; 4 << 20];
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(
            "bomb.txt",
            SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Deflated),
        )
        .unwrap();
    writer.write_all(&zeros).unwrap();
    let archive = writer.finish().unwrap().into_inner();
    let (shape, bytes) = with_context(|context| split(&archive, context)).unwrap();
    assert_eq!(
        (shape.leaves[0].refusal, bytes.len()),
        (Some(Refusal::OverBudget), 0)
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) {
        with_context(|context| {
            let _ = split(&bytes, context);
            let _ = verify(&bytes, context, &|_, _| Ok(()));
        });
    }
    #[test]
    fn any_changed_byte_is_judged(at in 0_usize..200, value: u8) {
        let mut archive = Builder::default().entry(b"a.txt", b"hello", 0, 0).entry(b"b.txt", b"hello", 0, 0).end();
        let at = at % archive.len();
        archive[at] = value;
        with_context(|context| { let _ = split(&archive, context); let _ = verify(&archive, context, &|_, _| Ok(())); });
    }
}

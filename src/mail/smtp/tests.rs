//! Tables first: what is said, what is answered. Then every chunking.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn settings() -> Arc<Settings> {
    Arc::new(Settings {
        hostname: "gate.example".into(),
        site: "nishi".into(),
        max_size: 1_000,
        domains: vec![
            ("city.lg.example".into(), vec![]),
            ("town.lg.example".into(), vec!["sato".into()]),
        ],
    })
}

/// What a whole session led to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    codes: Vec<u16>,
    messages: Vec<Vec<u8>>,
    closed: bool,
}

/// Feeds `turns` (a peer that waits for 354 between them), each cut into
/// pieces of `cut` bytes, and answers like a shell with a good disk.
fn play(turns: &[&[u8]], cut: usize) -> Outcome {
    let mut session = Session::new(settings());
    let mut outcome = Outcome::default();
    let mut message = Vec::new();
    for turn in turns {
        for piece in turn.chunks(cut.max(1)) {
            for action in step(&mut session, piece) {
                match action {
                    Action::Reply(reply) => outcome.codes.push(reply.code),
                    Action::Begin(_) => outcome.codes.push(354),
                    Action::Chunk(bytes) => message.extend(bytes),
                    Action::End => {
                        outcome.messages.push(std::mem::take(&mut message));
                        outcome.codes.push(250);
                    }
                    Action::Discard => message.clear(),
                    Action::Close => outcome.closed = true,
                }
            }
        }
    }
    outcome
}

const OPEN: &[u8] = b"EHLO a.example\r\n";
const BEGIN: &[u8] = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<x@city.lg.example>\r\nDATA\r\n";

fn data(bytes: &[u8]) -> Outcome {
    play(&[OPEN, BEGIN, bytes], usize::MAX)
}

fn codes(turns: &[&[u8]]) -> Vec<u16> {
    play(turns, usize::MAX).codes
}

#[test]
fn a_message_is_taken_with_its_dots_unstuffed() {
    for (sent, kept) in [
        (&b".\r\n"[..], &b""[..]),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..first\r\n.\r\n", b".first\r\n"),
        (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
        (b"8bit \xe8\xa1\xa8\r\n.\r\n", b"8bit \xe8\xa1\xa8\r\n"),
    ] {
        let outcome = data(sent);
        assert_eq!(outcome.messages, [kept.to_vec()], "{sent:?}");
        assert_eq!(outcome.codes, [250, 250, 250, 354, 250]);
    }
}

#[test]
fn thirteen_smuggled_ends_never_make_two_messages() {
    let ends: [&[u8]; 13] = [
        b"\n.\n",
        b"\n.\r",
        b"\r.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r.\r\n",
        b"\r\n.\r\r\n",
        b"\r\r\n.\r\r\n",
        b"\r\n.\r\r\r\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r\n.\0\r\n",
        b"\r\n. \r\n",
    ];
    for end in ends {
        let mut sent = b"Subject: one\r\n\r\nx".to_vec();
        sent.extend(end);
        sent.extend(b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<x@city.lg.example>\r\nDATA\r\nsmuggled\r\n.\r\n");
        for cut in [1, 2, 3, 7, usize::MAX] {
            let outcome = play(&[OPEN, BEGIN, &sent], cut);
            if end == b"\r\n. \r\n" {
                // A line of its own, no control bare: one message, the rest is its text.
                assert_eq!(outcome.messages.len(), 1, "{end:?}");
                assert!(outcome.messages[0].ends_with(b"smuggled\r\n"));
            } else {
                assert_eq!(outcome.messages.len(), 0, "{end:?}");
                assert!(outcome.closed, "{end:?}");
                assert_eq!(outcome.codes.last(), Some(&554), "{end:?}");
            }
        }
    }
}

#[test]
fn bare_controls_in_commands_end_the_session() {
    for line in [
        &b"EHLO a\n"[..],
        b"EHLO a\r\r\n",
        b"EH\rLO a\r\n",
        b"EHLO a\0\r\n",
        b"NOOP\nNOOP\r\n",
    ] {
        for cut in [1, usize::MAX] {
            let outcome = play(&[line], cut);
            assert_eq!(
                (outcome.codes, outcome.closed),
                (vec![554], true),
                "{line:?}"
            );
        }
    }
}

#[test]
fn order_and_groups_of_commands_are_kept() {
    assert_eq!(codes(&[b"MAIL FROM:<a@b>\r\n"]), [503]);
    assert_eq!(codes(&[OPEN, b"DATA\r\n"]), [250, 503]);
    assert_eq!(
        codes(&[OPEN, b"RCPT TO:<x@city.lg.example>\r\n"]),
        [250, 503]
    );
    assert_eq!(
        codes(&[OPEN, b"MAIL FROM:<>\r\nMAIL FROM:<>\r\n"]),
        [250, 250, 503]
    );
    assert_eq!(
        codes(&[
            OPEN,
            b"MAIL FROM:<>\r\nRSET\r\nRCPT TO:<x@city.lg.example>\r\n"
        ]),
        [250, 250, 250, 503]
    );
    assert_eq!(codes(&[OPEN, b"MAIL FROM:<>\r\nDATA\r\n"]), [250, 250, 554]);
    // before EHLO's answer, without PIPELINING, and behind DATA
    assert_eq!(codes(&[b"EHLO a\r\nMAIL FROM:<>\r\n"]), [554]);
    assert_eq!(
        codes(&[b"HELO a\r\n", b"MAIL FROM:<>\r\nRSET\r\n"]),
        [250, 554]
    );
    let mut early = BEGIN.to_vec();
    early.extend(b"Subject: too early\r\n");
    let outcome = play(&[OPEN, &early], usize::MAX);
    assert_eq!(
        (outcome.codes, outcome.closed),
        (vec![250, 250, 250, 554], true)
    );
}

#[test]
fn what_is_not_offered_is_refused() {
    for (line, code, closed) in [
        (&b"VRFY sato\r\n"[..], 502, false),
        (b"EXPN all\r\n", 502, false),
        (b"AUTH PLAIN x\r\n", 502, false),
        (b"STARTTLS\r\n", 502, true),
        (b"BDAT 100 LAST\r\nMAIL FROM:<evil@b>\r\n", 502, true),
        (b"XFOO\r\n", 500, false),
        (b"MAIL FROM:<a@b> SMTPUTF8\r\n", 555, false),
        (b"MAIL FROM:<a@b> BODY=BINARYMIME\r\n", 501, false),
        (b"MAIL FROM:<a@b> SIZE=1001\r\n", 552, false),
        (b"MAIL FROM:<a@b> SIZE=99999999999999999999\r\n", 552, false),
        (b"MAIL FROM:<a@b> SIZE=1x\r\n", 501, false),
        (b"MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME\r\n", 250, false),
        ("MAIL FROM:<表@b>\r\n".as_bytes(), 553, false),
        (b"MAIL FROM:<a@b\xff>\r\n", 553, false),
        (b"MAIL FROM:a@b\r\n", 501, false),
        (b"MAIL FROM:<a b@c>\r\n", 553, false),
        (b"MAIL FROM:<@x,@y:a@b>\r\n", 553, false),
        (b"MAIL FROM:<a..b.@docomo.example>\r\n", 250, false),
        (b"MAIL FROM:<\"a b\"@c.example>\r\n", 250, false),
        (b"mail from: <a@b>\r\n", 250, false),
    ] {
        let outcome = play(&[OPEN, line], usize::MAX);
        assert_eq!(outcome.codes[1], code, "{}", String::from_utf8_lossy(line));
        assert_eq!(outcome.closed, closed, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn recipients_are_ours_or_refused() {
    for (path, code) in [
        ("x@city.lg.example", 250),
        ("X.y+z@CITY.LG.EXAMPLE", 250),
        ("postmaster", 250),
        ("sato@town.lg.example", 250),
        ("SATO@town.lg.example", 250),
        ("suzuki@town.lg.example", 550),
        ("x@other.example", 550),
        ("x@sub.city.lg.example", 550),
        ("x%other.example@city.lg.example", 550),
        ("other!x@city.lg.example", 550),
        ("@other.example:x@city.lg.example", 550),
        ("x@other.example@city.lg.example", 550),
        ("\"x\"@city.lg.example", 553),
        ("x@[192.0.2.1]", 553),
        ("x", 553),
        ("", 553),
        ("表@city.lg.example", 553),
    ] {
        let line = format!("RCPT TO:<{path}>\r\n");
        let got = codes(&[OPEN, b"MAIL FROM:<>\r\n", line.as_bytes()]);
        assert_eq!(got[2], code, "{path}");
    }
    assert_eq!(
        codes(&[
            OPEN,
            b"MAIL FROM:<>\r\n",
            b"RCPT TO:<x@city.lg.example> NOTIFY=NEVER\r\n"
        ])[2],
        555
    );
}

#[test]
fn limits_hold() {
    let long = [b"NOOP ".as_slice(), &[b'x'; LONGEST_LINE], b"\r\n"].concat();
    assert_eq!(codes(&[OPEN, &long]), [250, 500]);
    let many: Vec<u8> = (0..=MOST_RECIPIENTS)
        .flat_map(|n| format!("RCPT TO:<u{n}@city.lg.example>\r\n").into_bytes())
        .collect();
    let got = codes(&[OPEN, b"MAIL FROM:<>\r\n", &many]);
    assert_eq!((got.len(), got.last()), (MOST_RECIPIENTS + 3, Some(&452)));
    assert_eq!(
        play(&[OPEN, &b"FOO\r\n".repeat(100)], usize::MAX)
            .codes
            .len(),
        21
    );
    assert!(play(&[OPEN, &b"NOOP\r\n".repeat(100)], usize::MAX).closed);
}

#[test]
fn too_big_and_looping_mail_is_refused_after_its_end() {
    let line = [b'x'; 98].as_slice();
    let mut big: Vec<u8> = Vec::new();
    for _ in 0..11 {
        big.extend(line);
        big.extend(b"\r\n");
    }
    big.extend(b".\r\nNOOP\r\n");
    for cut in [1, 333, usize::MAX] {
        let outcome = play(&[OPEN, BEGIN, &big], cut);
        assert_eq!(
            (outcome.messages.len(), &outcome.codes[4..]),
            (0, &[552, 250][..]),
            "{cut}"
        );
    }
    let mut looping = b"Received: x\r\n".repeat(51);
    looping.extend(b"\r\n.\r\n");
    let mut session = Session::new(Arc::new(Settings {
        max_size: 10_000,
        ..(*settings()).clone()
    }));
    for turn in [OPEN, BEGIN, &looping] {
        let actions = step(&mut session, turn);
        if turn == looping {
            assert_eq!(actions.last(), Some(&Action::Reply(reply::LOOP.into())));
            assert!(!actions.contains(&Action::End));
        }
    }
    assert_eq!(
        data(b"X-Sekimori-Id: nishi-1-2\r\n\r\n.\r\n").codes.last(),
        Some(&554)
    );
    assert_eq!(
        data(b"X-Sekimori-Id: higashi-1-2\r\n\r\n.\r\n")
            .codes
            .last(),
        Some(&250)
    );
    assert_eq!(
        data(b"\r\nX-Sekimori-Id: nishi-1-2\r\n.\r\n").codes.last(),
        Some(&250)
    );
}

#[test]
fn no_room_and_not_ready_are_temporary() {
    let mut session = Session::new(settings());
    step(&mut session, OPEN);
    session.set_readiness(Readiness::NoRoom);
    assert_eq!(
        step(&mut session, b"MAIL FROM:<>\r\n"),
        [Action::Reply(reply::NO_ROOM.into())]
    );
    session.set_readiness(Readiness::NotReady);
    assert_eq!(
        step(&mut session, b"MAIL FROM:<>\r\n"),
        [Action::Reply(reply::NOT_READY.into())]
    );
    session.set_readiness(Readiness::Ready);
    step(&mut session, BEGIN);
    assert!(session.in_data());
    session.decline();
    assert_eq!(step(&mut session, b"QUIT\r\n").last(), Some(&Action::Close));
}

proptest! {
    /// Whoever cuts the stream, and wherever: the same message, the same
    /// answers. (Only the edges of a turn matter, where the peer must wait.)
    #[test]
    fn any_chunking_gives_the_same_outcome(
        body in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a'), Just(0u8)], 0..40),
        canonical in any::<bool>(),
        cut in 1usize..20,
    ) {
        let mut sent: Vec<u8> = if canonical {
            body.iter().flat_map(|&b| if b == b'\n' { b"\r\n".to_vec() } else if b == b'\r' || b == 0 { vec![b'b'] } else { vec![b] }).collect()
        } else {
            body
        };
        sent.extend(b"\r\n.\r\nQUIT\r\n");
        let whole = play(&[OPEN, BEGIN, &sent], usize::MAX);
        let cut = play(&[OPEN, BEGIN, &sent], cut);
        prop_assert_eq!(&whole.messages, &cut.messages);
        prop_assert_eq!(whole.closed, cut.closed);
        prop_assert!(whole.messages.len() <= 1 || canonical);
        for message in &whole.messages {
            let text = String::from_utf8(message.clone()).unwrap().replace("\r\n", "");
            prop_assert!(!text.contains(['\r', '\n', '\0']));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5)) {
        let mut session = Session::new(settings());
        for piece in [OPEN, BEGIN].into_iter().chain(pieces.iter().map(Vec::as_slice)) {
            step(&mut session, piece);
        }
    }
}

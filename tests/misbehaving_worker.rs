//! A worker that does what its input orders: the parent must survive it.
//! Input that does not begin with `MISBEHAVE ` goes to the real `serve`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // it is meant to fall

use std::process::ExitCode;

use sekimori::sanitise::protocol::{Job, Leaf, Place, Range, Reply, Shape, Task};
use sekimori::sanitise::{Fonts, Kind, Report, Treatment};

fn serve(job: &Job, input: &[u8], fonts: &Fonts) -> (Reply, Vec<u8>) {
    let order = std::str::from_utf8(input)
        .ok()
        .and_then(|text| text.strip_prefix("MISBEHAVE "));
    let Some(order) = order else {
        return sekimori::sanitise::serve(job, input, fonts);
    };
    let mut words = order.split_whitespace();
    match words.next().unwrap_or_default() {
        "panic" => panic!("on order"),
        "abort" => std::process::abort(),
        "hang" => loop {
            std::hint::spin_loop();
        },
        "exit" => std::process::exit(0),
        "allocate" => {
            let hoard: Vec<Vec<u8>> = (0..100_000).map(|_| vec![1_u8; 1 << 20]).collect();
            (Reply::Treated(Report::default()), vec![hoard.len() as u8])
        }
        "flood" => (Reply::Treated(Report::default()), vec![b'x'; 64 << 20]),
        "overflow" => overflow(0),
        "call" => {
            let number = words.next().unwrap().parse().unwrap();
            let result = sekimori::sys::try_system_call(number);
            (
                Reply::Treated(Report::default()),
                format!("{result:?}").into_bytes(),
            )
        }
        "environment" => (
            Reply::Treated(Report::default()),
            format!("{:?}", std::env::vars_os().count()).into(),
        ),
        "lie-kind" => (Reply::Identified(Kind::Text), Vec::new()),
        "lie-range" => {
            let leaf = Leaf {
                place: Place::Body,
                untrusted_name: String::new(),
                untrusted_claimed: String::new(),
                untrusted_id: None,
                charset: None,
                kind: Kind::Text,
                range: Range {
                    offset: 0,
                    length: 1 << 40,
                },
                refusal: None,
            };
            (
                Reply::Split(Box::new(Shape {
                    leaves: vec![leaf],
                    ..Shape::default()
                })),
                Vec::new(),
            )
        }
        // Says that it rebuilt, and hands back what it likes.
        "lie-content" => (
            Reply::Treated(Report::default()),
            b"MZ\x90\0 not what was asked".to_vec(),
        ),
        // Draws the PDF of the next lines, whatever was ordered.
        "lie-treatment" => {
            let job = Job {
                task: Task::Treat {
                    kind: Kind::Pdf,
                    treatment: Treatment::Rebuild,
                    charset: None,
                    pictures: Vec::new(),
                },
                limits: job.limits.clone(),
            };
            let (_, pdf) = order.split_once('\n').unwrap();
            sekimori::sanitise::serve(&job, pdf.as_bytes(), fonts)
        }
        other => panic!("unknown order {other}"),
    }
}

fn overflow(depth: u64) -> (Reply, Vec<u8>) {
    if std::hint::black_box(depth) == u64::MAX {
        return (Reply::Verified, Vec::new());
    }
    let weight = std::hint::black_box([depth; 1024]);
    let (reply, mut bytes) = overflow(depth + 1);
    bytes.push(weight[1023] as u8);
    (reply, bytes)
}

fn main() -> ExitCode {
    sekimori::sandbox::program::main(serve)
}

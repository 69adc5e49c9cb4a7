//! A worker that does what its input orders: the parent must survive it.
//! Input that does not begin with `MISBEHAVE ` goes to the real `serve`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // it is meant to fall

use std::fs;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use sekimori::policy::Limits;
use sekimori::sandbox::office;
use sekimori::sanitise::protocol::{Beside, Job, Leaf, Place, Range, Reply, Shape, Task};
use sekimori::sanitise::{Fonts, Kind, Report, Treatment};
use sekimori::sys::Forked;

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
                    beside: Beside::default(),
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

/// Looks around where LibreOffice runs, and tells one line for each thing tried.
fn look_around(uid: Option<u32>) {
    let limits = Limits {
        expanded_bytes: 8 << 20,
        ..Limits::default()
    };
    if let Err(failed) = office::lock_up(&limits, uid) {
        println!("not locked: {failed:?}");
        return;
    }
    let tell = |what: &str, error: Option<std::io::Error>| match error {
        None => println!("{what}: yes"),
        Some(error) => println!("{what}: {}", error.kind()),
    };
    tell("list /", fs::read_dir("/").err());
    println!(
        "powers: {}",
        caps::read(None, caps::CapSet::Effective).unwrap().len()
    );
    for path in [
        "/job/made",
        "/made",
        "/etc/fonts/made",
        "/usr/lib/libreoffice/made",
        "/usr/share/fonts/made",
        "/var/cache/fontconfig/made",
        "/dev/made",
    ] {
        tell(
            &format!("write {path}"),
            fs::write(path, "#!/bin/true").err(),
        );
    }
    tell("write /dev/null", fs::write("/dev/null", "x").err());
    for path in ["/etc/passwd", "/proc/self/status", "/usr/bin/env", "/root"] {
        tell(&format!("see {path}"), fs::metadata(path).err());
    }
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions("/job/made", executable).unwrap();
    tell("execute /job/made", Some(Command::new("/job/made").exec()));
    tell(
        "speak TCP",
        std::net::TcpStream::connect("127.0.0.1:25").err(),
    );
    tell(
        "become root",
        nix::unistd::setgroups(&[nix::unistd::Gid::from_raw(0)])
            .err()
            .map(Into::into),
    );
    let filled = (0..4).map(|n| fs::write(format!("/job/{n}"), vec![1; 4 << 20]));
    tell(
        "fill more than its folder",
        filled.filter_map(Result::err).next(),
    );
    let hoard = Vec::<u8>::new().try_reserve_exact(2 << 30);
    println!("take two gigabytes: {}", hoard.is_ok());
}

/// `world UID`, `world -` inside a user namespace.
fn world(uid: Option<u32>) -> ExitCode {
    match sekimori::sys::fork_into(office::NAMESPACES).unwrap() {
        Forked::Child => {
            look_around(uid);
            sekimori::sys::exit_now(0)
        }
        Forked::Parent { pidfd, .. } => {
            nix::sys::wait::waitid(
                nix::sys::wait::Id::PIDFd(pidfd.as_fd()),
                nix::sys::wait::WaitPidFlag::WEXITED,
            )
            .unwrap();
            ExitCode::SUCCESS
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, uid] = words.as_slice()
        && first == "world"
    {
        return world(uid.parse().ok());
    }
    sekimori::sandbox::program::main(serve)
}

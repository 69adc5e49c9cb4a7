//! `sekimori flow denied --pcap FILE`: the first bytes of denied packets, as
//! Wireshark and tcpdump read them. For root alone; bounded in number, in
//! bytes a packet and in time.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{DONE, Globals};
use crate::policy::text::Text;
use crate::segment::netlink::nflog::SNAP;

/// How often the role is asked for more.
const EVERY: Duration = Duration::from_millis(200);

/// Packets that one file may hold.
const MOST: usize = 100_000;

#[derive(Deserialize)]
struct Captured {
    next: u64,
    packets: Vec<Packet>,
}

#[derive(Deserialize)]
struct Packet {
    at: Timestamp,
    bytes: String,
}

/// Runs the command.
pub(super) fn run(globals: &Globals, file: &Path, count: usize, seconds: Option<u16>) -> ExitCode {
    match try_run(globals, file, count.min(MOST), seconds) {
        Ok(written) if globals.json => {
            println!("{}", json!({ "packets": written }));
            ExitCode::from(DONE)
        }
        Ok(written) => {
            let shown = file.display();
            let text = Text::new(
                format!("{written} パケットの先頭 {SNAP} バイトを {shown} に書きました。"),
                format!("wrote the first {SNAP} bytes of {written} packets to {shown}."),
            );
            println!("{}", text.get(globals.lang));
            ExitCode::from(DONE)
        }
        Err(error) => {
            let shown = file.display();
            globals.fail(&Text::new(
                format!("パケットを書き出せません ({shown}): {error}"),
                format!("packets cannot be written ({shown}): {error}"),
            ))
        }
    }
}

fn try_run(
    globals: &Globals,
    file: &Path,
    count: usize,
    seconds: Option<u16>,
) -> io::Result<usize> {
    let ask = |after: Option<u64>| -> io::Result<Captured> {
        let request = json!({ "command": "capture", "after": after });
        let answer = crate::run::ask(&globals.runtime, "segment", &request)?;
        let answer = answer.ok_or_else(|| io::Error::other("the segment role does not run"))?;
        Ok(serde_json::from_value(answer)?)
    };
    // Packets may hold anybody's words: for the owner of the file alone.
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    out.write_all(&file_header())?;
    let mut written = 0;
    let Some(seconds) = seconds else {
        let captured = ask(Some(0))?;
        let skip = captured.packets.len().saturating_sub(count);
        for packet in captured.packets.iter().skip(skip) {
            write_packet(&mut out, packet)?;
            written += 1;
        }
        return Ok(written);
    };
    let mut next = ask(None)?.next;
    let end = Instant::now() + Duration::from_secs(u64::from(seconds));
    while written < count && Instant::now() < end {
        std::thread::sleep(EVERY.min(end.saturating_duration_since(Instant::now())));
        let captured = ask(Some(next))?;
        next = captured.next;
        for packet in captured.packets.iter().take(count - written) {
            write_packet(&mut out, packet)?;
            written += 1;
        }
    }
    Ok(written)
}

/// Classic pcap, microseconds, raw IP (link type 101): 24 bytes.
fn file_header() -> Vec<u8> {
    let mut header = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    header.extend_from_slice(&2_u16.to_le_bytes());
    header.extend_from_slice(&4_u16.to_le_bytes());
    header.extend_from_slice(&[0; 8]); // UTC; accuracy not told
    // Strict readers refuse a packet that was longer than the limit told here.
    header.extend_from_slice(&u32::from(u16::MAX).to_le_bytes());
    header.extend_from_slice(&101_u32.to_le_bytes());
    header
}

fn write_packet(out: &mut impl io::Write, packet: &Packet) -> io::Result<()> {
    let bytes = STANDARD.decode(&packet.bytes).map_err(io::Error::other)?;
    let kept = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let whole = whole_length(&bytes).unwrap_or(kept).max(kept);
    let seconds = u32::try_from(packet.at.as_second()).unwrap_or(0);
    let micros = u32::try_from(packet.at.subsec_microsecond()).unwrap_or(0);
    for number in [seconds, micros, kept, whole] {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&bytes)
}

/// How long the packet was on the wire, by its own header.
fn whole_length(bytes: &[u8]) -> Option<u32> {
    let two = |place: usize| {
        let two = bytes.get(place..)?.first_chunk()?;
        Some(u32::from(u16::from_be_bytes(*two)))
    };
    match bytes.first()? >> 4 {
        4 => two(2),
        6 => two(4)?.checked_add(40),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_read_by_an_independent_reader() {
        let packet = Packet {
            at: "2026-11-25T01:02:03.000456Z".parse().unwrap(),
            bytes: STANDARD.encode([&[0x45, 0, 1, 0][..], &[7; 60]].concat()),
        };
        let mut file = file_header();
        write_packet(&mut file, &packet).unwrap();
        let mut reader = pcap_file::pcap::PcapReader::new(&file[..]).unwrap();
        assert_eq!(reader.header().datalink, pcap_file::DataLink::RAW);
        let read = reader.next_packet().unwrap().unwrap();
        assert_eq!(read.timestamp.as_micros() % 1_000_000, 456);
        assert_eq!((read.orig_len, read.data.len()), (256, 64));
        assert!(reader.next_packet().is_none());
    }
}

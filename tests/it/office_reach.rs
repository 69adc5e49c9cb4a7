//! The office stage reaches nobody and writes nothing outside its folder,
//! whatever a document asks for. Each silence has a control: the same document
//! and the same LibreOffice, without the walls, do what is asked.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use sekimori::policy::Limits;
use sekimori::sanitise::stage::Conversion;
use sekimori::sanitise::{Kind, Treatment};

use super::office::{stage, untrusted};
use super::office_files::{
    opened_without_walls, picture_outside, template_outside, with_basic, with_macro, without_walls,
};

/// An address of this machine, and who knocks at it.
struct Door {
    address: SocketAddr,
    knocks: Receiver<SocketAddr>,
}

impl Door {
    fn open() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap();
        let (tell, knocks) = channel();
        std::thread::spawn(move || {
            while let Ok((_, visitor)) = door.accept() {
                if tell.send(visitor).is_err() {
                    return;
                }
            }
        });
        Self { address, knocks }
    }

    /// Nobody came before this visit of our own, which is seen.
    fn was_quiet(&self) -> bool {
        let own = TcpStream::connect(self.address).unwrap();
        self.knocks.recv().unwrap() == own.local_addr().unwrap()
    }

    /// Somebody comes, if need be later.
    fn is_knocked_at(&self) -> bool {
        self.knocks.recv_timeout(Duration::from_mins(1)).is_ok()
    }
}

/// As it came, straight into the stage: the walls alone have to hold.
fn packets_in_the_stage(hostile: &[u8], kind: Kind) -> Option<u64> {
    let flatten = Conversion::of(kind, Treatment::Flatten).unwrap();
    let converted = stage()?.convert(&untrusted(hostile), flatten, &Limits::default());
    let account = converted.unwrap().account;
    assert!(account.interfaces >= 1, "the loopback was counted");
    Some(account.packets)
}

/// In a folder that anybody may write to.
fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    folder
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// LibreOffice asks for a linked picture, and for the template of a document of
/// its own; for that of a docx it does not.
#[test]
fn a_picture_and_a_template_outside_make_no_packet() {
    type Hostile = fn(&str) -> Vec<u8>;
    let cases: [(&str, Kind, Hostile); 2] = [
        ("a.docx", Kind::Word, picture_outside),
        ("a.odt", Kind::OdfText, template_outside),
    ];
    for (name, kind, hostile) in cases {
        let door = Door::open();
        let hostile = hostile(&door.address.to_string());
        let Some(packets) = packets_in_the_stage(&hostile, kind) else {
            return;
        };
        assert_eq!(packets, 0, "{name}");
        assert!(door.was_quiet(), "{name}");
        let folder = tempfile::tempdir().unwrap();
        let source = written(folder.path(), name, &hostile);
        without_walls(folder.path(), &source, "pdf");
        assert!(door.is_knocked_at(), "{name}: it would have asked");
    }
}

/// The macro writes a file and asks an address as soon as the document is open.
#[test]
fn a_macro_at_open_makes_no_file_and_no_packet() {
    let (folder, door) = (open_folder(), Door::open());
    let made = folder.path().join("made.txt");
    let hostile = with_basic(&made, &door.address.to_string());
    let Some(packets) = packets_in_the_stage(&hostile, Kind::OdfText) else {
        return;
    };
    assert_eq!(packets, 0);
    assert!(door.was_quiet());
    assert!(!made.exists());
    // Opened by somebody who lets macros run, it does both.
    let source = written(folder.path(), "source.odt", &hostile);
    let mut office = opened_without_walls(folder.path(), &source);
    let knocked = door.is_knocked_at();
    office.kill().unwrap();
    office.wait().unwrap();
    assert!(knocked, "the macro runs, and asks");
    assert_eq!(std::fs::read_to_string(&made).unwrap().trim(), "ran");
}

/// Of Word's macros LibreOffice runs none here, walls or not: the control is
/// that it is one that it reads and keeps.
#[test]
fn a_macro_of_word_makes_no_file_and_no_packet() {
    let folder = open_folder();
    let made = folder.path().join("made.txt");
    let hostile = with_macro(&made);
    let Some(packets) = packets_in_the_stage(&hostile, Kind::Word) else {
        return;
    };
    assert_eq!(packets, 0);
    assert!(!made.exists());
    let source = written(folder.path(), "source.docm", &hostile);
    without_walls(folder.path(), &source, "odt");
    let kept = std::fs::File::open(folder.path().join("source.odt")).unwrap();
    let kept = zip::ZipArchive::new(kept).unwrap();
    let mut names = kept.file_names().flatten();
    assert!(names.any(|name| name.contains("Basic/VBAProject/Module1")));
}

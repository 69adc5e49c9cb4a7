//! The world of one job: a root of its own in memory, with a handful of folders
//! of this machine in it, read-only, and one private folder that can be written,
//! of bounded size. No `/proc`, no `/sys`, no `/etc/passwd`, no program but
//! LibreOffice and its libraries. When the last process in it ends it is gone.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, PathBeneath, PathFd, RulesetCreated,
    RulesetCreatedAttr as _, RulesetError,
};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};

use crate::sandbox::confine::{self, Failed};

/// The one folder that can be written.
pub(super) const WORK: &str = "/job";

/// Where the new root is put together; covered, not changed, and only in this
/// job's own mount namespace.
const SITE: &str = "/tmp";

/// Folders with code: the only ones from which anything can be executed.
const CODE: &[&str] = &["/usr/lib/libreoffice", concat_lib()];

/// Folders that are read, where the machine has them.
const READ: &[&str] = &[
    "/etc/fonts",
    "/etc/libreoffice",
    "/usr/lib64",
    "/usr/local/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/share/libreoffice",
    "/var/cache/fontconfig",
];

/// Links of a merged `/usr`.
const LINKS: &[(&str, &str)] = &[
    ("lib", "usr/lib"),
    ("lib64", "usr/lib64"),
    ("tmp", "job/tmp"),
];

/// The numbers in a PDF's identifier, and where words go that nobody reads.
const DEVICES: &[&str] = &["/dev/null", "/dev/urandom"];

/// Debian's folder for the libraries of this architecture.
const fn concat_lib() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "/usr/lib/aarch64-linux-gnu"
    } else {
        "/usr/lib/x86_64-linux-gnu"
    }
}

/// Puts the new root together and enters it; there is no way back. `owner` is
/// whom the private folder belongs to, `bytes` the most that it holds.
pub(super) fn enter(owner: u32, bytes: u64) -> Result<(), Failed> {
    let none = None::<&str>;
    // Nothing done here is seen outside.
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .map_err(Failed::at("private mounts"))?;
    let inert = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let root = "size=64k,nr_inodes=100,mode=755";
    mount(Some("tmpfs"), SITE, Some("tmpfs"), inert, Some(root)).map_err(Failed::at("root"))?;
    for folder in CODE.iter().chain(READ) {
        show_folder(Path::new(folder)).map_err(Failed::at("system folders"))?;
    }
    for device in DEVICES {
        show_device(Path::new(device)).map_err(Failed::at("devices"))?;
    }
    for (link, target) in LINKS {
        std::os::unix::fs::symlink(target, within(Path::new(link))).map_err(Failed::at("links"))?;
    }
    let work = within(Path::new(WORK));
    fs::create_dir(&work).map_err(Failed::at("private folder"))?;
    let private = format!("size={bytes},nr_inodes=4096,mode=700,uid={owner},gid={owner}");
    mount(
        Some("tmpfs"),
        &work,
        Some("tmpfs"),
        inert,
        Some(private.as_str()),
    )
    .map_err(Failed::at("private folder"))?;
    restrict(Path::new(SITE), libc::MOUNT_ATTR_RDONLY, false).map_err(Failed::at("root"))?;
    chdir(SITE).map_err(Failed::at("pivot_root"))?;
    // The old root lands on top of the new one, and is taken off.
    pivot_root(".", ".").map_err(Failed::at("pivot_root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(Failed::at("old root"))?;
    chdir("/").map_err(Failed::at("chdir"))
}

/// `path` as it lies in the root that is being put together.
fn within(path: &Path) -> PathBuf {
    Path::new(SITE).join(path.strip_prefix("/").unwrap_or(path))
}

/// Shows a folder of this machine at its own place, read-only with all that is
/// mounted in it. What the machine does not have is not there.
fn show_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let place = within(folder);
    fs::create_dir_all(&place)?;
    bind(folder, &place)?;
    let read = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
    restrict(&place, read, true)
}

fn show_device(device: &Path) -> io::Result<()> {
    let place = within(device);
    fs::create_dir_all(place.parent().unwrap_or(Path::new(SITE)))?;
    fs::File::create_new(&place)?;
    bind(device, &place)?;
    restrict(
        &place,
        libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
        false,
    )
}

fn bind(from: &Path, to: &Path) -> io::Result<()> {
    let none = None::<&str>;
    Ok(mount(
        Some(from),
        to,
        none,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        none,
    )?)
}

fn restrict(place: &Path, attributes: u64, all: bool) -> io::Result<()> {
    let place = CString::new(place.as_os_str().as_bytes())?;
    crate::sys::restrict_mount(&place, attributes, all)
}

/// The same once more, by another part of the kernel: system folders are read,
/// code is executed, the private folder is written and never executed.
pub(super) fn fence() -> Result<(), Failed> {
    confine::enforce(ruleset().map_err(confine::landlock_failed)?)
}

fn ruleset() -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let written = AccessFs::from_all(ABI::V5)
        & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    let mut ruleset = permit(confine::all_forbidden()?, CODE, read | AccessFs::Execute)?;
    ruleset = permit(ruleset, READ, read)?;
    ruleset = permit(ruleset, DEVICES, AccessFs::ReadFile | AccessFs::WriteFile)?;
    permit(ruleset, &[WORK], written)
}

fn permit(
    mut ruleset: RulesetCreated,
    places: &[&str],
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for place in places {
        // What the machine does not have needs no permission.
        if let Ok(place) = PathFd::new(place) {
            ruleset = ruleset.add_rule(PathBeneath::new(place, access))?;
        }
    }
    Ok(ruleset)
}

//! Inside a worker, after the door is locked: read the job and the input,
//! serve, write the output and last of all the reply.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, IntoRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;

use crate::sanitise::Fonts;
use crate::sanitise::protocol::{Job, Reply};

/// Job and input in, reply and output out. `sanitise::serve` in the product;
/// the test worker has another.
pub type Serve = fn(&Job, &[u8], &Fonts) -> (Reply, Vec<u8>);

/// The longest job a worker reads, bytes (a `Join` of 20,000 names fits).
const LONGEST_JOB: u64 = 32 << 20;

/// The four descriptors, moved to the numbers that confinement keeps.
#[derive(Debug)]
pub struct Desk {
    job: File,
    input: File,
    output: File,
    reply: File,
}

impl Desk {
    /// Puts the descriptors at 3 to 6, so that everything above can be closed,
    /// and `/dev/null` at 2.
    ///
    /// # Errors
    /// When there are not exactly four, or dup3(2) fails.
    pub fn take(descriptors: Vec<OwnedFd>) -> io::Result<Self> {
        // No word of a worker's reaches our log: it has /dev/null there too.
        nix::unistd::dup2_stderr(io::stdout())?;
        // First out of the way of 3-6, then into place.
        let mut high = Vec::new();
        for descriptor in &descriptors {
            let argument = nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(100);
            high.push(crate::sys::own(nix::fcntl::fcntl(
                descriptor.as_fd(),
                argument,
            )?));
        }
        for old in descriptors {
            // Given up to close_range: whatever has its number then is ours.
            let _ = old.into_raw_fd();
        }
        let mut place = |number: i32| -> io::Result<File> {
            if high.is_empty() {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            let source = high.remove(0);
            let mut target = crate::sys::own(number);
            nix::unistd::dup3(source.as_fd(), &mut target, nix::fcntl::OFlag::empty())?;
            Ok(File::from(target))
        };
        Ok(Self {
            job: place(3)?,
            input: place(4)?,
            output: place(5)?,
            reply: place(6)?,
        })
    }
}

impl Desk {
    /// Input, output and reply, for a process that is given no job to read.
    pub(super) fn without_job(self) -> (File, File, File) {
        (self.input, self.output, self.reply)
    }
}

/// Does the one job.
///
/// # Errors
/// Anything that kept the reply from being written; the parent then takes
/// the worker for lost.
pub fn work(mut desk: Desk, serve: Serve, fonts: &Fonts) -> io::Result<()> {
    let job: Job = serde_json::from_slice(&whole(&desk.job, LONGEST_JOB)?)?;
    let input = whole(&desk.input, u64::MAX)?;
    let (reply, output) = serve(&job, &input, fonts);
    desk.output.write_all(&output)?;
    desk.reply.write_all(&serde_json::to_vec(&reply)?)
}

/// All bytes of `file`, by place: its offset is shared with other holders.
fn whole(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    if length > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

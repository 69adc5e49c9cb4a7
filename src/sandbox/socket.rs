//! Messages with descriptors over `SOCK_SEQPACKET`: one message, one datagram,
//! never longer than `LONGEST_MESSAGE`, never more than four descriptors.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::order::LONGEST_MESSAGE;

/// A job's descriptors: job, input, output, reply.
pub const DESCRIPTORS: usize = 4;

/// Sends `message` with `descriptors`.
///
/// # Errors
/// What sendmsg(2) says; `InvalidInput` for a message that is too long.
pub fn send<T: Serialize>(
    socket: BorrowedFd<'_>,
    message: &T,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    if bytes.len() > LONGEST_MESSAGE {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let raw: Vec<_> = descriptors.iter().map(|fd| fd.as_raw_fd()).collect();
    let control = if raw.is_empty() {
        Vec::new()
    } else {
        vec![ControlMessage::ScmRights(&raw)]
    };
    sendmsg::<()>(
        socket.as_raw_fd(),
        &[IoSlice::new(&bytes)],
        &control,
        MsgFlags::MSG_NOSIGNAL,
        None,
    )?;
    Ok(())
}

/// Receives one message with its descriptors.
///
/// # Errors
/// `UnexpectedEof` when the peer is gone; `InvalidData` for anything that is
/// not one whole message.
pub fn receive<T: DeserializeOwned>(socket: BorrowedFd<'_>) -> io::Result<(T, Vec<OwnedFd>)> {
    let mut bytes = [0_u8; LONGEST_MESSAGE];
    let mut control = nix::cmsg_space!([std::os::fd::RawFd; DESCRIPTORS]);
    let (length, flags, descriptors) = {
        let mut buffers = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut buffers,
            Some(&mut control),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )?;
        let mut descriptors = Vec::new();
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(rights) = message {
                descriptors.extend(rights.into_iter().map(crate::sys::own));
            }
        }
        (received.bytes, received.flags, descriptors)
    };
    if length == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if flags.intersects(MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let message = bytes.get(..length).ok_or(io::ErrorKind::InvalidData)?;
    Ok((serde_json::from_slice(message)?, descriptors))
}

//! Every original, sealed.
//!
//! ```text
//! DATA --bytes--> seal::SealWriter --file--> spool/received/<id>
//!                                                 |  hard link, same inode
//!                                                 +--> quarantine/<id>      (store::Store)
//! ```
//!
//! Promised: whoever reads the disk without the site key learns sizes and
//! times, nothing else; whoever changes one byte, cuts or swaps chunks gets
//! an error from the reader, never other plain text.
//!
//! Absent on purpose: release, request and the password flow (a later
//! version); so nothing here gives an original to anyone but a worker.

pub mod id;
pub mod seal;
pub mod store;

pub use id::MailId;
pub use seal::{Opened, SealError, SealWriter, SiteKey};
pub use store::Store;

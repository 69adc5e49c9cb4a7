//! The proving ground: what tests and benches of FLOW 1 stand on.
//!
//! ```text
//! Net      namespaces: the gateway and one host on each side, gone with the thread
//! Flood    packets that no flow allows, as fast as wanted, for as long as something runs
//! Siege    such a flood through the gateway, counted before and behind it
//! Seen     how many frames of a kind reach a namespace, counted before its own rules
//! Echo     a server, and clients that open connection after connection
//! Heartbeat  one connection that lasts, and since when it is silent
//! Town     a register with any number of flows, and the same flows as linear rules
//! policies policies by chance, for the compiler and its judge
//! Court    kernel and evaluator about the same packets, by chance
//! Gateway  the real program with a state folder of its own; its role can be killed
//! ```
//!
//! Absent on purpose: anything that decides. Everything here fails loudly at
//! the first surprise, because a harness that carries on proves nothing.

mod agreement;
mod connections;
mod count;
mod flood;
mod gateway;
mod heartbeat;
mod kills;
mod net;
pub mod policies;
mod siege;
mod town;

pub use agreement::{Agreement, Court};
pub use connections::{Connections, Echo, connect_for};
pub use count::{Seen, received};
pub use flood::{Flooded, flooded};
pub use gateway::{Gateway, Role};
pub use heartbeat::Heartbeat;
pub use kills::{Kills, kill_at_random};
pub use net::{Net, Side, THREE_SIDES, another_boot, ip};
pub use siege::{Outcome, Siege};
pub use town::{CLIENTS, SERVER, SIDES, Town};

//! Tapes over the namespaces of Office Open XML.

use super::space::Space;
use crate::sanitise::office::tape;

pub(super) type Tape = tape::Tape<Space>;
pub(super) type Node = tape::Node<Space>;
pub(super) type Open = tape::Open<Space>;

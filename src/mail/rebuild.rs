//! STAND-IN: branch `text` brings the real one.
use super::envelope::Envelope;
use super::treat::Treated;
use crate::policy::Policy;
use crate::sanitise::protocol::{Headers, Place};
use crate::sanitise::{Refusal, Report};
use jiff::Timestamp;
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // stand-in
pub struct RebuildInput<'a> {
    pub policy: &'a Policy,
    pub envelope: &'a Envelope,
    pub variant: u32,
    pub headers: &'a Headers,
    pub report: &'a Report,
    pub treated: &'a [(Place, Treated)],
    pub now: Timestamp,
}
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // stand-in
pub struct HeldInput<'a> {
    pub policy: &'a Policy,
    pub envelope: &'a Envelope,
    pub headers: Option<&'a Headers>,
    pub reason: Refusal,
    pub now: Timestamp,
}
pub(super) fn write(_input: &RebuildInput<'_>) -> Vec<u8> {
    Vec::new()
}
pub(super) fn write_held(_input: &HeldInput<'_>) -> Vec<u8> {
    Vec::new()
}

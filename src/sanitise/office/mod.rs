//! What the packages of office programs have in common, Office Open XML and
//! OpenDocument alike: a ZIP read strictly and written in one form, XML of
//! known names as a tape, pictures coded anew and numbered, links and functions.
//! RTF shares the pictures and the count of words.
//!
//! `verify` is for verifiers only and shares nothing with the rest.

pub(in crate::sanitise) mod calculation;
pub(in crate::sanitise) mod closeness;
pub(in crate::sanitise) mod link;
mod marks;
pub(in crate::sanitise) mod markup;
pub(in crate::sanitise) mod picture;
mod prefixes;
pub(in crate::sanitise) mod reading;
pub(in crate::sanitise) mod rows;
pub(in crate::sanitise) mod scrap;
pub(in crate::sanitise) mod source;
pub(in crate::sanitise) mod tape;
pub(in crate::sanitise) mod verify;
pub(in crate::sanitise) mod vocabulary;
pub(in crate::sanitise) mod zip_file;
pub(in crate::sanitise) mod zip_view;

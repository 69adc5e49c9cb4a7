//! One binary for all integration tests: every extra one is another link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // tests stop at the first surprise

mod attestation;
mod audit;
mod commands;
mod crash;
mod diagnostics;
mod faults;
mod flow_change;
mod flow_list;
mod japanese;
mod letter;
mod mail;
mod moments;
mod mutation;
mod odf;
mod office;
mod office_files;
mod office_reach;
mod office_xlsb;
mod ole;
mod ooxml;
mod pages_and_pictures;
mod policy;
mod policy_facts;
mod policy_sets;
mod probe;
mod probe_outside;
mod qr_codes;
mod rtf;
mod sandbox;
mod segment;
mod segment_agreement;
mod segment_cli;
mod segment_delta;
mod segment_denials;
mod segment_forged;
mod segment_forms;
mod segment_judge;
mod segment_leaks;
mod segment_net;
mod segment_netlink;
mod segment_netns;
mod segment_observed;
mod segment_plug;
mod segment_policy;
mod segment_role;
mod segment_sessions;
mod segment_traffic;
mod segment_trial;
mod systemd;
mod text_corpus;
mod wishes;
mod xlsb;

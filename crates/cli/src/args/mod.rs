//! Groups of options that several commands have.

pub mod binary;
pub mod chunks;
pub mod connection;
pub mod duration;
pub mod envelope;
pub mod events;
pub mod filter;
pub mod input;
pub mod kind;
pub mod layers;
pub mod out_path;
pub mod output;
pub mod ring;
pub mod show;
pub mod size;
pub mod slices;
pub mod sources;
pub mod threads;
pub mod unpack;
pub mod version;

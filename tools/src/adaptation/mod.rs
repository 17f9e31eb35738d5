//! Adapting a base to a language: the methods, the budget they keep to, and the file of what changed.

pub(crate) mod adapter;
pub(crate) mod budget;
pub(crate) mod drawing;
mod fine_tuning;
mod fish_mask;
mod form;
pub(crate) mod method;
mod pac_net;
pub(crate) mod session;
pub(crate) mod stages;
mod swr;
mod taps;

pub(crate) use adapter::Adapter;
pub(crate) use method::Method;

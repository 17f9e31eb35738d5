//! Adapting a base to a language: the methods, the budget they keep to, and the file of what changed.

pub(crate) mod adapter;
mod budget;
mod change;
pub(crate) mod drawing;
mod form;
mod method;
mod methods;
pub(crate) mod session;
pub(crate) mod stages;
mod task;

pub(crate) use adapter::Adapter;
pub(crate) use method::Method;

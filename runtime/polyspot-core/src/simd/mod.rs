//! The processor's vector instructions, and numbers laid out for them.

mod aligned;
mod instructions;

pub(crate) use aligned::Aligned;
pub use instructions::Instructions;

//! The number by which a program knows that header and library fit together.

/// Number of the binary interface: it changes when a program must be compiled anew, and is the number in the name
/// `libpolyspot.so.1`. Compare it with what `polyspot_version` gives.
pub const POLYSPOT_ABI: u32 = 1;

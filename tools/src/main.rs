//! The program `polyspot-tools`.

fn main() {}

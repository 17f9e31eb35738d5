//! The program `polyspot`.

fn main() {}

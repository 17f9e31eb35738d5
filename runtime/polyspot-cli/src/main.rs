//! The program `polyspot`, which its library holds.

use std::process::ExitCode;

fn main() -> ExitCode {
    polyspot_cli::main()
}

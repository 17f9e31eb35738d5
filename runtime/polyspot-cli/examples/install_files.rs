//! Writes what packages install beside the program: manual pages, and completions for shells.
//!
//! ```sh
//! cargo run --release -p polyspot-cli --example install_files -- target/install
//! ```

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;

/// Shells with completions.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Fish, Shell::Zsh];

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: install_files FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

/// Writes the files to a folder, which is made if need be.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut command = polyspot_cli::command();
    clap_mangen::generate_to(command.clone(), folder)?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut command, "polyspot", folder)?;
    }
    Ok(())
}

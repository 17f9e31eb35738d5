//! Files that appear whole or not at all, whenever the program is killed; and reading that ends, whatever stands at the path.

#[cfg(feature = "write")]
mod folder;
#[cfg(feature = "write")]
mod leftovers;
#[cfg(feature = "write")]
mod place;
#[cfg(feature = "write")]
mod private;
mod read;
#[cfg(feature = "write")]
mod whole;

#[cfg(feature = "write")]
pub use folder::WholeFolder;
#[cfg(feature = "write")]
pub use leftovers::{check_folder, remove_leftovers};
#[cfg(feature = "write")]
pub use place::{check_output, is_same_file};
#[cfg(feature = "write")]
pub use private::{create_private_folder, write_private};
pub use read::{LimitedFile, read, read_text};
#[cfg(feature = "write")]
pub use whole::{WholeFile, write_whole};

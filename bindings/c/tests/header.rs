//! `polyspot.h` says what the library has.

use std::path::Path;

/// The header is committed, so that nobody needs cbindgen; this writes it anew where it is told to, and else compares.
#[test]
fn the_header_is_what_cbindgen_makes_of_the_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut made = Vec::new();
    cbindgen::generate(folder).expect("a header").write(&mut made);
    let made = String::from_utf8(made).expect("UTF-8");
    let path = folder.join("polyspot.h");
    if std::env::var_os("POLYSPOT_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).expect("the folder can be written to");
    }
    let found = std::fs::read_to_string(&path).expect("the header");
    assert!(
        found == made,
        "polyspot.h is not of this source: POLYSPOT_WRITE_HEADER=1 cargo test --test header writes it anew"
    );
}

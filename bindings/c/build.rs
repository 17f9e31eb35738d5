//! Gives the shared library the name that programs ask the loader for.

#[path = "src/abi.rs"]
#[expect(unreachable_pub, reason = "it is public in the library")]
mod abi;

fn main() {
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpolyspot.so.{}", abi::POLYSPOT_ABI);
    }
    println!("cargo::rerun-if-changed=src/abi.rs");
}

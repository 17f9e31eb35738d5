//! Writes the test vectors of all bindings anew (`tests/vectors/vectors.json`), as after a change of the models.
//!
//! ```sh
//! cargo run --release -p polyspot --example vectors
//! ```

#[path = "../tests/promises/vectors.rs"]
mod vectors;

use std::error::Error;
use std::fs;

use vectors::Vectors;

fn main() -> Result<(), Box<dyn Error>> {
    let before = Vectors::read().map_or(0, |vectors| vectors.cases.len());
    let vectors = Vectors::hear()?;
    let mut text = serde_json::to_string(&vectors)?;
    // A line for each case, so that changes can be seen.
    text = text.replace("{\"name\":", "\n{\"name\":");
    text.push('\n');
    fs::write(vectors::path(), text)?;
    println!("{}: {} cases, {before} before", vectors::path().display(), vectors.cases.len());
    for case in &vectors.cases {
        let words: Vec<&str> = case.detections.iter().map(|d| d.keyword.as_str()).collect();
        let steps = case.posteriors.iter().map(|p| p.ends.len()).sum::<usize>();
        println!(
            "{}: {} samples, {steps} steps, {words:?} ({})",
            case.name,
            case.samples,
            vectors::TOLERANCE
        );
    }
    Ok(())
}

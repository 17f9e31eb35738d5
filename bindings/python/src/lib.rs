//! The Python package `polyspot`: a thin layer over the library.
//!
//! Everything that computes does so without the interpreter's lock, on samples that were copied before. What Python sees of a class
//! is documented in `python/polyspot/_polyspot.pyi`.

mod base;
mod enrol;
mod error;
mod front_end;
mod input;
mod model;
mod posteriors;
mod results;
mod samples;
mod score;
mod spotter;

use pyo3::pymodule;

/// The compiled half of the package.
#[pymodule]
mod _polyspot {
    #[pymodule_export]
    use crate::base::Base;
    #[pymodule_export]
    use crate::enrol::enrol;
    #[pymodule_export]
    use crate::front_end::Mfcc;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::posteriors::PosteriorStream;
    #[pymodule_export]
    use crate::score::{score_file, score_files};
    #[pymodule_export]
    use crate::spotter::Spotter;
}

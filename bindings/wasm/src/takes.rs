//! What is kept while a word is learnt.

/// What a word is learnt from, and the model file that came of it.
#[derive(Default)]
pub(crate) struct Enrolment {
    /// The model's file.
    pub(crate) file: Vec<u8>,
    /// What the model's outputs are called.
    pub(crate) labels: Vec<String>,
    pub(crate) takes: Vec<Vec<f32>>,
    /// The file with the word.
    pub(crate) made: Vec<u8>,
}

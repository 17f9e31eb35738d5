//! What is kept while a word is learnt.

/// What a word is learnt from, and the model file that came of it.
#[derive(Default)]
pub(crate) struct Enrolment {
    pub(crate) model: Vec<u8>,
    pub(crate) takes: Vec<Vec<f32>>,
    pub(crate) made: Vec<u8>,
}

//! What `polyspot-tools` promises: a checkpoint can be repeated, resumed, adapted and fused, and bad data is refused
//! with its reason. The "words" are tones, the "speakers" their pitches: training on them takes seconds.

mod adaptation;
mod comparing;
mod enrolling;
mod evaluation;
mod import;
#[path = "../kill.rs"]
mod kill;
mod killing;
mod room;
mod speaking;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the tests of the other program need more")]
mod support;
mod training;

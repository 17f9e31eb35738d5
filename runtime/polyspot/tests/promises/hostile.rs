//! Files of models, bases and adapters, and what becomes of hostile ones: opened and, if that succeeds, listened with.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use polyspot::{Base, Engine, Model, ModelError, Spotter};

use crate::based_networks::{Norms, base, language};
use crate::networks::network;

/// Most memory that opening and hearing may take, in bytes.
pub(crate) const MOST_BYTES: u64 = 256 << 20;

/// Samples that a model which is accepted has to hear: a little more than a window.
const SAMPLES: usize = 20_000;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// As a model, by the kernel.
    Kernel,
    /// As a model, by tract.
    Tract,
    /// Fused into the base that it is for.
    Adapter,
    /// As a base, and a language made an adapter of it and fused.
    Base,
}

/// A sound file, to be made hostile.
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) way: Way,
}

/// The shipped models, small ones with random weights, a base and adapters of it.
pub(crate) fn originals(repository: &Path) -> std::io::Result<Vec<Original>> {
    let mut all = Vec::new();
    let mut add = |name: &str, ways: &[Way], bytes: Vec<u8>| {
        all.extend(ways.iter().map(|&way| Original { name: name.into(), bytes: bytes.clone(), way }));
    };
    let file = |name: &str| std::fs::read(repository.join(format!("{name}.onnx")));
    for name in ["models/en", "models/ar"] {
        add(name, &[Way::Kernel, Way::Tract], file(name)?);
    }
    for name in ["tests/data/models/stride_1_pulse_5", "tests/data/models/stride_6_pulse_12"] {
        add(name, &[Way::Tract], file(name)?);
    }
    for (name, blocks) in [("no block", &[][..]), ("two blocks", &[(8, 3, 2), (8, 3, 1)])] {
        add(name, &[Way::Kernel, Way::Tract], network((8, 3, 2), blocks, 6, 3, 5));
    }
    let sound = Base::from_bytes(&base()).expect("a base");
    for (number, first_changed) in [(1, 0), (2, 3)] {
        let bytes = sound.adapter(&language(number, first_changed, Norms::Apart)).expect("an adapter");
        add("adapter", &[Way::Adapter], bytes);
    }
    add("base", &[Way::Base], base());
    Ok(all)
}

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was refused, with the reason.
    Refused(String),
    /// It was accepted, and gave up while it listened, with the reason.
    GaveUp(String),
    /// It listened to the end.
    Listened,
}

/// Opens a file and listens with what it is.
pub(crate) fn open(way: Way, bytes: &[u8]) -> Outcome {
    let model = match way {
        Way::Kernel => Model::for_engine(bytes, Engine::Kernel),
        Way::Tract => Model::for_engine(bytes, Engine::Tract),
        Way::Adapter => Base::from_bytes(&base()).and_then(|base| base.fuse(bytes)),
        Way::Base => of_base(bytes),
    };
    match model {
        Ok(model) => {
            listen(model).map_or_else(|error| Outcome::GaveUp(chain(&error)), |()| Outcome::Listened)
        }
        Err(error) => Outcome::Refused(chain(&error)),
    }
}

fn of_base(bytes: &[u8]) -> Result<Model, ModelError> {
    let base = Base::from_bytes(bytes)?;
    base.fuse(&base.adapter(&language(1, 2, Norms::Apart))?)
}

/// Lets a model hear a loud sweep and the end of the stream.
fn listen(model: Model) -> Result<(), polyspot::EngineError> {
    let mut spotter = Spotter::new(Arc::new(model))?;
    let sweep = |n: usize| (n as f32 * n as f32 * 1e-4).sin();
    let signal: Vec<f32> = (0..SAMPLES).map(sweep).collect();
    for slice in signal.chunks(3_001) {
        spotter.push(slice)?;
    }
    spotter.flush()?;
    Ok(())
}

fn chain(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", chain(source)))
}

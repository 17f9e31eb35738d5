//! Several models on one stream hear what each hears alone.

use std::sync::Arc;

use polyspot::stream::PosteriorStream;
use polyspot::{Detection, Model, Spotter};

use crate::materials::{babble, posteriors, shipped, spoken};

fn all() -> Vec<Arc<Model>> {
    ["en", "ar", "zh"].map(shipped).to_vec()
}

#[test]
fn to_the_bit() {
    let (models, signal) = (all(), babble(50_000, 5));
    let mut together = vec![Vec::new(); models.len()];
    let mut stream = PosteriorStream::for_models(&models).unwrap();
    for chunk in signal.chunks(700) {
        stream.push(chunk, |p| together[p.model].push((p.probabilities.to_vec(), p.end))).unwrap();
    }
    stream.flush(|p| together[p.model].push((p.probabilities.to_vec(), p.end))).unwrap();
    for (model, together) in models.iter().zip(together) {
        let alone = posteriors(&mut PosteriorStream::new(model).unwrap(), [&signal[..]]);
        assert_eq!(together, alone, "{model:?}");
    }
}

#[test]
fn when_they_have_steps_in_common() {
    let (english, same) = (shipped("en"), shipped("en"));
    let signal = babble(30_000, 9);
    let mut steps = [Vec::new(), Vec::new()];
    let mut stream = PosteriorStream::for_models(&[english, same]).unwrap();
    stream.push(&signal, |p| steps[p.model].push(p.probabilities.to_vec())).unwrap();
    assert!(!steps[0].is_empty());
    assert_eq!(steps[0], steps[1]);
}

#[test]
fn in_their_detections() {
    let models = all();
    let mut signal = Vec::new();
    for word in ["stop", "go", "right", "yes"] {
        signal.extend(spoken(word));
        signal.extend(vec![0.0; 12_000]);
    }
    let heard = |models: &[Arc<Model>]| {
        let mut spotter = Spotter::for_models(models).unwrap();
        let mut heard: Vec<Detection> = Vec::new();
        heard.extend(spotter.push(&signal).unwrap());
        heard.extend(spotter.flush().unwrap());
        heard
    };
    let together = heard(&models);
    for model in &models {
        let own = |d: &&Detection| *d.language == *model.manifest().language;
        let alone = heard(std::slice::from_ref(model));
        assert_eq!(together.iter().filter(own).cloned().collect::<Vec<_>>(), alone, "{model:?}");
    }
    assert!(together.iter().any(|d| &*d.language == "en"));
}

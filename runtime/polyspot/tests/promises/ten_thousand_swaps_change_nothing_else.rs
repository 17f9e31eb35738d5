//! Away from swaps, detections are those of runs without any, sample for sample: two minutes of what the example `swap_for_an_hour`
//! holds for an hour.

use polyspot::ModelStore;

use crate::materials::path;
use crate::swap_session::{PERIOD, clips, listen};

#[test]
fn in_a_minute_of_words() {
    let mut store = ModelStore::new(8);
    store.add_folder(&path("models")).unwrap();
    let clips = clips(&[&path("tests/data/keywords"), &path("tests/data/other_languages")]).unwrap();
    let outcome = listen(&store, &clips, 12, 336, |_| {}).unwrap();
    assert_eq!((outcome.samples, outcome.swaps), (12 * PERIOD, 336));
    assert_eq!(outcome.models_loaded, store.languages().count(), "each once");
    let [swapped, alone] = &outcome.away_from_swaps;
    assert!(alone.len() >= 3, "{alone:?}");
    assert_eq!(swapped, alone);
    assert!(outcome.detections > alone.len(), "some are heard between swaps as well");
}

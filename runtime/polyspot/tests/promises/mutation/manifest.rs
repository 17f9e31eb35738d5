//! Ways of the manifest, which is JSON.

use serde_json::Value;

use super::{Dice, Ways};

/// Ways of changing a manifest.
pub(super) const MANIFEST: &Ways<String> = &[
    ("manifest", |text, dice| change_json(text, dice)),
    ("manifest's text", |text, dice| {
        let depth = dice.count(&[1, 100, 200_000]);
        *text = match dice.below(3) {
            0 => text.chars().take(dice.below(text.len())).collect(),
            1 => format!("{{\"version\":1,\"labels\":{}", "[".repeat(depth)),
            _ => text.replacen('{', &format!("{{\"{}\":0,", "x".repeat(depth)), 1),
        };
    }),
];

/// Puts another value in the place of one of a JSON text.
fn change_json(text: &mut String, dice: &mut Dice) {
    let Ok(mut root) = serde_json::from_str::<Value>(text) else { return };
    let mut places = Vec::new();
    pointers(&root, String::new(), &mut places);
    let place = &places[dice.below(places.len())];
    let Some(value) = root.pointer_mut(place) else { return };
    *value = match (value.as_f64(), dice.below(3)) {
        (Some(number), 0) => (number + dice.pick(&[1.0, -1.0])).into(),
        (Some(number), 1) => ((number * dice.pick(&[2.0, 0.5, 1_000.0])) as i64).into(),
        _ => match dice.below(9) {
            0 => Value::Null,
            1 => 0.into(),
            2 => 1.into(),
            3 => u64::MAX.into(),
            4 => (-1).into(),
            5 => 1e308.into(),
            6 => "".into(),
            7 => Value::Array(vec![]),
            _ => "x".repeat(10_000).into(),
        },
    };
    *text = root.to_string();
}

/// The places of all values.
fn pointers(value: &Value, here: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| pointers(value, format!("{here}/{key}"), places));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| pointers(value, format!("{here}/{at}"), places));
        }
        _ => {}
    }
    places.push(here);
}

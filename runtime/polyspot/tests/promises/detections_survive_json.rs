//! A detection can be written as JSON, and read again.

use polyspot::Detection;

#[test]
fn as_it_was() {
    let heard = Detection::new("نعم", "ar", 0.75, 16_000..1 << 60);
    let json = serde_json::to_string(&heard).unwrap();
    assert_eq!(
        json,
        r#"{"keyword":"نعم","language":"ar","score":0.75,"start":16000,"end":1152921504606846976}"#
    );
    assert_eq!(serde_json::from_str::<Detection>(&json).unwrap(), heard);
}

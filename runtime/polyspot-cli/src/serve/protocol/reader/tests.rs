use std::collections::VecDeque;
use std::io;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::event::write;
use super::super::header::{MAX_DATA, MAX_PAYLOAD};
use super::*;

/// Gives its bytes in pieces of these lengths, again and again, with a time-out before each.
struct Pieces {
    bytes: VecDeque<u8>,
    lengths: Vec<usize>,
    turn: usize,
}

impl Pieces {
    fn new(bytes: &[u8], lengths: &[usize]) -> Self {
        Self { bytes: bytes.iter().copied().collect(), lengths: lengths.to_vec(), turn: 0 }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(2) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let length = self.lengths[self.turn / 2 % self.lengths.len()].min(buffer.len());
        self.bytes.by_ref().take(length as u64).read(buffer)
    }
}

type Owned = (String, Map<String, Value>, Vec<u8>);

/// All events, and how the stream ends.
fn events(input: impl Read) -> (Vec<Owned>, Result<(), String>) {
    let mut reader = EventReader::new(input);
    let mut events = Vec::new();
    loop {
        match reader.next(|_| Ok(())) {
            Ok(Some(event)) => events.push((event.kind, event.data, event.payload.to_vec())),
            Ok(None) => return (events, Ok(())),
            Err(Broken::Refused(error)) => return (events, Err(format!("{error:#}"))),
            Err(Broken::Gone(error)) => panic!("{error}"),
        }
    }
}

#[test]
fn data_stands_in_the_header_behind_it_or_in_both() {
    let stream = concat!(
        r#"{"type": "describe"}"#,
        "\n",
        r#"{"type": "detect", "data": {"names": ["stop"], "context": 1}}"#,
        "\r\n",
        r#"{"type": "detect", "data_length": 15, "data": {"names": ["stop"], "context": 1}}"#,
        "\n",
        r#"{"names": null}"#,
        r#"{"type": "audio-chunk", "payload_length": 3, "data_length": 2}"#,
        "\n{}a\nb",
    );
    let (events, end) = events(stream.as_bytes());
    let as_map = |value: Value| value.as_object().unwrap().clone();
    let expected: [Owned; 4] = [
        ("describe".into(), Map::new(), vec![]),
        ("detect".into(), as_map(json!({"names": ["stop"], "context": 1})), vec![]),
        ("detect".into(), as_map(json!({"names": null, "context": 1})), vec![]),
        ("audio-chunk".into(), Map::new(), b"a\nb".to_vec()),
    ];
    assert_eq!(events, expected);
    assert_eq!(end, Ok(()));
}

#[test]
fn memory_is_taken_for_what_comes_not_for_what_is_announced() {
    let announced = format!("{{\"type\": \"audio-chunk\", \"payload_length\": {MAX_PAYLOAD}}}\nabc");
    let mut reader = EventReader::new(announced.as_bytes());
    assert!(
        matches!(reader.next(|_| Ok(())), Err(Broken::Refused(error)) if error.to_string().contains("within an event"))
    );
    assert!(reader.payload.capacity() < 1_024);
    let endless = EventReader::new(io::repeat(b'a')).next(|_| Ok(())).map(drop);
    assert!(
        matches!(endless, Err(Broken::Refused(error)) if error.to_string().contains("no end of the line"))
    );
}

#[test]
fn whoever_waits_is_asked_and_may_refuse() {
    let mut asked = Vec::new();
    let mut reader = EventReader::new(Pieces::new(b"{\"type\":", &[1]));
    let refused = reader.next(|since| {
        asked.push(since.is_some());
        if asked.len() < 7 { Ok(()) } else { Err(anyhow!("enough")) }
    });
    assert!(matches!(refused, Err(Broken::Refused(error)) if error.to_string() == "enough"));
    assert_eq!(asked, [false, true, true, true, true, true, true], "an event has begun with its first byte");
}

/// Mostly well-formed headers, whose lengths may lie.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![
        Just(None),
        (0..40i128).prop_map(Some),
        any::<i64>().prop_map(|length| Some(length.into())),
        Just(Some(1 << 63)),
        Just(Some(MAX_DATA as i128 + 1)),
    ];
    (".{0,8}", length.clone(), length, any::<bool>()).prop_map(|(kind, data, payload, inline)| {
        let field = |name: &str, length: Option<i128>| {
            length.map(|length| format!(",\"{name}\":{length}")).unwrap_or_default()
        };
        let fields = field("data_length", data) + &field("payload_length", payload);
        let data = if inline { ",\"data\":{\"a\":1}" } else { "" };
        format!("{{\"type\":{}{fields}{data}}}\n", json!(kind)).into_bytes()
    })
}

proptest! {
    #[test]
    fn any_bytes_end_in_events_or_words_however_they_are_cut(
        parts in prop::collection::vec(prop_oneof![header(), prop::collection::vec(any::<u8>(), 0..60)], 0..8),
        lengths in prop::collection::vec(1..50usize, 1..5),
    ) {
        let bytes = parts.concat();
        let whole = events(&bytes[..]);
        prop_assert_eq!(events(Pieces::new(&bytes, &lengths)), whole);
    }

    #[test]
    fn what_is_written_is_read(kind in "[a-z-]{1,12}", text in ".{0,40}") {
        let bytes = write(&kind, &json!({"text": text})).unwrap();
        let (events, end) = events(&bytes[..]);
        let [(read, data, payload)] = &events[..] else { panic!("{events:?}") };
        prop_assert_eq!((read, &data["text"], payload.len(), end), (&kind, &Value::from(text), 0, Ok(())));
    }
}

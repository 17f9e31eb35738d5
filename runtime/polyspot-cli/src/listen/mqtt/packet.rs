//! The packets of MQTT 3.1.1 that a publisher needs (OASIS standard of 29 October 2014; sections in brackets).
//!
//! The crates that have them bring an asynchronous runtime along, or tell nobody which message was acknowledged.

use std::io;

/// Fixed headers: the packet's type and its flags (2.2).
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH_AT_LEAST_ONCE: u8 = 0x32;
const PUBACK: u8 = 0x40;
const PINGREQ: [u8; 2] = [0xc0, 0];
const PINGRESP: u8 = 0xd0;
const DISCONNECT: [u8; 2] = [0xe0, 0];
/// Flags of PUBLISH (3.3.1).
const DUPLICATE: u8 = 0x08;
const RETAIN: u8 = 0x01;
/// Flags of CONNECT (3.1.2.3): a clean session; a will with at least one delivery that is retained; a name and a password.
const CLEAN_SESSION: u8 = 0x02;
const WILL_RETAINED: u8 = 0x2c;
const USER: u8 = 0x80;
const PASSWORD: u8 = 0x40;
/// Topics, names and passwords have a length of two bytes.
pub(super) const LONGEST_TEXT: usize = u16::MAX as usize;

/// Who logs in.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Option<String>,
}

/// Opens a session that leaves nothing at the broker; should the connection break, the broker publishes the will.
pub(super) fn connect(
    client: &str,
    keep_alive_seconds: u16,
    (topic, message): (&str, &str),
    login: Option<&Login>,
) -> Vec<u8> {
    let password = login.and_then(|login| login.password.as_deref());
    let mut flags = CLEAN_SESSION | WILL_RETAINED;
    flags |= if login.is_some() { USER } else { 0 } | if password.is_some() { PASSWORD } else { 0 };
    let mut body = Vec::new();
    text(&mut body, "MQTT");
    body.extend([4, flags]);
    body.extend(keep_alive_seconds.to_be_bytes());
    let texts = [client, topic, message].into_iter().chain(login.map(|login| &*login.user)).chain(password);
    texts.for_each(|part| text(&mut body, part));
    framed(CONNECT, &body)
}

/// Publishes a message that the broker is to acknowledge by this number, which is not 0.
pub(super) fn publish(topic: &str, payload: &[u8], retain: bool, number: u16, is_again: bool) -> Vec<u8> {
    let flags = if retain { RETAIN } else { 0 } | if is_again { DUPLICATE } else { 0 };
    let mut body = Vec::new();
    text(&mut body, topic);
    body.extend(number.to_be_bytes());
    body.extend(payload);
    framed(PUBLISH_AT_LEAST_ONCE | flags, &body)
}

/// Asks whether the broker is there.
pub(super) fn ping() -> &'static [u8] {
    &PINGREQ
}

/// Ends the session: there is no will to be published.
pub(super) fn disconnect() -> &'static [u8] {
    &DISCONNECT
}

fn framed(header: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![header];
    let mut length = body.len();
    loop {
        let more = if length > 0x7f { 0x80 } else { 0 };
        packet.push((length & 0x7f) as u8 | more);
        length >>= 7;
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// A text with its length; what is too long was refused before.
fn text(body: &mut Vec<u8>, text: &str) {
    let bytes = &text.as_bytes()[..text.len().min(LONGEST_TEXT)];
    body.extend((bytes.len() as u16).to_be_bytes());
    body.extend(bytes);
}

/// What a broker answers.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// The session is open, or why not (3.2.2.3).
    Connected(Result<(), &'static str>),
    /// The message of this number has arrived.
    Published(u16),
    /// The broker is there.
    Pong,
}

/// Takes the next answer out of what was received; none if it is not all there yet.
///
/// # Errors
/// When it is none that a broker may give.
pub(super) fn answer(received: &mut Vec<u8>) -> io::Result<Option<Answer>> {
    let Some(&header) = received.first() else { return Ok(None) };
    // Whoever speaks another protocol is found out by the first byte.
    let length = match header {
        CONNACK | PUBACK => 2,
        PINGRESP => 0,
        _ => return Err(not_mqtt(header)),
    };
    if received.get(1).is_some_and(|&found| usize::from(found) != length) {
        return Err(not_mqtt(header));
    }
    if received.len() < length + 2 {
        return Ok(None);
    }
    let answer = match (header, &received[2..length + 2]) {
        (CONNACK, &[_, code]) => Answer::Connected(match code {
            0 => Ok(()),
            1 => Err("it does not speak MQTT 3.1.1"),
            2 => Err("it refuses the client's name"),
            3 => Err("it is not available"),
            4 => Err("wrong user name or password"),
            5 => Err("not authorised: it wants a user name and a password, or others"),
            _ => Err("for a reason that MQTT 3.1.1 does not know"),
        }),
        (PUBACK, &[high, low]) => Answer::Published(u16::from_be_bytes([high, low])),
        (PINGRESP, &[]) => Answer::Pong,
        _ => return Err(not_mqtt(header)),
    };
    received.drain(..length + 2);
    Ok(Some(answer))
}

fn not_mqtt(header: u8) -> io::Error {
    let message = format!("expected an answer of MQTT 3.1.1, found a packet that begins with {header:#04x}");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_those_of_the_standard() {
        let login = Login { user: "u".into(), password: Some("pw".into()) };
        let packet = connect("c", 60, ("t", "off"), Some(&login));
        let expected = b"\x10\x1c\0\x04MQTT\x04\xee\0\x3c\0\x01c\0\x01t\0\x03off\0\x01u\0\x02pw";
        assert_eq!(packet, expected);
        assert_eq!(connect("c", 60, ("t", "off"), None)[9], 0x2e, "neither user nor password");
        // The example of 3.3.2.3: topic a/b, number 10.
        assert_eq!(publish("a/b", b"x", false, 10, false), b"\x32\x08\0\x03a/b\0\x0ax");
        assert_eq!(publish("a/b", b"x", true, 10, true)[0], 0x3b);
        let long = publish("t", &[b'x'; 300], false, 1, false);
        // 305 = 2 * 128 + 49, least significant first (2.2.3).
        assert_eq!((&long[1..3], long.len()), (&[0x80 + 49, 2][..], 308));
    }

    #[test]
    fn answers_are_taken_whole_and_in_order() {
        let mut received = b"\x20\x02\0\0\x40\x02\x01\x02\xd0\0\x40".to_vec();
        let mut next = || answer(&mut received).unwrap();
        assert_eq!(next(), Some(Answer::Connected(Ok(()))));
        assert_eq!(next(), Some(Answer::Published(0x102)));
        assert_eq!(next(), Some(Answer::Pong));
        assert_eq!(next(), None);
        assert_eq!(received, [0x40]);
        let mut refused = vec![0x20, 2, 0, 4];
        assert_eq!(
            answer(&mut refused).unwrap(),
            Some(Answer::Connected(Err("wrong user name or password")))
        );
    }

    #[test]
    fn a_broker_that_is_none_is_found_out_at_once() {
        for other in [&b"HTTP/1.1 400"[..], b"SSH-2.0", b"\x40\xff\xff\xff\x7f", b"\x20\x03\0\0\0", b"\x40\0"]
        {
            assert!(answer(&mut other.to_vec()).is_err(), "{other:?}");
        }
    }
}

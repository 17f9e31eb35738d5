//! Where a broker is, as it is given on the command line.

use std::str::FromStr;

/// A character that has a meaning in the topics that are asked for, but none in those that are published to.
const WILDCARDS: [char; 2] = ['+', '#'];
/// Topics of ours begin with it; the longest of them has to have room.
const LONGEST_TOPIC: usize = 1_024;

/// `mqtt[s]://[user@]host[:port]/topic`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    pub(super) is_secure: bool,
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: u16,
    /// What all topics begin with.
    pub(super) topic: String,
}

impl Address {
    /// What the broker is called in messages.
    pub(super) fn broker(&self) -> String {
        let Self { is_secure, host, port, .. } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("{}://{host}:{port}", if *is_secure { "mqtts" } else { "mqtt" })
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected mqtt://[USER@]HOST[:PORT]/TOPIC or mqtts://…";
        let (is_secure, rest) = match text.split_once("://") {
            Some(("mqtt", rest)) => (false, rest),
            Some(("mqtts", rest)) => (true, rest),
            _ => return Err(EXPECTED.to_owned()),
        };
        let (authority, topic) =
            rest.split_once('/').ok_or_else(|| format!("{EXPECTED}, found no /TOPIC"))?;
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        if user.as_ref().is_some_and(|user| user.contains(':')) {
            let why = "other users of this machine see command lines";
            return Err(format!("a password does not belong here: {why} (--mqtt-password-file)"));
        }
        let (host, port) = host_and_port(host).ok_or(EXPECTED)?;
        let topic = topic.trim_matches('/').to_owned();
        let is_odd = |c: char| c.is_control() || WILDCARDS.contains(&c);
        if topic.is_empty() || topic.len() > LONGEST_TOPIC || topic.contains(is_odd) || topic.starts_with('$')
        {
            return Err(format!("expected a TOPIC without + or # and no $ before it, found {topic:?}"));
        }
        let port = match port {
            Some(port) => port.parse().map_err(|_| format!("expected a PORT, found {port:?}"))?,
            None if is_secure => 8_883,
            None => 1_883,
        };
        Ok(Self { is_secure, user, host: host.to_owned(), port, topic })
    }
}

/// A host, which may be an IPv6 address in brackets, and its port.
fn host_and_port(text: &str) -> Option<(&str, Option<&str>)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_defaults() {
        let address: Address = "mqtt://broker.lan/polyspot".parse().unwrap();
        let expected = Address {
            is_secure: false,
            user: None,
            host: "broker.lan".into(),
            port: 1_883,
            topic: "polyspot".into(),
        };
        assert_eq!(address, expected);
        let address: Address = "mqtts://a@b@[::1]:8884/home/kitchen/".parse().unwrap();
        assert_eq!((address.user.as_deref(), &*address.host), (Some("a@b"), "::1"));
        assert_eq!((address.port, &*address.topic), (8_884, "home/kitchen"));
        assert_eq!(address.broker(), "mqtts://[::1]:8884");
        let port = |text: &str| text.parse::<Address>().unwrap().port;
        assert_eq!(port("mqtts://h/t"), 8_883);
    }

    #[test]
    fn what_is_no_address_or_holds_a_password_is_refused() {
        let texts = ["", "http://h/t", "mqtt://h", "mqtt:///t", "mqtt://h/", "mqtt://h:x/t", "mqtt://[::1/t"];
        for text in texts.into_iter().chain(["mqtt://h/a/#", "mqtt://h/+", "mqtt://h/$SYS", "mqtt://h/a\nb"])
        {
            assert!(text.parse::<Address>().unwrap_err().contains("expected"), "{text}");
        }
        let error = "mqtt://me:secret@h/t".parse::<Address>().unwrap_err();
        assert!(error.contains("--mqtt-password-file") && !error.contains("secret"), "{error}");
    }
}

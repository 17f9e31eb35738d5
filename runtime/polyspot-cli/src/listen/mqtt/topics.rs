//! The topics that are published to.

use std::fmt::Write;

/// What happens to a keyword, in Home Assistant's words: the type of its events and triggers.
pub(super) const HEARD: &str = "heard";

/// All topics; they begin with one that the user has chosen.
#[derive(Clone)]
pub(super) struct Topics(String);

impl Topics {
    pub(super) fn new(base: &str) -> Self {
        Self(base.to_owned())
    }

    pub(super) fn base(&self) -> &str {
        &self.0
    }

    /// Whether we listen: `online` or `offline`, retained.
    pub(super) fn availability(&self) -> String {
        format!("{}/availability", self.0)
    }

    /// All events but levels.
    pub(super) fn events(&self) -> String {
        format!("{}/events", self.0)
    }

    /// Detections of a keyword.
    pub(super) fn keyword(&self, keyword: &str) -> String {
        format!("{}/keyword/{}", self.0, identifier(keyword))
    }
}

/// A text in letters, digits and `-` of ASCII: each other byte as `_` and two hexadecimal digits. Two texts never give the same.
pub(super) fn identifier(text: &str) -> String {
    let mut identifier = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            identifier.push(char::from(byte));
        } else {
            // A string takes everything.
            let _ = write!(identifier, "_{byte:02x}");
        }
    }
    identifier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_have_topics_that_every_broker_takes() {
        let topics = Topics::new("home/kitchen");
        assert_eq!(topics.keyword("yes"), "home/kitchen/keyword/yes");
        assert_eq!(topics.keyword("turn on"), "home/kitchen/keyword/turn_20on");
        assert_eq!(topics.keyword("开"), "home/kitchen/keyword/_e5_bc_80");
        assert_eq!(topics.keyword("a/#_+"), "home/kitchen/keyword/a_2f_23_5f_2b");
    }
}

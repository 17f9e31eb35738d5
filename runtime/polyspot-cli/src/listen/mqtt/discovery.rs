//! What Home Assistant is told, so that keywords appear there by themselves: for each an event entity and a device trigger.
//!
//! - <https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery>
//! - <https://www.home-assistant.io/integrations/event.mqtt/>
//! - <https://www.home-assistant.io/integrations/device_trigger.mqtt/>

use serde_json::{Value, json};

use super::outbox::Message;
use super::topics::{HEARD, Topics, identifier};

/// The messages for a keyword, below a prefix that Home Assistant listens to.
pub(super) fn messages(prefix: &str, topics: &Topics, keyword: &str) -> [Message; 2] {
    let (node, object) = (identifier(topics.base()), identifier(keyword));
    let device = json!({
        "identifiers": [node],
        "name": topics.base(),
        "manufacturer": "polyspot",
        "model": "keyword spotting",
        "sw_version": env!("CARGO_PKG_VERSION"),
    });
    let event = json!({
        "name": keyword,
        "unique_id": format!("{node}__{object}"),
        "state_topic": topics.keyword(keyword),
        "event_types": [HEARD],
        "availability_topic": topics.availability(),
        "qos": 1,
        "icon": "mdi:account-voice",
        "device": device,
    });
    let trigger = json!({
        "automation_type": "trigger",
        "type": HEARD,
        "subtype": keyword,
        "topic": topics.keyword(keyword),
        "qos": 1,
        "device": device,
    });
    let message = |component: &str, config: &Value| Message {
        topic: format!("{prefix}/{component}/{node}/{object}/config"),
        payload: config.to_string().into_bytes(),
        is_state: true,
    };
    [message("event", &event), message("device_automation", &trigger)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field's name, its type, and whether it is required.
    type Field = (&'static str, fn(&Value) -> bool, bool);

    /// What the pages above list under "Configuration Variables", with the types that they give.
    const EVENT: &[Field] = &[
        ("name", Value::is_string, false),
        ("unique_id", Value::is_string, false),
        ("state_topic", Value::is_string, true),
        ("event_types", is_list_of_strings, true),
        ("availability_topic", Value::is_string, false),
        ("qos", Value::is_u64, false),
        ("icon", Value::is_string, false),
        ("device", is_device, false),
    ];
    const TRIGGER: &[Field] = &[
        ("automation_type", |value| value == "trigger", true),
        ("type", Value::is_string, true),
        ("subtype", Value::is_string, true),
        ("topic", Value::is_string, true),
        ("payload", Value::is_string, false),
        ("qos", Value::is_u64, false),
        ("device", is_device, true),
    ];
    const DEVICE: &[Field] = &[
        ("identifiers", is_list_of_strings, true),
        ("name", Value::is_string, false),
        ("manufacturer", Value::is_string, false),
        ("model", Value::is_string, false),
        ("sw_version", Value::is_string, false),
        ("suggested_area", Value::is_string, false),
    ];

    fn is_list_of_strings(value: &Value) -> bool {
        value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
    }

    fn is_device(value: &Value) -> bool {
        follows(DEVICE, value)
    }

    /// Whether all fields are documented and of their type, and none is missing that is required.
    fn follows(fields: &[Field], value: &Value) -> bool {
        let object = value.as_object().unwrap();
        let is_known = |(key, value): (&String, &Value)| {
            fields.iter().any(|(name, has_type, _)| name == key && has_type(value))
        };
        let is_there = |(name, _, is_required): &Field| !is_required || object.contains_key(*name);
        object.iter().all(is_known) && fields.iter().all(is_there)
    }

    #[test]
    fn messages_follow_home_assistant_s_documentation() {
        for (base, keyword) in [("polyspot", "yes"), ("home/living room", "开灯"), ("a", "turn on")] {
            let topics = Topics::new(base);
            let [event, trigger] = messages("homeassistant", &topics, keyword);
            let config = |message: &Message| serde_json::from_slice::<Value>(&message.payload).unwrap();
            assert!(follows(EVENT, &config(&event)), "{event:?}");
            assert!(follows(TRIGGER, &config(&trigger)), "{trigger:?}");
            for (message, component) in [(&event, "event"), (&trigger, "device_automation")] {
                // <discovery_prefix>/<component>/[<node_id>/]<object_id>/config, identifiers of [a-zA-Z0-9_-]+
                let [prefix, kind, node, object, end] =
                    message.topic.split('/').collect::<Vec<_>>().try_into().unwrap();
                assert_eq!((prefix, kind, end), ("homeassistant", component, "config"));
                let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                assert!([node, object].iter().all(|id| !id.is_empty() && id.chars().all(is_plain)));
                assert!(message.is_state, "Home Assistant may start later");
            }
            assert_eq!(config(&event)["state_topic"], config(&trigger)["topic"]);
        }
    }
}

#!/usr/bin/env python3
"""Validates discovery messages with Home Assistant's own schemas.

usage: mosquitto_sub -t 'homeassistant/#' -W 2 -F '%t\\t%p' | check_discovery.py
needs: pip install homeassistant==2024.3.3 paho-mqtt==1.6.1 (the last for Python 3.11; newer ones need a newer Python)
"""

import json
import sys

from homeassistant.components.mqtt import device_trigger, event
from homeassistant.components.mqtt.discovery import TOPIC_MATCHER
from homeassistant.const import __version__

# What Home Assistant adds before it validates (discovery.py).
ADDED = {"event": {}, "device_automation": {"platform": "mqtt"}}
SCHEMAS = {"event": event.DISCOVERY_SCHEMA, "device_automation": device_trigger.TRIGGER_DISCOVERY_SCHEMA}


def main() -> None:
    counts = dict.fromkeys(SCHEMAS, 0)
    for line in sys.stdin:
        topic, payload = line.rstrip("\n").split("\t", 1)
        match = TOPIC_MATCHER.match(topic.removeprefix("homeassistant/"))
        if not match:
            sys.exit(f"{topic}: Home Assistant does not look there")
        component = match["component"]
        config = json.loads(payload)
        valid = SCHEMAS[component](config | ADDED[component])
        if lost := config.keys() - valid.keys():
            sys.exit(f"{topic}: Home Assistant does not know {lost}")
        counts[component] += 1
    if not all(counts.values()):
        sys.exit(f"expected messages of each kind, found {counts}")
    print(f"Home Assistant {__version__} takes all: {counts}")


main()

#!/usr/bin/env python3
"""Reads the metrics of `polyspot listen --http` as Prometheus does, with its own client library.

usage: check_metrics.py http://127.0.0.1:PORT/metrics     needs: pip install prometheus_client
"""

import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

EXPECTED = {
    "polyspot_build_info": "gauge",
    "polyspot_listening": "gauge",
    "polyspot_samples_heard": "counter",
    "polyspot_audio_seconds": "counter",
    "polyspot_processing_seconds": "counter",
    "polyspot_real_time_factor": "gauge",
    "polyspot_samples_dropped": "counter",
    "polyspot_samples_missing": "counter",
    "polyspot_device_losses": "counter",
    "polyspot_dashboard_events_lost": "counter",
    "polyspot_detections": "counter",
}


def main() -> None:
    with urllib.request.urlopen(sys.argv[1]) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    found = {family.name: family.type for family in families}
    if found != EXPECTED:
        sys.exit(f"expected {EXPECTED}, found {found}")
    for family in families:
        if not family.documentation:
            sys.exit(f"{family.name}: expected a help text, found none")
        for sample in family.samples:
            print(sample.name, dict(sample.labels), sample.value)


main()

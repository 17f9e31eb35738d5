"""The keywords in recordings: python score_a_recording.py FILE..."""

import sys

import polyspot

for recording in polyspot.score_files(sys.argv[1:], polyspot.Model.load("en")):
    if recording.trouble:
        print(f"{recording.path}: {recording.trouble}", file=sys.stderr)
    for heard in recording.detections:
        print(f"{recording.path}: {heard.start:.2f}-{heard.end:.2f} s {heard.keyword} {heard.score:.2f}")

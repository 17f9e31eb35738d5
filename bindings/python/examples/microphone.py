"""A microphone by sounddevice, at its own rate: pip install polyspot sounddevice; python microphone.py"""

import queue

import sounddevice

import polyspot

RATE = 48_000
blocks = queue.Queue()


def take(samples, frames, time, status):
    if status:
        print(status)
    blocks.put(samples.copy())  # [frames, 1]


spotter = polyspot.Spotter(polyspot.Model.load("en"), sample_rate=RATE)
with sounddevice.InputStream(samplerate=RATE, channels=1, dtype="float32", callback=take):
    while True:
        for heard in spotter.push(blocks.get()):
            print(f"{heard.keyword} ({heard.score:.2f})")

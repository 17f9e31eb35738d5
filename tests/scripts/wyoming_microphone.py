"""A microphone: writes clips to standard output as they are spoken, in real time, each in two seconds, and then silence.

wyoming_microphone.py CLIP…
"""

import sys
import time
import wave

RATE, CHUNK = 16_000, 1_024


def sound():
    # Satellites open the microphone before they have found their wake service.
    yield bytes(2 * 2 * RATE)
    for clip in sys.argv[1:]:
        with wave.open(clip) as file:
            frames = file.readframes(file.getnframes())
            yield frames + bytes(2 * 2 * RATE - len(frames))
    while True:
        yield bytes(2 * RATE)


begin, written = time.monotonic(), 0
for part in sound():
    for start in range(0, len(part), 2 * CHUNK):
        sys.stdout.buffer.write(part[start : start + 2 * CHUNK])
        sys.stdout.buffer.flush()
        written += CHUNK
        time.sleep(max(0.0, begin + written / RATE - time.monotonic()))

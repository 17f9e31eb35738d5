"""Asks a wake service for keywords, by the public package `wyoming` alone: wyoming_client.py URI FOLDER_OF_FIXTURES"""

import asyncio
import importlib.metadata
import sys
import wave
from pathlib import Path

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.wake import Detect, Detection, NotDetected

RATE = 16_000
WORDS = ["yes", "no", "stop", "go", "left"]
uri, data = sys.argv[1], Path(sys.argv[2])


def samples(clip: str) -> bytes:
    with wave.open(str(data / clip)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        return file.readframes(file.getnframes())


def stream(clips: list) -> bytes:
    """Clips of a second each, with a second of silence behind each."""
    return b"".join(samples(clip) + bytes(2 * RATE) for clip in clips)


async def events(client: AsyncClient) -> list:
    """What was answered so far: an answer to `describe` comes after all others."""
    await client.write_event(Describe().event())
    answers = []
    while True:
        event: Event = await asyncio.wait_for(client.read_event(), 20)
        assert event is not None, "the connection is gone"
        if Info.is_type(event.type):
            return answers
        answers.append(event)


async def hear(client: AsyncClient, sound: bytes) -> list:
    """Plays sound; gives the names of the keywords heard, or None where the answer is that there were none."""
    await client.write_event(AudioStart(rate=RATE, width=2, channels=1).event())
    for start in range(0, len(sound), 2_048):
        chunk = AudioChunk(rate=RATE, width=2, channels=1, audio=sound[start : start + 2_048], timestamp=start // 32)
        await client.write_event(chunk.event())
    await client.write_event(AudioStop().event())
    names = []
    for event in await events(client):
        if Detection.is_type(event.type):
            detection = Detection.from_event(event)
            assert 0 <= detection.timestamp <= len(sound) // 32, detection
            names.append(detection.name)
        elif NotDetected.is_type(event.type):
            names.append(None)
    return names


def expect(what: str, found, expected) -> None:
    assert found == expected, f"{what}: expected {expected}, found {found}"
    print(f"{what}: {found}")


async def main() -> None:
    print("== wyoming", importlib.metadata.version("wyoming"))
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await asyncio.wait_for(client.read_event(), 20))
        (program,) = info.wake
        models = {model.name: model for model in program.models}
        counts = {}
        for model in program.models:
            assert model.installed and len(model.languages) == 1, model
            counts[model.languages[0]] = counts.get(model.languages[0], 0) + 1
        expect("describe", (program.name, counts), ("polyspot", {"en": 10, "ar": 40, "zh": 12}))
        # Version 1.4.1 knows no phrases.
        if hasattr(models["stop"], "phrase"):
            expect("phrase", models["أمام"].phrase, "أمام")

        english = stream([f"keywords/{word}/en-us.wav" for word in WORDS])
        await client.write_event(Detect(names=WORDS).event())
        expect("named detect, five words in one stream", await hear(client, english), WORDS)
        await client.write_event(Detect(names=["stop"]).event())
        expect("detect of one name", await hear(client, english), ["stop"])
        await client.write_event(Detect().event())
        others = stream(["other_languages/ar_front.wav", "other_languages/zh_voice.wav"])
        expect("unnamed detect", await hear(client, others), ["أمام", "语音"])
        expect("silence", await hear(client, bytes(4 * RATE)), [None])
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Detect(names=["hey_jarvis"]).event())
        (error,) = await events(client)
        expect("a name that is not served", (error.type, error.data["code"]), ("error", "unknown-name"))


asyncio.run(main())

"""Records what the public Wyoming clients send, as fixtures: the bytes of an exchange, as they go over the wire.

    python3 -m venv new && new/bin/pip install wyoming==1.10.2
    python3 -m venv old && old/bin/pip install wyoming==1.4.1
    python3 -m venv satellite && satellite/bin/pip install wyoming-satellite==1.0.0
    new/bin/python tests/scripts/record_wyoming.py client tests/data/wyoming/client_1.10.2.bytes
    old/bin/python tests/scripts/record_wyoming.py client tests/data/wyoming/client_1.4.1.bytes
    satellite/bin/python tests/scripts/record_wyoming.py satellite tests/data/wyoming/satellite_1.0.0.bytes

The client asks what is served and for "stop", and says it once. The satellite asks for "stop" and "yes", and hears "yes".
"""

import asyncio
import sys
import wave
from pathlib import Path

from wyoming.audio import AudioStop, AudioStart, wav_to_chunks
from wyoming.client import AsyncClient
from wyoming.event import async_read_event
from wyoming.info import Describe
from wyoming.wake import Detect

what, target = sys.argv[1], Path(sys.argv[2])
words = Path(__file__).parents[1] / "data/keywords"
# A clip of a second, and what a satellite sends before and behind it.
SATELLITE_BYTES = 140_000


async def client(uri: str) -> None:
    async with AsyncClient.from_uri(uri) as server:
        await server.write_event(Describe().event())
        await server.write_event(Detect(names=["stop"]).event())
        with wave.open(str(words / "stop/en-us.wav")) as file:
            await server.write_event(AudioStart(rate=16_000, width=2, channels=1, timestamp=0).event())
            for chunk in wav_to_chunks(file, samples_per_chunk=1_024):
                await server.write_event(chunk.event())
        await server.write_event(AudioStop().event())


async def satellite(uri: str) -> None:
    from wyoming.satellite import RunSatellite

    port = 10_799
    microphone = f"{sys.executable} {Path(__file__).parent / 'wyoming_microphone.py'} {words / 'yes/en-us.wav'}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "wyoming_satellite", "--name", "recorded", "--no-zeroconf",
        "--uri", f"tcp://127.0.0.1:{port}", "--wake-uri", uri, "--mic-command", microphone,
        "--wake-word-name", "stop", "--wake-word-name", "yes",
    )  # fmt: skip
    try:
        await asyncio.sleep(1.5)
        async with AsyncClient.from_uri(f"tcp://127.0.0.1:{port}") as home_assistant:
            await home_assistant.write_event(RunSatellite().event())
            await asyncio.sleep(5)
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    recorded = bytearray()

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while more := await reader.read(65_536):
            recorded.extend(more)
        writer.close()

    server = await asyncio.start_server(record, "127.0.0.1", 0)
    uri = "tcp://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    await (client(uri) if what == "client" else satellite(uri))
    await asyncio.sleep(0.5)
    if what == "satellite":
        del recorded[await whole_events(bytes(recorded), SATELLITE_BYTES) :]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(recorded)


async def whole_events(stream: bytes, most: int) -> int:
    """The length of the events that fit."""
    reader, length = asyncio.StreamReader(), 0
    reader.feed_data(stream[:most])
    reader.feed_eof()
    try:
        while await async_read_event(reader) is not None:
            length = min(most, len(stream)) - len(reader._buffer)
    except asyncio.IncompleteReadError:
        pass
    return length


asyncio.run(main())

"""Three satellites, each with words of another language before its microphone and asking for those words alone.

The script is what Home Assistant is to a satellite: it lets it run, and ends each command that follows a wake word at once.

wyoming_satellites.py URI FOLDER_OF_FIXTURES WORK_FOLDER
"""

import asyncio
import importlib.metadata
import socket
import sys
from pathlib import Path

from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.pipeline import RunPipeline
from wyoming.satellite import RunSatellite

uri, data, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
ENGLISH = ["yes", "no", "stop", "go", "left"]
# What is said, and the names that are asked for.
SATELLITES = {
    "en": ([f"keywords/{word}/en-us.wav" for word in ENGLISH], ENGLISH),
    "ar": (["other_languages/ar_front.wav"] * 5, ["أمام"]),
    "zh": (["other_languages/zh_voice.wav"] * 5, ["语音"]),
}
EXPECTED = {"en": ENGLISH, "ar": ["أمام"] * 5, "zh": ["语音"] * 5}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def connect(port: int) -> AsyncClient:
    for _ in range(100):
        try:
            client = AsyncClient.from_uri(f"tcp://127.0.0.1:{port}")
            await client.connect()
            return client
        except OSError:
            await asyncio.sleep(0.2)
    raise TimeoutError("the satellite does not start")


async def run(language: str) -> list:
    clips, names = SATELLITES[language]
    scripts, heard, port = Path(__file__).parent, work / f"heard-{language}", free_port()
    microphone = [sys.executable, str(scripts / "wyoming_microphone.py"), *(str(data / clip) for clip in clips)]
    command = [
        sys.executable, "-m", "wyoming_satellite", "--name", language, "--no-zeroconf",
        "--uri", f"tcp://127.0.0.1:{port}", "--wake-uri", uri, "--mic-command", " ".join(microphone),
        # A satellite gives the name of the wake word to a command.
        "--detection-command", f"sh -c 'cat >> {heard}; echo >> {heard}'",
    ]  # fmt: skip
    for name in names:
        command += ["--wake-word-name", name]
    log = work / f"log-{language}"
    with log.open("w") as file:
        satellite = await asyncio.create_subprocess_exec(*command, stderr=file)
    try:
        client = await connect(port)
        await client.write_event(RunSatellite().event())

        async def end_commands() -> None:
            while event := await client.read_event():
                if RunPipeline.is_type(event.type):
                    await client.write_event(Transcript(text="").event())

        commands = asyncio.create_task(end_commands())
        await asyncio.sleep(2 + 2 * len(clips) + 4)
        commands.cancel()
    finally:
        satellite.terminate()
        await satellite.wait()
    return heard.read_text().split() if heard.exists() else []


async def main() -> None:
    print("== wyoming-satellite", importlib.metadata.version("wyoming-satellite"))
    found = dict(zip(SATELLITES, await asyncio.gather(*map(run, SATELLITES))))
    for language, words in found.items():
        log = (work / f"log-{language}").read_text()
        assert words == EXPECTED[language], f"{language}: expected {EXPECTED[language]}, found {words}\n{log}"
        print(f"satellite in {language}: {words}")


asyncio.run(main())

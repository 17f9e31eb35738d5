"""The program polyspot, which is in the package too."""

from __future__ import annotations

import os
import sys

from ._types import PROGRAM

_SUFFIX = ".exe" if os.name == "nt" else ""
# Needs no sound library.
PLAIN = os.path.join(PROGRAM, "bin", "polyspot" + _SUFFIX)
# The same with microphones: on Linux it needs ALSA's library.
WITH_DEVICES = os.path.join(PROGRAM, "bin", "polyspot-devices" + _SUFFIX)

_NEEDS_NO_DEVICE = ("score", "explain", "models")
_NEEDS_DEVICE = ("listen", "doctor", "devices")
# As the program's own code for a device that failed.
_EXIT_DEVICE = 5

NO_SOUND_LIBRARY = (
    "expected ALSA's library (libasound.so.2), found none: install it, on Debian and Ubuntu with "
    "`apt install libasound2`, on Fedora with `dnf install alsa-lib`"
)


def can_open_devices() -> bool:
    """Whether the program with microphones can be started on this machine."""
    import subprocess

    try:
        ended = subprocess.run([WITH_DEVICES, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return ended.returncode == 0


def main() -> int:
    """Becomes the program."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    program = PLAIN
    if command not in _NEEDS_NO_DEVICE:
        if can_open_devices():
            program = WITH_DEVICES
        elif command in _NEEDS_DEVICE:
            print(f"polyspot: {command}: {NO_SOUND_LIBRARY}", file=sys.stderr)
            return _EXIT_DEVICE
    arguments = [program, *sys.argv[1:]]
    if os.name == "nt":
        import subprocess

        return subprocess.run(arguments).returncode
    os.execv(program, arguments)

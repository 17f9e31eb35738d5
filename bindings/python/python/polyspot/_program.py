"""The program polyspot, which is in the package too."""

from __future__ import annotations

import os
import sys

from ._types import PROGRAM

FILE = os.path.join(PROGRAM, "bin", "polyspot.exe" if os.name == "nt" else "polyspot")
# As the program's own code for what the system lacks.
_EXIT_OUTPUT = 6


def missing() -> str:
    """What to say where it is not there."""
    return f"this installation has no program: expected {FILE}, found none"


def main() -> int:
    """Becomes the program."""
    if not os.path.exists(FILE):
        print(f"polyspot: {missing()}", file=sys.stderr)
        return _EXIT_OUTPUT
    arguments = [FILE, *sys.argv[1:]]
    if os.name == "nt":
        import subprocess

        return subprocess.run(arguments).returncode
    os.execv(FILE, arguments)

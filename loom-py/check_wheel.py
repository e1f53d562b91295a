"""Checks a wheel as its users get it: its size, and the story that it tells in a fresh environment.

``python check_wheel.py WHEEL``
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
BYTES_MAX = 8 * 1024 * 1024


def main() -> None:
    """Check the wheel, and stop at the first thing that is not as it should be."""
    (wheel,) = (Path(argument).resolve() for argument in sys.argv[1:])
    size = wheel.stat().st_size
    print(f"{wheel.name}: {size:,} bytes")
    if size > BYTES_MAX:
        sys.exit(f"the wheel is larger than {BYTES_MAX:,} bytes")
    # No folder of this tree, and nothing of the caller's environment, can stand in for the wheel.
    clean = {name: it for name, it in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))

        def run(*arguments: str) -> str:
            command = [python, *arguments]
            return subprocess.run(
                command, check=True, cwd=folder, env=clean, stdout=subprocess.PIPE, text=True
            ).stdout

        run("-m", "pip", "install", "-q", "--no-index", str(wheel))
        told = timeless(run("-W", "error", str(EXAMPLES / "python" / "story.py")))
        if told != (EXAMPLES / "story.txt").read_text():
            sys.exit(f"the story is told in another way than in examples/story.txt:\n{told}")
        run(
            "-c",
            "import loomstack._loomstack as it; assert not hasattr(it, 'panic_inside'), "
            "'a wheel for users has no door for tests'",
        )
        # Whoever has pytest has the conformance suite.
        run(
            "-c",
            "from importlib.metadata import entry_points; from importlib.util import find_spec; "
            "(it,) = entry_points(group='pytest11'); assert find_spec(it.module), it",
        )


def timeless(text: str) -> str:
    """The text without its times."""
    command = ["sed", "-E", "-f", str(EXAMPLES / "timeless.sed")]
    done = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    main()

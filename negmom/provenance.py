"""Where a result comes from: the commit of the code, the processor it ran on."""

import contextlib
import platform
import subprocess
from pathlib import Path

__all__ = ["commit", "processor"]


def commit(folder: Path = Path(__file__).parent) -> str | None:
    """Commit of a folder, by default this package, marked where its files have changed since.

    Outside a repository it is None.

    Examples
    --------
    >>> commit() is None or len(commit().removesuffix(" with changes")) == 40
    True
    """

    def git(*words: str) -> str:
        run = subprocess.run(
            ["git", "-C", folder, *words], check=True, capture_output=True, text=True
        )
        return run.stdout.strip()

    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        changes = git("status", "--porcelain", "--", ".")
        return git("rev-parse", "HEAD") + (" with changes" if changes else "")
    return None


def processor() -> str:
    """Name of the processor where Linux tells it, the architecture elsewhere.

    Examples
    --------
    >>> processor().startswith("CPU ")
    True
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"CPU {line.partition(':')[2].strip()}"
    return f"CPU {platform.machine()}"

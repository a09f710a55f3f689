"""The memory that a process has needed at most."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_gib() -> float:
    """Return the peak of this process's resident memory in GiB, without that of its parent.

    (What `getrusage` says begins at the parent's peak where the process was forked from it.)
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale

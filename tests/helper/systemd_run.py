"""In place of systemd-run: starts a program apart, and waits until it is ready.

Notes its arguments beside itself, and the program's process in "unit". It refuses, is
slow or loses its connection when a file "refuse", "hold" or "lose" is beside it.
"""

import os
from pathlib import Path
import socket
import subprocess
import sys
import tempfile
import time


def launch(argv: list[str]) -> int:
    """Run the program behind "--" and return what systemd-run would."""
    here = Path(sys.argv[0]).parent
    (here / "units").open("a").write("\n".join(argv) + "\n\n")
    if (here / "refuse").exists():
        sys.stderr.write("Failed to start transient service unit\n")
        return 1
    while (here / "hold").exists():
        time.sleep(0.02)
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
    ):
        notify.bind(f"{folder}/notify")
        notify.settimeout(0.02)
        process = subprocess.Popen(
            argv[argv.index("--") + 1 :],
            env=os.environ | {"NOTIFY_SOCKET": f"{folder}/notify"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(here / "journal").open("ab"),
            start_new_session=True,
        )
        (here / "unit").write_text(str(process.pid))
        while process.poll() is None:
            try:
                ready = notify.recv(100) == b"READY=1"
                return 0 if ready and not (here / "lose").exists() else 1
            except TimeoutError:
                continue
    # Like one that was ready and has ended since.
    return process.returncode


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))

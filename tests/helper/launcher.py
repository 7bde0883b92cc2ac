"""Starts the real helper with the paths of a test.

Settings are an argument of main() that only a program importing the file can give. What
connects to the helper's socket can't: it meets the file started by systemd.
"""

import importlib.util
import json
from pathlib import Path
import sys

HELPER = Path(__file__).parents[2] / "agent/helper/homelab_helper.py"


def launch(settings: str) -> None:
    """Run the helper's main() with settings given as JSON."""
    spec = importlib.util.spec_from_file_location("homelab_helper", HELPER)
    assert spec is not None
    assert spec.loader is not None
    helper = importlib.util.module_from_spec(spec)
    # Its dataclasses look themselves up there.
    sys.modules[spec.name] = helper
    spec.loader.exec_module(helper)
    values = json.loads(settings)
    for name in ("whitelist", "actions", "sys", "dev"):
        values[name] = Path(values[name])
    helper.main(helper.Settings(**values))


if __name__ == "__main__":
    launch(sys.argv[1])

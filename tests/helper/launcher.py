"""Starts the real helper, or an action of its, with the paths of a test.

Settings are an argument of main() that only a program importing the file can give. What
connects to the helper's socket can't: it meets the file started by systemd.
"""

import importlib.util
import json
from pathlib import Path
import sys
from typing import Any

FOLDER = Path(__file__).parents[2] / "agent/helper"
HELPER = FOLDER / "homelab_helper.py"


def load(name: str) -> Any:
    """Import a program of the helper's folder."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look themselves up there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def launch(settings: str, *action: str) -> None:
    """Run a program's main() with settings given as JSON."""
    helper = load("homelab_helper")
    values = json.loads(settings)
    for name in ("whitelist", "actions", "sys", "dev", "root"):
        values[name] = Path(values[name])
    values["runner"] = (*values["runner"], settings)
    found = helper.Settings(**values)
    if action:
        load("homelab_action").main(list(action), found)
    else:
        helper.main(found)


if __name__ == "__main__":
    launch(*sys.argv[1:])

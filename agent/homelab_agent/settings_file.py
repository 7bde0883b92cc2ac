"""Read a flat YAML file of names and values."""

from __future__ import annotations

from collections.abc import Mapping
import json
import os
from pathlib import Path
from typing import Any

_MAX_BYTES = 64 * 1024
_FIXES: dict[type[OSError], str] = {
    FileNotFoundError: "there is no such file; run the install command that Home "
    "Assistant showed, or name another file with --config",
    PermissionError: "this user may not read it; run the command with sudo",
    IsADirectoryError: "this is a folder; name a file with --config",
}


class SettingsError(Exception):
    """The file can't be used; the text says what to do and shows no value."""


def read_settings(path: str) -> dict[str, str]:
    """Return the settings of a file as text; raises SettingsError."""
    try:
        # Only here, see read_settings_in_child.
        import yaml  # noqa: PLC0415
    except ImportError:
        raise SettingsError(
            "PyYAML is missing; run: sudo apt-get install python3-yaml"
        ) from None
    content = _content(path)
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # The library's own text may quote the key.
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(
            f"line {line} is not YAML; write one 'name: value' per line"
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        raise SettingsError(
            "this is not YAML; write one 'name: value' a line"
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise SettingsError("there are no settings; write one 'name: value' per line")
    settings: dict[str, str] = {}
    for name, value in root.value:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            raise SettingsError(f"line {line}: write one 'name: value'")
        if name.value in settings:
            raise SettingsError(f"line {line} repeats a setting; remove one of the two")
        if not isinstance(value, yaml.ScalarNode):
            raise SettingsError(f"line {line}: write a text or a number, not a list")
        settings[name.value] = value.value
    return settings


def _content(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        what = _FIXES.get(type(error), f"it can't be read ({error.strerror})")
        raise SettingsError(what) from None
    if len(raw) > _MAX_BYTES:
        raise SettingsError("the file is too large; write only the settings into it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text; save it as UTF-8") from None


def read_settings_in_child(path: str) -> Mapping[str, str]:
    """Do the same in a short-lived process.

    PyYAML would stay in memory for as long as the agent runs, a fifth of all that it
    needs, for a file that is read once.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _answer(path, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        raw = pipe.read()
    os.waitpid(child, 0)
    try:
        answer: dict[str, Any] = json.loads(raw)
    except ValueError:
        raise SettingsError("reading it failed; is there memory left?") from None
    if "error" in answer:
        raise SettingsError(answer["error"])
    settings: dict[str, str] = answer["settings"]
    return settings


def _answer(path: str, writer: int) -> None:
    try:
        try:
            answer: dict[str, Any] = {"settings": read_settings(path)}
        except SettingsError as error:
            answer = {"error": str(error)}
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(answer).encode())
    finally:
        # Nothing of the parent's may run here: no clean-up, no flush of its output.
        os._exit(0)

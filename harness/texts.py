"""The integration's own texts, as a user reads them."""

import json

from .paths import INTEGRATION


def text(path: str, **placeholders: str) -> str:
    """Return a text of translations/en.json by its path in it."""
    place = json.loads((INTEGRATION / "translations/en.json").read_text())
    for step in path.split("."):
        place = place[step]
    if not isinstance(place, str):
        raise KeyError(path)
    return place.format(**placeholders)

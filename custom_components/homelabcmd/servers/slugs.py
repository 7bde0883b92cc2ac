"""Texts of which Home Assistant can make a part of an id, and those it can't."""

from homeassistant.util import slugify

_NO_SLUG = slugify("-")
"""What Home Assistant makes of a text without letters and digits."""


def has_slug(text: str) -> bool:
    """Return whether a text has anything that can be in an id."""
    slug = slugify(text)
    return bool(slug) and (slug != _NO_SLUG or _NO_SLUG in text.casefold())

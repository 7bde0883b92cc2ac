"""docs/architecture.md names files that exist, and every file of the integration."""

from pathlib import Path
import re

import pytest

from .sources import AGENT, INTEGRATION, ROOT, python_files

DOCUMENT = (ROOT / "docs/architecture.md").read_text()


def section(title: str) -> str:
    """Return a section of the document."""
    return DOCUMENT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def find(name: str) -> Path | None:
    """Return the file or folder that the document means by a path."""
    places = (INTEGRATION / name, AGENT / name, ROOT / name)
    return next((place for place in places if place.exists()), None)


def test_questions_are_there() -> None:
    rows = re.findall(r"^\| .+\? \| .+ \|$", section("Where to look"), re.MULTILINE)
    assert len(rows) >= 20


def paths() -> set[str]:
    """Return what the document names by a path, and all files that the index names."""
    everywhere = re.findall(r"`([\w.-]+/[\w./-]+)`", DOCUMENT)
    return {
        *everywhere,
        *re.findall(r"`([\w./-]+(?:\.\w+|/))`", section("Where to look")),
    }


@pytest.mark.parametrize("name", sorted(paths()))
def test_path_exists(name: str) -> None:
    assert find(name)


@pytest.mark.parametrize(
    ("file", "name"),
    sorted(set(re.findall(r"`([\w./]+\.\w+)`\s\(`(\w+)`\)", DOCUMENT))),
)
def test_name_in_a_file_is_there(file: str, name: str) -> None:
    path = find(file)
    assert path
    assert re.search(rf"\b{name}\b", path.read_text())


@pytest.mark.parametrize("file", python_files(INTEGRATION))
def test_every_file_has_its_place_in_the_list_of_rooms(file: str) -> None:
    path = Path(file)
    if path.name != "__init__.py":
        assert re.search(rf"(?<![\w.]){path.name}\b", section("Rooms"))

"""Names from servers may be anything: on screen, in ids, in lists, in Markdown."""

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.naming import item_key, shown
from custom_components.homelabcmd.core.servers.packages import MAX_LISTED, release_notes
from custom_components.homelabcmd.core.servers.watch_list import (
    Problem,
    Watched,
    problem,
    tidied,
    unit_name,
    usable,
)
from custom_components.homelabcmd.protocol.inventory import (
    Container,
    PackageUpdate,
    Service,
)

TEXTS = {"security": "Security", "other": "Other", "more": "{count} more"}
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


@given(names)
def test_a_name_is_shown_short_and_printable(name: str) -> None:
    text = shown(name)
    assert 0 < len(text) <= 100
    assert text.isprintable()
    assert shown(text) == text


def test_what_differs_at_its_end_is_told_apart() -> None:
    one, other = (f"/{'x' * 200}/{end}" for end in "ab")
    assert shown(one) != shown(other)


@given(names, names)
def test_ids_are_plain_and_differ_as_the_names_do(one: str, other: str) -> None:
    keys = {item_key("service", name) for name in (one, other)}
    assert all(key.isascii() and key.replace("_", "").isalnum() for key in keys)
    assert len(keys) == len({one, other})


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("plex.service", "plex"),
        ("plex", "plex"),
        ("backup.timer", "backup.timer"),
        ("a.mount.service", "a.mount.service"),
        ("getty@tty1.service", "getty@tty1"),
        (".service", ".service"),
    ],
)
def test_a_unit_is_known_without_the_type_that_goes_without_saying(
    name: str, known_as: str
) -> None:
    assert unit_name(name) == known_as
    assert unit_name(known_as) == known_as


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 256, "\x00", "\ud800"])
def test_what_can_t_travel_is_not_usable(name: str) -> None:
    assert not usable(name)


@pytest.mark.parametrize("name", ["--now", "../x", "<script>", "тест", "x" * 255])
def test_what_is_only_odd_is_usable(name: str) -> None:
    assert usable(name)


def test_a_list_has_everything_once_as_it_was_first_said() -> None:
    given_list = (
        Watched(name=" plex ", critical=False),
        Watched(name="plex.service"),
        Watched(name="ssh"),
    )
    assert tidied(given_list, units=True) == (
        Watched(name="plex", critical=False),
        Watched(name="ssh"),
    )
    assert len(tidied(given_list, units=False)) == 3


def test_what_is_wrong_with_an_item_has_a_word() -> None:
    assert problem(None) is Problem.NOT_REPORTED
    missing = Service(name="x", status="unknown", detail="not-found")
    assert problem(missing) is Problem.NOT_FOUND
    sick = Container(name="x", status="running", health="unhealthy")
    assert problem(sick) is Problem.UNHEALTHY
    assert problem(Service(name="x", status="failed")) is None


@given(names, names)
def test_a_package_s_name_is_never_markup(name: str, version: str) -> None:
    notes = release_notes([PackageUpdate(name=name, candidate=version)], 1, TEXTS)
    heading, _, line = notes.split("\n")
    assert heading == "## Other"
    assert line.startswith("- `")
    assert line.endswith("`")
    assert line.count("`") == 4


def test_a_long_list_is_cut_and_says_how_much_is_missing() -> None:
    packages = [PackageUpdate(name=f"p{n}", security=n == 999) for n in range(1000)]
    notes = release_notes(packages, 1200, TEXTS)
    assert notes.startswith("## Security\n\n- `p999`\n\n## Other")
    assert notes.endswith(f"{1200 - MAX_LISTED} more")
    assert release_notes([], 0, TEXTS) == ""

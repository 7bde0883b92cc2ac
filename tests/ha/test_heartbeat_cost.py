"""What a heartbeat costs, counted: times are for script/bench."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import gc
from itertools import islice
import sys
from types import FrameType

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.hub.administration import async_update_server
from tests.builders import heartbeat, signed

from .setup_hub import WEBHOOK_ID, hub_entry, key_of, set_up
from .test_inventory import watching
from .test_rows import UNITS, Day

OURS = "/custom_components/homelabcmd/"
ENTITIES = "helpers/update_coordinator.py"
WARM_UP, COUNTED = 10, 50
MOST_CALLS = 1000
"""Calls of our functions for a heartbeat: 849 were counted, and 1471 before only those
were told for whom something moved."""
MOST_ROWS = 5
MOST_OBJECTS = 55
"""New ones in what is kept of a server, which the search for garbage has to look at."""


@contextmanager
def counting(calls: Counter[str]) -> Iterator[None]:
    """Count calls of our functions, and listeners that are told."""

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        if OURS in code.co_filename:
            calls["ours"] += 1
        elif code.co_name == "_handle_coordinator_update":
            calls["told"] += 1

    before: Callable[..., object] | None = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def tracked(kept: object) -> dict[int, object]:
    """Return what of a thing the search for garbage has to look at, by identity."""
    found: dict[int, object] = {}
    waiting = [kept]
    while waiting:
        item = waiting.pop()
        if id(item) in found or isinstance(item, type) or not gc.is_tracked(item):
            continue
        found[id(item)] = item
        waiting += gc.get_referents(item)
    return found


async def test_a_heartbeat_leaves_few_objects_to_the_search_for_garbage(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "webhook", {})
    hub = await set_up(hass, hub_entry())
    async_update_server(hub, watching(hub, services=UNITS))
    client = await hass_client_no_auth()
    kept: list[dict[int, object]] = []
    for day in islice(Day(1).minutes(), 3):
        freezer.tick(60)
        request = signed(key_of(hub), heartbeat(**day))
        response = await client.post(
            f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
        )
        assert response.status == 200
        kept.append(tracked(hub.servers["nas"].data))
    new = [item for key, item in kept[2].items() if key not in kept[1]]
    print(f"\na heartbeat: {len(new)} objects")  # noqa: T201
    assert len(new) <= MOST_OBJECTS, Counter(map(type, new))
    await hass.config_entries.async_unload(hub.entry.entry_id)


async def test_a_heartbeat_tells_only_those_for_whom_something_moved(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    freezer.move_to("2026-03-02T12:00:00+00:00")
    assert await async_setup_component(hass, "webhook", {})
    hub = await set_up(hass, hub_entry())
    async_update_server(hub, watching(hub, services=UNITS))
    client = await hass_client_no_auth()
    calls: Counter[str] = Counter()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    day = Day(1).minutes()
    for number in range(WARM_UP + COUNTED):
        freezer.tick(60)
        request = signed(key_of(hub), heartbeat(**next(day)))
        if number == WARM_UP:
            await hass.async_block_till_done()
            changes.clear()
            calls.clear()
        with counting(calls):
            response = await client.post(
                f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
            )
        assert response.status == 200
    await hass.async_block_till_done()
    of_server = [e for e in changes if ".nas_" in e.data["entity_id"]]
    rows, told, ours = (
        count / COUNTED for count in (len(of_server), calls["told"], calls["ours"])
    )
    print(f"\na heartbeat: {ours:.0f} calls, {told:.1f} told, {rows:.1f} rows")  # noqa: T201
    # A figure may move and still be rounded to the same.
    assert 0 < rows <= told <= rows + 1
    assert rows <= MOST_ROWS
    assert ours <= MOST_CALLS
    await hass.config_entries.async_unload(hub.entry.entry_id)

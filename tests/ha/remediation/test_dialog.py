"""The dialog that says what may happen without a person."""

import pytest

from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Dialogs

pytestmark = pytest.mark.usefixtures("address")


async def test_nothing_happens_by_itself_until_the_user_says_so(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.options(hub.entry)
    await dialog.pick("repairs")
    shown = {field["name"]: field["default"] for field in dialog.seen["data_schema"]}
    assert shown == {
        "auto_enabled": False,
        "auto_types": ["restart_service", "clear_logs"],
    }
    assert not hub.remediator.auto.enabled
    await dialog.submit(auto_enabled=True, auto_types=["restart_service"])
    assert hub.remediator.auto.enabled
    dialog = await dialogs.options(hub.entry)
    await dialog.pick("repairs")
    await dialog.submit(auto_enabled=True, auto_types=[])
    assert hub.remediator.auto.for_all == ()

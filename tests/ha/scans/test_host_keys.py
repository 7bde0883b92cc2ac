"""Nobody but the machine that a person has recognised is told anything."""

from typing import Any

from homeassistant.core import Context
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.errors import HomelabError

from .bench import Bench


async def test_a_first_scan_shows_the_key_and_sends_nothing(bench: Bench) -> None:
    scan = await bench.scan()
    assert scan["error"]["code"] == "host_key_unknown"
    assert scan["host_key"]["fingerprint"] == bench.server.fingerprint
    assert scan["verified"] is False or scan["results"] is None
    assert bench.server.came == 1
    assert bench.server.tried == []
    assert bench.issues() == ["host_key_unknown"]


async def test_the_repair_shows_the_fingerprint_and_trusts_it(bench: Bench) -> None:
    await bench.scan()
    dialog = await bench.dialogs.repair(bench.issue_id())
    shown = dialog.seen["description_placeholders"]
    assert shown["fingerprint"] == bench.server.fingerprint
    await dialog.submit()
    assert bench.issues() == []
    assert (await bench.scan())["status"] == "completed"


async def test_a_changed_key_stops_the_scan_and_is_explained(bench: Bench) -> None:
    await bench.trusted()
    before = bench.server.fingerprint
    tried = list(bench.server.tried)
    await bench.server.replace_key()
    scan = await bench.scan()
    assert scan["error"]["code"] == "host_key_changed"
    assert bench.server.tried == tried
    assert bench.issues() == ["host_key_changed"]
    dialog = await bench.dialogs.repair(bench.issue_id())
    shown = dialog.seen["description_placeholders"]
    assert shown["trusted"] == before
    assert shown["fingerprint"] == bench.server.fingerprint
    await dialog.submit()
    assert (await bench.scan())["status"] == "completed"


@pytest.mark.parametrize("algorithm", ["ssh-rsa", "ecdsa-sha2-nistp256"])
async def test_a_key_of_another_kind_is_a_changed_key(
    bench: Bench, algorithm: str
) -> None:
    await bench.trusted()
    tried = list(bench.server.tried)
    await bench.server.replace_key(algorithm)
    scan = await bench.scan()
    assert scan["error"]["code"] == "host_key_changed"
    assert bench.server.tried == tried
    await bench.trust(fingerprint=bench.server.fingerprint)
    assert (await bench.scan())["status"] == "completed"


async def test_the_old_key_again_is_good_after_a_changed_one(bench: Bench) -> None:
    await bench.trusted()
    old = bench.server.key
    await bench.server.replace_key()
    await bench.scan()
    await bench.server.__aexit__()
    bench.server.key = old
    await bench.server._listen()
    assert (await bench.scan())["status"] == "completed"


async def test_a_repair_of_a_key_that_was_replaced_since_trusts_nothing(
    bench: Bench,
) -> None:
    await bench.scan()
    dialog = await bench.dialogs.repair(bench.issue_id())
    await bench.server.replace_key()
    await bench.scan()
    answer = await dialog.submit()
    assert answer["reason"] == "host_key_other"
    assert (await bench.scan())["error"]["code"] == "host_key_unknown"


async def test_only_what_the_machine_has_shown_can_be_trusted(bench: Bench) -> None:
    place: dict[str, Any] = {"host": "127.0.0.1", "port": bench.server.port}
    made_up = "SHA256:" + "A" * 43
    said = await bench.refused("trust_host", **place, fingerprint=made_up)
    assert "not been scanned" in said
    await bench.scan()
    said = await bench.refused("trust_host", **place, fingerprint=made_up)
    assert "has not shown" in said
    said = await bench.refused("trust_host", **place)
    assert "not both" in said
    said = await bench.refused(
        "trust_host", **place, fingerprint=made_up, without_verification=True
    )
    assert "not both" in said


async def test_no_verification_is_a_choice_and_said_on_every_result(
    bench: Bench,
) -> None:
    await bench.trust(without_verification=True)
    scan = await bench.scan()
    assert scan["status"] == "completed"
    assert scan["verified"] is False
    assert scan["results"]["verified"] is False
    await bench.server.replace_key()
    assert (await bench.scan())["status"] == "completed"
    listed = await bench.call("list_scans")
    assert [item["verified"] for item in listed["scans"]] == [False, False]
    assert bench.issues() == []


async def test_a_machine_that_was_forgotten_is_recognised_anew(bench: Bench) -> None:
    await bench.trusted()
    place: dict[str, Any] = {"host": "127.0.0.1", "port": bench.server.port}
    await bench.call("forget_host", **place)
    assert (await bench.scan())["error"]["code"] == "host_key_unknown"
    await bench.call("forget_host", **place)
    assert bench.issues() == []
    assert "not been scanned" in await bench.refused("forget_host", **place)


async def test_what_is_to_be_decided_is_a_repair_again_after_a_restart(
    bench: Bench,
) -> None:
    await bench.scan()
    ir.async_delete_issue(bench.hass, DOMAIN, bench.issue_id())
    entry = bench.hub.entry
    await bench.hass.config_entries.async_reload(entry.entry_id)
    assert bench.issues() == ["host_key_unknown"]


async def test_automation_trusts_no_key(bench: Bench) -> None:
    scan = await bench.scan()
    assert scan["verified"] is False
    place: dict[str, Any] = {"host": "127.0.0.1", "port": bench.server.port}
    decision: dict[str, Any]
    for decision in (
        {"fingerprint": scan["host_key"]["fingerprint"]},
        {"without_verification": True},
    ):
        with pytest.raises(HomelabError) as refused:
            await bench.call("trust_host", Context(), **place, **decision)
        assert refused.value.translation_key == "trust_needs_person"
    assert (await bench.scan())["error"]["code"] == "host_key_unknown"


async def test_machine_without_verification_can_be_trusted_later(
    bench: Bench,
) -> None:
    place: dict[str, Any] = {"host": "127.0.0.1", "port": bench.server.port}
    await bench.call("trust_host", **place, without_verification=True)
    scan = await bench.scan()
    assert scan["verified"] is False
    fingerprint = scan["host_key"]["fingerprint"]
    await bench.call("trust_host", **place, fingerprint=fingerprint)
    assert (await bench.scan())["verified"] is True


async def test_repair_ends_when_the_trusted_key_is_back(bench: Bench) -> None:
    await bench.trusted()
    ours = bench.server.key
    await bench.server.replace_key()
    scan = await bench.scan()
    assert (scan["error"]["code"], scan["verified"]) == ("host_key_changed", False)
    assert bench.issues()
    await bench.server.__aexit__()
    bench.server.key = ours
    await bench.server._listen()
    assert (await bench.scan())["verified"] is True
    assert not bench.issues()

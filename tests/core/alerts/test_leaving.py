"""An agent that takes its leave ends its alerts, and no protection from too many."""

from custom_components.homelabcmd.core.alerts.alert import Resolution
from custom_components.homelabcmd.core.alerts.evidence import Evidence
from custom_components.homelabcmd.core.servers.server import Presence

from .make import NGINX, ROOT, Story, kinds, told

FULL, FREE = {ROOT: 95.0}, {ROOT: 20.0}
LEFT = Evidence(left=True)


def leave(story: Story) -> list[tuple[str, str]]:
    return kinds(story.judge(LEFT, Presence.OFFLINE))


def _restless() -> Story:
    """Return the story of a server that has left and come back twice."""
    story = Story()
    for _ in range(2):
        assert told(story.wait(60).see(FULL)) == [("opened", "disk_critical")]
        assert leave(story.wait(60)) == [("resolved", "disk_critical")]
    assert told(story.wait(60).see(FULL)) == [("opened", "flapping")]
    return story


def test_one_that_leaves_and_returns_again_and_again_is_one_alert() -> None:
    story = _restless()
    for _ in range(50):
        assert leave(story.wait(60)) == []
        assert story.wait(60).see(FULL) == []


def test_that_alert_ends_when_it_has_left_for_good() -> None:
    story = _restless()
    assert leave(story.wait(60)) == []
    for _ in range(29):
        assert leave(story.wait(60)) == []
    assert leave(story.wait(60)) == [("resolved", "flapping")]
    assert story.records[-1].alert.resolution is Resolution.GONE
    assert not story.alerts.tracks


def test_one_that_leaves_as_it_begins_to_flap_is_told_to_flap() -> None:
    story = Story()
    for readings in (FULL, FREE, FULL, FREE):
        story.wait(60).see(readings)
    story.wait(1800)
    for readings in (FULL, FREE, FULL):
        story.wait(60).see(readings)
    leave(story.wait(60))
    assert told(story.wait(60).see(FULL)) == [("opened", "flapping")]


def test_what_was_resolved_by_hand_stays_quiet_over_a_leave_for_a_day() -> None:
    story = Story()
    story.see(FULL)
    story.resolve()
    leave(story.wait(60))
    assert story.wait(3600).see(FULL) == []
    leave(story.wait(60))
    assert leave(story.wait(86400)) == []
    assert told(story.wait(60).see(FULL)) == [("opened", "disk_critical")]


def test_what_is_well_after_a_leave_may_be_told_again() -> None:
    story = Story()
    story.see(FULL)
    story.resolve()
    leave(story.wait(60))
    story.wait(60).see(FREE)
    assert told(story.wait(60).see(FULL)) == [("opened", "disk_critical")]


def test_a_leave_resets_no_crash_loop() -> None:
    story = Story()
    for _ in range(3):
        story.wait(60).see({NGINX: 1})
        leave(story.wait(10))
        story.wait(60).see({NGINX: 0})
    assert told(story.records) == [("opened", "flapping")]


def test_protection_is_remembered_over_a_restart_after_a_leave() -> None:
    story = _restless()
    leave(story.wait(60))
    story.restart(mono=5.0)
    assert story.wait(60).see(FULL) == []


def test_nothing_is_remembered_of_a_server_that_left_for_long() -> None:
    story = Story()
    story.see({**FULL, NGINX: 1, ("disk", "/usb"): 95})
    story.wait(60).see(FULL, present={"disk": {"/"}})
    leave(story.wait(60))
    leave(story.wait(1800))
    assert not story.alerts.known

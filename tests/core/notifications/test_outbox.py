"""One message per alert and target, and no change of an alert without one."""

from dataclasses import replace
from datetime import time

import pytest

from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.core.notifications.news import Parcel, Reason
from custom_components.homelabcmd.core.notifications.targets import (
    DEFAULT,
    QuietHours,
    Style,
    Target,
    TargetKind,
    targets_of,
    with_target,
    without_target,
)
from custom_components.homelabcmd.core.servers.server import Presence

from ..alerts.make import CPU, NGINX, ROOT
from .make import MAIL, PHONE, Post, of_alerts

WARM, FULL, FREE = {ROOT: 85.0}, {ROOT: 95.0}, {ROOT: 20.0}
SLACK = replace(MAIL, target_id="slack", style=Style.SLACK)


def _disks(number: int, value: float) -> dict[tuple[str, str], float]:
    return {("disk", f"/mnt/{place}"): value for place in range(number)}


def test_every_target_that_wants_it_is_told_once_and_hears_of_the_end() -> None:
    post = Post().see(WARM).pump()
    for _ in range(20):
        post.wait(60).see(WARM).pump()
    post.see(FREE).pump()
    assert (
        post.heard("phone")
        == post.heard("mail")
        == [
            "opened:disk_warning",
            "resolved:disk_warning",
        ]
    )
    assert post.outbox.lines == {}


def test_what_gets_worse_is_told_again_as_the_same_alert() -> None:
    post = Post().see(WARM).pump().wait(60).see(FULL).pump()
    assert post.heard("phone") == ["opened:disk_warning", "escalated:disk_critical"]
    first, second = (parcel.news[0].subject_id for _, parcel in post.delivered[:2])
    assert first == second


def test_a_target_hears_of_the_severities_it_was_set_to() -> None:
    low = replace(PHONE, severities=frozenset({Severity.MEDIUM}))
    post = Post(targets={"phone": low, "mail": MAIL})
    post.see({CPU: 99.0, ROOT: 95.0}).wait(300).see({CPU: 99.0, ROOT: 95.0}).pump()
    assert post.heard("phone") == ["opened:cpu_warning"]
    assert post.heard("mail") == ["opened:disk_critical"]


@pytest.mark.parametrize(
    "mine",
    [
        replace(PHONE, servers=frozenset({"nas"})),
        replace(PHONE, tags=frozenset({"media"})),
    ],
)
def test_a_target_hears_of_the_servers_it_was_set_to(mine: Target) -> None:
    post = Post(targets={"phone": mine}, tags={"nas": ("media", "big"), "pi": ()})
    post.see(FULL, "pi").see(FULL, "nas").pump()
    assert [parcel.news[0].server_id for _, parcel in post.delivered] == ["nas"]


def test_once_somebody_took_care_phones_drop_it_and_mail_is_not_bothered() -> None:
    post = Post(targets={"phone": PHONE, "mail": MAIL, "slack": SLACK})
    post.see(FULL).pump().wait(30).acknowledge().pump()
    assert post.heard("phone")[1:] == ["acknowledged:disk_critical"]
    assert post.heard("slack")[1:] == ["acknowledged:disk_critical"]
    assert post.heard("mail")[1:] == []
    post.wait(60).see(FREE).pump()
    assert post.heard("mail")[1:] == ["resolved:disk_critical"]


def test_who_was_not_told_in_time_is_not_told_of_what_was_answered() -> None:
    post = Post(broken={"phone"}).see(FULL).pump().acknowledge()
    post.broken.clear()
    post.pump_for(60)
    assert post.heard("phone") == []


def test_an_unanswered_critical_alert_is_told_again_after_four_hours() -> None:
    post = Post().see(FULL).pump().wait(4 * 3600).tick().pump()
    assert post.heard("phone") == ["opened:disk_critical", "repeated:disk_critical"]


def test_a_dead_host_is_one_message() -> None:
    post = Post().see({NGINX: 1.0, CPU: 99.0}).wait(30)
    post.tick(presence=Presence.OFFLINE).wait(600)
    post.tick(presence=Presence.OFFLINE).pump()
    assert post.heard("mail") == ["opened:server_offline"]


def test_more_than_five_at_a_time_are_one_message() -> None:
    post = Post().see(_disks(12, 95)).pump()
    (parcel,) = (parcel for _, parcel in post.delivered if parcel.target_id == "mail")
    assert (len(parcel.news), parcel.reason) == (12, Reason.STORM)


def test_a_flood_that_goes_on_is_five_messages_and_one_that_sums_up() -> None:
    post = Post()
    for number in range(1, 60):
        post.see(_disks(number, 95)).pump().wait(1).tick().pump()
    sizes = [len(p.news) for at, p in post.delivered if p.target_id == "mail"]
    assert sizes[:5] == [1] * 5
    assert len(sizes) == 6
    post.pump_for(120)
    told = [n for _, p in post.delivered if p.target_id == "mail" for n in p.news]
    assert len(told) == 59


def test_what_was_kept_back_in_maintenance_is_one_message_at_its_end() -> None:
    post = Post()
    post.book.begin_maintenance("nas", None, post.wall, post.mono)
    post.see(_disks(3, 95)).pump_for(60)
    assert post.delivered == []
    post.book.end_maintenance("nas")
    post.tick().pump()
    (parcel,) = (parcel for _, parcel in post.delivered if parcel.target_id == "mail")
    assert (len(parcel.news), parcel.reason) == (3, Reason.MAINTENANCE)


def test_what_ended_in_maintenance_is_taken_back_where_it_was_told() -> None:
    post = Post().see(FULL).pump()
    post.book.begin_maintenance("nas", None, post.wall, post.mono)
    post.see(FREE).pump()
    assert post.heard("phone")[1:] == ["resolved:disk_critical"]


def _quiet(target: Target) -> Target:
    return replace(target, quiet=QuietHours(start=time(22), end=time(7)))


def _night(post: Post) -> Post:
    post.wall = post.wall.replace(hour=23, minute=0)
    return post


def test_in_quiet_hours_only_what_is_critical_gets_through() -> None:
    post = _night(Post(targets={"mail": _quiet(MAIL)}))
    post.see({ROOT: 85.0, ("disk", "/srv"): 95.0}).pump()
    assert post.heard("mail") == ["opened:disk_critical"]


def test_what_waited_for_the_morning_is_one_message() -> None:
    post = _night(Post(targets={"mail": _quiet(MAIL)}))
    post.see(_disks(3, 85)).pump_for(3600, 60)
    post.see({**_disks(3, 85), ("disk", "/mnt/1"): 20.0}).pump_for(8 * 3600, 60)
    ((_, parcel),) = post.delivered
    assert parcel.reason is Reason.QUIET
    assert sorted(news.kind for news in of_alerts(parcel)) == [
        "opened",
        "opened",
        "resolved",
    ]


@pytest.mark.parametrize(
    ("start", "end", "at", "held"),
    [
        (time(22), time(7), time(21, 59), False),
        (time(22), time(7), time(22), True),
        (time(22), time(7), time(6, 59), True),
        (time(22), time(7), time(7), False),
        (time(13), time(15), time(14), True),
        (time(13), time(15), time(15), False),
        (time(8), time(8), time(8), False),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    start: time, end: time, at: time, *, held: bool
) -> None:
    now = Post().wall.replace(hour=at.hour, minute=at.minute, second=0)
    assert QuietHours(start=start, end=end).hold(now) is held


def test_a_target_that_fails_holds_up_no_other_and_is_tried_again() -> None:
    post = Post(broken={"phone"}).see(FULL).pump()
    assert post.heard("mail") == ["opened:disk_critical"]
    post.pump_for(60)
    assert 2 <= post.outbox.failures("phone") <= 6
    post.broken.clear()
    post.pump_for(120)
    assert post.heard("phone") == ["opened:disk_critical"]
    assert post.outbox.failures("phone") == 0


def test_after_a_quarter_of_an_hour_it_is_given_up() -> None:
    post = Post(broken={"phone"}).see(FULL).pump().pump_for(899)
    assert post.given_up == []
    post.pump_for(200)
    assert [item.target_id for item in post.given_up] == ["phone"]
    post.broken.clear()
    post.pump_for(600)
    assert post.heard("phone") == []


def test_a_message_that_can_not_be_delivered_does_not_hold_up_the_others() -> None:
    post = Post(targets={"mail": MAIL}).see({ROOT: 95.0}).see({ROOT: 95.0, NGINX: 1})
    post.wait(60).see({ROOT: 95.0, NGINX: 1})
    bad = post.outbox.next("mail", post.wall, post.wall, post.mono)
    assert bad is not None
    post.outbox.failed(bad, post.mono)
    post.wait(5)
    after = post.outbox.next("mail", post.wall, post.wall, post.mono)
    assert after is not None
    assert after.news[0].subject_id != bad.news[0].subject_id


def test_who_is_chosen_later_is_not_told_of_what_was_there_before() -> None:
    post = Post(targets={"mail": MAIL}).see(FULL).pump()
    post.choose(MAIL, PHONE)
    post.pump().restart().pump()
    assert post.heard("phone") == []
    post.see(FREE).pump()
    assert post.heard("phone") == []


def test_a_target_that_is_no_more_is_forgotten() -> None:
    post = Post(broken={"phone"}).see(FULL).pump()
    post.choose(MAIL)
    assert {place[0] for place in post.outbox.lines} == {"mail"}
    assert post.outbox.busy() == set()


def test_only_a_phone_s_message_about_one_open_alert_has_a_button() -> None:
    post = Post().see(FULL).pump()
    tokens = {parcel.target_id: parcel.token for _, parcel in post.delivered}
    assert tokens["mail"] is None
    assert tokens["phone"] is not None
    place = post.outbox.whose_button(tokens["phone"], post.wall)
    assert place == ("phone", post.delivered[0][1].news[0].subject_id)


def test_a_button_works_until_another_message_takes_its_place() -> None:
    post = Post().see(WARM).pump().restart()
    (first,) = (p.token for _, p in post.delivered if p.token)
    assert post.outbox.whose_button(first, post.wall)
    post.broken = {"phone"}
    post.see(FULL).pump()
    assert post.outbox.whose_button(first, post.wall)
    post.broken = set()
    post.pump_for(60)
    second = post.delivered[-1][1].token
    assert second is not None
    assert post.outbox.whose_button(first, post.wall) is None
    assert post.outbox.whose_button(second, post.wall)


def test_a_button_is_dead_after_a_day_and_once_the_alert_was_answered() -> None:
    post = Post().see(FULL).pump()
    (token,) = (p.token for _, p in post.delivered if p.token)
    assert post.outbox.whose_button(token, post.wait(86400).wall) is None
    post = Post().see(FULL).pump()
    (token,) = (p.token for _, p in post.delivered if p.token)
    post.acknowledge()
    assert post.outbox.whose_button(token, post.wall) is None


def test_until_another_is_chosen_home_assistant_itself_is_told() -> None:
    assert targets_of(None) == {"default": DEFAULT}
    stored = with_target(None, PHONE)
    assert targets_of(stored) == {"phone": PHONE}
    stored = with_target(stored, MAIL)
    assert list(targets_of(stored)) == ["phone", "mail"]
    stored = with_target(stored, replace(PHONE, name="Other"))
    assert [target.name for target in targets_of(stored).values()] == ["Other", "Mail"]
    left = without_target(without_target(stored, "phone"), "mail")
    assert targets_of(left) == {"default": DEFAULT}


def test_a_target_is_stored_as_it_is() -> None:
    target = Target(
        target_id="a1",
        kind=TargetKind.SLACK_WEBHOOK,
        name="Slack",
        address="https://hooks.example/x",
        channel="#ops",
        severities=frozenset({Severity.LOW}),
        breaks_silence=True,
        quiet=QuietHours(start=time(22, 30), end=time(6)),
        servers=frozenset({"nas"}),
        tags=frozenset({"media"}),
    )
    assert Target.from_data(target.as_data()) == target


def test_what_a_crash_took_is_told_all_the_same() -> None:
    post = Post().see(WARM).restart(crash=True).pump()
    assert post.heard("mail") == ["opened:disk_warning"]
    post.save()
    post.see(FULL).restart(crash=True).pump()
    assert post.heard("mail")[1:] == ["escalated:disk_critical"]
    post.see(FREE).restart(crash=True).pump()
    assert post.heard("mail")[2:] == ["resolved:disk_critical"]


def _under_way(post: Post, target_id: str = "phone") -> Parcel:
    """Return a parcel that is handed out and not delivered yet."""
    parcel = post.outbox.next(target_id, post.wall, post.wall, post.mono)
    assert parcel is not None
    return parcel


def test_what_is_acknowledged_while_it_is_under_way_is_taken_away_again() -> None:
    post = Post(targets={"phone": PHONE}).see(FULL)
    parcel = _under_way(post)
    post.acknowledge()
    post.outbox.delivered(parcel, post.mono)
    post.pump()
    assert post.heard("phone") == ["acknowledged:disk_critical"]


def test_what_ends_while_it_is_under_way_does_not_stay() -> None:
    post = Post(targets={"phone": PHONE}).see(FULL)
    parcel = _under_way(post)
    post.book.begin_maintenance("nas", None, post.wall, post.mono)
    post.see(FREE)
    post.outbox.delivered(parcel, post.mono)
    post.pump()
    assert post.heard("phone") == ["resolved:disk_critical"]


def test_what_eases_while_it_is_under_way_is_not_told_twice() -> None:
    post = Post(targets={"mail": MAIL}).see(FULL)
    parcel = _under_way(post, "mail")
    post.wait(1).see(WARM)
    post.outbox.delivered(parcel, post.mono)
    assert post.pump().delivered == []


def test_what_is_over_takes_its_own_place_on_a_phone_however_many_are() -> None:
    post = Post(targets={"phone": PHONE, "mail": MAIL})
    for number in range(1, 9):
        post.see(_disks(number, 95)).pump().wait(70)
    post.see(_disks(8, 20)).pump()
    over = {
        target_id: [
            len(parcel.news)
            for _, parcel in post.delivered
            if parcel.target_id == target_id and all(news.over for news in parcel.news)
        ]
        for target_id in ("phone", "mail")
    }
    assert over == {"phone": [1] * 8, "mail": [8]}


def test_the_button_of_a_message_works_although_others_were_summed_up() -> None:
    post = Post(targets={"phone": PHONE}).see(WARM).pump()
    (token,) = (p.token for _, p in post.delivered if p.token)
    post.wait(60).see(_disks(12, 95) | FULL).pump()
    assert len(post.delivered[-1][1].news) == 13
    assert post.outbox.whose_button(token, post.wall)
    post.acknowledge().pump()
    assert post.heard("phone")[2:] == ["acknowledged:disk_critical"]


def test_what_maintenance_holds_back_is_not_told_by_a_restart() -> None:
    post = Post(targets={"mail": MAIL}).see(WARM).pump()
    post.book.begin_maintenance("nas", None, post.wall, post.mono)
    post.wait(60).see(FULL).pump().restart().pump()
    assert post.heard("mail") == ["opened:disk_warning"]
    post.book.end_maintenance("nas")
    post.tick().pump()
    assert post.heard("mail")[1:] == ["overdue:disk_critical"]


def test_a_phone_that_was_away_for_long_is_told_that_it_is_over() -> None:
    post = Post(targets={"phone": PHONE}).see(FULL).pump()
    post.broken = {"phone"}
    post.see(FREE).pump().pump_for(3600, 60)
    assert post.given_up == []
    post.broken = set()
    post.pump_for(300, 60)
    assert post.heard("phone")[1:] == ["resolved:disk_critical"]

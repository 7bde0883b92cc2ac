"""What there is to install changes: it is asked for anew, but not all the time."""

from custom_components.homelabcmd.core.remediation.renewals import PAUSE, Renewals

from .test_updates import ask, desk


def test_what_changes_all_the_time_is_asked_for_once_an_hour() -> None:
    station, _ = desk()
    action = ask(station)
    renewals = Renewals()
    asked = 0
    for minute in range(180):
        renewals.note("nas", (action,))
        asked += len(list(renewals.due(minute * 60, lambda _server: False)))
    assert asked == 3


def test_a_look_costs_no_pause_and_what_rests_is_asked_later() -> None:
    station, _ = desk()
    action = ask(station)
    renewals = Renewals()
    renewals.note("nas", ())
    assert list(renewals.due(0, lambda _server: False)) == [("nas", ())]
    renewals.note("nas", (action,))
    renewals.note("nas", ())
    assert list(renewals.due(1, lambda _server: True)) == []
    assert list(renewals.due(2, lambda _server: False)) == [("nas", (action,))]
    assert list(renewals.due(2 + PAUSE, lambda _server: False)) == []

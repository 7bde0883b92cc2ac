"""One server is one machine with one running agent."""

from hypothesis import given, strategies as st

from custom_components.homelabcmd.core.servers.identity import (
    ALTERNATION_WINDOW,
    Identity,
    Verdict,
    advance,
    judge,
    judge_run,
)


def _play(messages: list[tuple[str, int, float]]) -> list[Verdict]:
    """Judge (run, sequence, time) one after the other, taking in what is new."""
    identity, verdicts = Identity(), []
    for run, sequence, at in messages:
        verdict = judge(identity, "machine", run, sequence, at)
        if verdict is Verdict.NEXT:
            identity = advance(identity, "machine", run, sequence, at)
        verdicts.append(verdict)
    return verdicts


def test_a_lower_or_equal_sequence_of_the_same_run_is_stale() -> None:
    assert _play([("a", 2, 0), ("a", 2, 1), ("a", 1, 2), ("a", 3, 3)]) == [
        Verdict.NEXT,
        Verdict.STALE,
        Verdict.STALE,
        Verdict.NEXT,
    ]


def test_a_restarted_agent_begins_anew() -> None:
    verdicts = _play([("a", 9, 0), ("b", 1, 60), ("c", 1, 61)])
    assert verdicts == [Verdict.NEXT] * 3


def test_two_runs_by_turns_are_two_agents() -> None:
    verdicts = _play([("a", 1, 0), ("b", 1, 30), ("a", 2, 60), ("b", 2, 90)])
    assert verdicts == [Verdict.NEXT, Verdict.NEXT, Verdict.TWO_RUNS, Verdict.NEXT]


def test_three_agents_by_turns_are_noticed_too() -> None:
    verdicts = _play([("a", 1, 0), ("b", 1, 1), ("c", 1, 2), ("a", 2, 3)])
    assert verdicts[-1] is Verdict.TWO_RUNS


def test_a_late_copy_of_the_run_before_is_only_stale() -> None:
    assert _play([("a", 5, 0), ("b", 1, 1), ("a", 5, 2)])[-1] is Verdict.STALE


def test_a_run_that_comes_back_after_ten_minutes_is_let_in() -> None:
    late = 1 + ALTERNATION_WINDOW + 1
    assert _play([("a", 1, 0), ("b", 1, 1), ("a", 2, late)])[-1] is Verdict.NEXT


def test_another_machine_is_refused_and_a_missing_id_is_not() -> None:
    identity = advance(Identity(), "one", "a", 1, 0)
    assert judge(identity, "two", "b", 1, 1) is Verdict.OTHER_MACHINE
    assert judge(identity, None, "a", 2, 1) is Verdict.NEXT
    assert advance(identity, None, "a", 2, 1).machine_id == "one"


def test_a_message_without_a_sequence_is_judged_by_machine_and_run() -> None:
    identity = advance(Identity(), "one", "a", 5, 0)
    identity = advance(identity, "one", "b", 1, 60)
    assert judge_run(identity, "one", "b", 61) is Verdict.NEXT
    assert judge_run(identity, "two", "b", 61) is Verdict.OTHER_MACHINE
    assert judge_run(identity, "one", "a", 61) is Verdict.TWO_RUNS
    assert judge_run(identity, "one", "c", 61) is Verdict.NEXT
    assert judge_run(identity, "one", "a", 61 + ALTERNATION_WINDOW) is Verdict.NEXT
    assert judge_run(Identity(), "one", "a", 0) is Verdict.NEXT


def test_without_a_run_everything_is_new() -> None:
    assert judge(Identity(run_id="a", sequence=9), None, None, None, 0) is Verdict.NEXT


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20), st.floats(0, 900)))
)
def test_no_sequence_of_a_run_is_taken_in_twice_within_the_window(
    messages: list[tuple[str, int, float]],
) -> None:
    messages = sorted(messages, key=lambda message: message[2])
    taken: dict[tuple[str, int], float] = {}
    for (run, sequence, at), verdict in zip(messages, _play(messages), strict=True):
        if verdict is Verdict.NEXT:
            before = taken.get((run, sequence), float("-inf"))
            assert at - before > ALTERNATION_WINDOW
            taken[run, sequence] = at

"""Decisions: pure Python without Home Assistant, I/O or a clock of its own.

Two times come in as arguments: `wall`, an aware UTC datetime to show and to store,
and `mono`, seconds of a monotonic clock, on which durations are judged, so that a
clock that jumps changes nothing.
"""

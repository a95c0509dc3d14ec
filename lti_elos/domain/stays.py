"""Stays: when somebody was in a meeting, out of the moments at which they came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

Stay = tuple[datetime, datetime]
"""From when until when."""


def stays_of(came: Iterable[datetime], went: Iterable[datetime], *, until: datetime) -> list[Stay]:
    """One device's stays, in order. Who never left stayed ``until`` the end; coming again while inside, or going again
    while outside, is nothing new.
    """
    ins, outs = Counter(came), Counter(went)
    stays: list[Stay] = []
    since: datetime | None = None
    for at in sorted(ins.keys() | outs.keys()):
        if since is not None and outs[at]:
            stays.append((since, at))
            since = at if ins[at] else None
        elif since is None and ins[at] > outs[at]:
            since = at
        elif since is None and ins[at]:
            stays.append((at, at))
    if since is not None and since <= until:
        stays.append((since, until))
    return stays


def merged(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """The stays in order, those that overlap or touch as one: two devices do not count twice."""
    whole: list[Stay] = []
    for since, until in sorted(stays):
        if whole and since <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], until))
        else:
            whole.append((since, until))
    return tuple(whole)


def length_of(stays: Iterable[Stay]) -> timedelta:
    """How long they are together."""
    return sum((until - since for since, until in stays), timedelta(0))


def peak_of(people: Iterable[Iterable[Stay]]) -> int:
    """How many of the people were in at once, at most. Who goes when another comes is not there with them."""
    moves = sorted((at, step) for stays in people for stay in stays for at, step in zip(stay, (1, -1), strict=True))
    inside = peak = 0
    for _, step in moves:
        inside += step
        peak = max(peak, inside)
    return peak

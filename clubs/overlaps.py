"""Several readings of one member, from overlapping pictures of one scan, made one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from clubs.names import canonical, folded
from clubs.readings import Metric, Problem, Reading

_CONFLICT = "conflicting_power"
_OUTLIER = "outlier_power"


def merged(readings: Iterable[Reading]) -> tuple[list[Reading], list[Problem]]:
    """One reading a member, in the order of their first readings; what is kept does not depend on any order.

    The same name is one member. Names that only fonts confuse are one member when they have a power in common, or
    when there are two of them and one has only sim and the other only total power. Of different powers under one name
    the one that most pictures show is kept, then the surest, then the largest (engines lose digits, they add none).
    """
    by_key: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_key[canonical(reading.name)].append(reading)
    by_fold: dict[str, list[list[Reading]]] = defaultdict(list)
    for key in sorted(by_key):
        by_fold[folded(key)].append(by_key[key])
    members = [member for alike in by_fold.values() for member in _joined(alike)]
    results = sorted((_one(member) for member in members), key=lambda result: result[0].index)
    return [reading for reading, _ in results], [problem for _, problems in results for problem in problems]


def power_of(reading: Reading, metric: Metric) -> int | None:
    """The reading's power of this metric."""
    return reading.sim_power if metric is Metric.SIM else reading.total_power


def _joined(alike: list[list[Reading]]) -> list[list[Reading]]:
    """Groups of readings whose names look alike, joined where they are one member."""
    joined: list[list[Reading]] = []
    owner: dict[tuple[Metric, int], list[Reading]] = {}
    for group in alike:
        powers = _powers(group)
        home = next((owner[power] for power in sorted(powers) if power in owner), None)
        if home is None:
            joined.append(home := [])
        home += group
        owner |= dict.fromkeys(powers, home)
    if len(joined) == 2 and not {m for m, _ in _powers(joined[0])} & {m for m, _ in _powers(joined[1])}:
        return [joined[0] + joined[1]]
    return joined


def _powers(group: Iterable[Reading]) -> set[tuple[Metric, int]]:
    return {
        (metric, power) for reading in group for metric in Metric if (power := power_of(reading, metric)) is not None
    }


def _one(member: Sequence[Reading]) -> tuple[Reading, list[Problem]]:
    """The one reading of a member, with what the others disagree in."""
    index = min(reading.index for reading in member)
    name = _name(member)
    kept = {metric: _kept(member, metric) for metric in Metric}
    problems = [
        Problem(index, name, _CONFLICT, f"Read as {_listed(powers)} {metric} power; {kept[metric]:,} was kept.")
        for metric in Metric
        if len(powers := {power for reading in member if (power := power_of(reading, metric)) is not None}) > 1
    ]
    agreeing = [r for r in member if all(power_of(r, m) in {None, kept[m]} for m in Metric)] or member
    flags = {flag for reading in agreeing for flag in reading.flags} | {problem.code for problem in problems}
    confidence = max((r.confidence for r in agreeing if r.confidence is not None), default=None)
    seen = _last_seen(agreeing)
    return Reading(index, name, kept[Metric.SIM], kept[Metric.TOTAL], confidence, seen, tuple(sorted(flags))), problems


def _kept(member: Iterable[Reading], metric: Metric) -> int | None:
    by_power: dict[int, list[Reading]] = defaultdict(list)
    for reading in member:
        if (power := power_of(reading, metric)) is not None:
            by_power[power].append(reading)
    return max(by_power, key=lambda power: (*_trust(by_power[power]), power), default=None)


def _trust(readings: Sequence[Reading]) -> tuple[bool, int, float]:
    """How far readings that agree are to be trusted, for comparing."""
    usual = any(_OUTLIER not in reading.flags for reading in readings)
    return usual, len(readings), max(reading.confidence or 0 for reading in readings)


def _name(member: Iterable[Reading]) -> str:
    """The spelling that most pictures show, then the surest, then the one with most accents."""
    by_name: dict[str, list[Reading]] = defaultdict(list)
    for reading in member:
        by_name[reading.name].append(reading)
    return max(by_name, key=lambda name: (*_trust(by_name[name]), len(normalize("NFD", name)), name))


def _last_seen(member: Iterable[Reading]) -> str | None:
    """What most pictures say; they were taken minutes apart."""
    said = Counter(reading.last_seen for reading in member if reading.last_seen)
    return max(said, key=lambda seen: (said[seen], seen), default=None)


def _listed(powers: Iterable[int]) -> str:
    return " and ".join(f"{power:,}" for power in sorted(powers)[:3])

"""Which known member each name of a scan is, and how that was found."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from clubs.names import digits_of, folded

M = TypeVar("M", bound=Hashable)

MIN_SCORE = 80  # of 100; one letter of five read wrong
MIN_LEAD = 8  # over the next best other member
MIN_LENGTH = 5  # below that one wrong letter makes another name


class How(StrEnum):
    """How a member was found."""

    EXACT = "exact"
    ALIAS = "alias"
    FOLDED = "folded"
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Match(Generic[M]):
    """The member, or nobody (both None). `resembles` is a member it was too doubtful to say it is."""

    member: M | None = None
    how: How | None = None
    resembles: M | None = None


@dataclass(frozen=True)
class _Claim(Generic[M]):
    """What speaks for a key being a member; of several keys the strongest claim wins."""

    key: str
    member: M
    score: float


def match(keys: Iterable[str], members: Mapping[str, M], aliases: Mapping[str, M]) -> dict[str, Match[M]]:
    """The match of every key of one scan, against the known members' own keys and their aliases. In any order alike.

    Two keys are the same member only by its own key and its aliases. A member so found is no longer there to be found
    by resemblance, and of several keys that resemble one member the nearest gets it: the others match nobody, with
    `resembles` set, and are to be reviewed or become members of their own.
    """
    wanted = sorted(set(keys))
    found = _known(wanted, members, aliases)
    spellings = {**aliases, **members}
    by_fold = _by_fold(spellings)
    claims = _folded_claims([key for key in wanted if key not in found], by_fold)
    found |= _settled(claims, found, How.FOLDED)
    open_keys = [
        key for key in wanted if not (key in found and found[key].how) and len(by_fold.get(folded(key), ())) < 2
    ]
    found |= _settled(_fuzzy_claims(open_keys, spellings), found, How.FUZZY)
    return {key: found.get(key, Match()) for key in wanted}


def _known(wanted: list[str], members: Mapping[str, M], aliases: Mapping[str, M]) -> dict[str, Match[M]]:
    exact = {key: Match(members[key], How.EXACT) for key in wanted if key in members}
    by_alias = {key: Match(aliases[key], How.ALIAS) for key in wanted if key in aliases and key not in members}
    return exact | by_alias


def _settled(claims: list[_Claim[M]], found: Mapping[str, Match[M]], how: How) -> dict[str, Match[M]]:
    """Each member not found before to the nearest of the keys that claim it; equally near ones get nobody."""
    taken = {match.member for match in found.values() if match.how}
    best: dict[M, float] = {}
    for claim in claims:
        best[claim.member] = max(claim.score, best.get(claim.member, 0))
    nearest = Counter(claim.member for claim in claims if claim.score == best[claim.member])
    return {
        claim.key: Match(claim.member, how)
        if claim.member not in taken and claim.score == best[claim.member] and nearest[claim.member] == 1
        else Match(resembles=claim.member)
        for claim in claims
    }


def _by_fold(spellings: Mapping[str, M]) -> dict[str, dict[M, str]]:
    """For every fold the members that have it, with a spelling of each."""
    by_fold: dict[str, dict[M, str]] = defaultdict(dict)
    for spelling in sorted(spellings):
        by_fold[folded(spelling)][spellings[spelling]] = spelling
    return by_fold


def _folded_claims(keys: list[str], by_fold: Mapping[str, dict[M, str]]) -> list[_Claim[M]]:
    """Keys whose fold is that of exactly one member."""
    return [
        _Claim(key, member, fuzz.ratio(key, spelling))
        for key in keys
        if len(owners := by_fold.get(folded(key), {})) == 1
        for member, spelling in owners.items()
    ]


def _fuzzy_claims(keys: list[str], spellings: Mapping[str, M]) -> list[_Claim[M]]:
    """Keys near enough to one member and far enough from all others. Only spellings with the same digits count."""
    by_digits: dict[str, list[str]] = defaultdict(list)
    for spelling in sorted(spellings):
        if len(spelling) >= MIN_LENGTH:
            by_digits[digits_of(spelling)].append(spelling)
    # As many as one member can fill, and one more: the next best other member is among them.
    enough = max(Counter(spellings.values()).values(), default=0) + 1
    claims = (_fuzzy_claim(key, by_digits.get(digits_of(key), []), spellings, enough) for key in keys)
    return [claim for claim in claims if claim]


def _fuzzy_claim(key: str, choices: list[str], spellings: Mapping[str, M], enough: int) -> _Claim[M] | None:
    if len(key) < MIN_LENGTH or not choices:
        return None
    near = process.extract(key, choices, scorer=fuzz.ratio, score_cutoff=MIN_SCORE - MIN_LEAD, limit=enough)
    if not near or near[0][1] < MIN_SCORE:
        return None
    member, score = spellings[near[0][0]], near[0][1]
    rival = next((other for spelling, other, _ in near if spellings[spelling] != member), 0)
    return _Claim(key, member, score) if score - rival >= MIN_LEAD else None

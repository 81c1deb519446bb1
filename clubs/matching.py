"""Which known member each name of a scan is, and how that was found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

M = TypeVar("M")


class How(StrEnum):
    """How a member was found."""

    EXACT = "exact"
    ALIAS = "alias"
    FOLDED = "folded"
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Match(Generic[M]):
    """The member, or nobody (both None). `resembles` is a member it was too doubtful to say it is."""

    member: M | None
    how: How | None
    resembles: M | None = None


def match(keys: Iterable[str], members: Mapping[str, M], aliases: Mapping[str, M]) -> dict[str, Match[M]]:
    """The match of every key of one scan, against the known members' own keys and their aliases."""
    raise NotImplementedError

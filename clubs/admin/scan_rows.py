"""The rows of a scan as they were read, each beside the member it was taken for and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from clubs.admin.cells import exact
from clubs.models import Member, MemberAlias, Scan
from slimy.admin.window import link

SHOWN = 500  # rows on a page
COLOURS = {"exact": "success", "alias": "success", "folded": "info", "fuzzy": "warning", "new": "primary"}
MEANINGS = {
    "exact": "The same name",
    "alias": "Another known spelling",
    "folded": "The same but for look-alike characters",
    "fuzzy": "Nearly the same name",
    "new": "Nobody known by this name",
    "conflicting_power": "different powers read",
    "outlier_power": "far from the others",
    "resembles_member": "resembles a known member",
    "suspicious_power": "far from the last known, not recorded",
}


@dataclass(frozen=True)
class ScanRow:
    """One row: as read, and as taken. `member` is a link, or the key of who isn't there any more."""

    index: int | None
    name: str
    sim: Any
    total: Any
    confidence: str
    last_seen: str
    member: Any = None
    how: str = ""
    flags: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    doubtful: bool = True

    @property
    def colour(self) -> str:
        """Of how the member was found."""
        return COLOURS.get(self.how, "default")

    @property
    def meaning(self) -> str:
        """What `how` means."""
        return MEANINGS.get(self.how, "")


@dataclass(frozen=True)
class ScanRows:
    """The rows that are shown, those first that somebody should look at, and how many there are of each."""

    rows: list[ScanRow]
    count: int
    doubtful: int

    @classmethod
    def of(cls, scan: Scan, request: HttpRequest) -> ScanRows:
        """The rows of a scan."""
        read = _read(scan)
        doubtful = [row for row in read if row.doubtful]
        chosen = [*doubtful, *(row for row in read if not row.doubtful)][:SHOWN]
        members = _Members.of(scan, [row.document for row in chosen if row.document])
        return cls([row.shown(members, request) for row in chosen], len(read), len(doubtful))


@dataclass(frozen=True)
class _Read:
    """A row as the scan keeps it, None where nothing could be used, and the errors about it."""

    index: int | None
    document: dict[str, Any] | None
    errors: list[dict[str, Any]]

    @property
    def doubtful(self) -> bool:
        """Whether somebody should look at it."""
        return bool(self.errors or not self.document or self.document["flags"] or self.document["how"] == "fuzzy")

    def shown(self, members: _Members, request: HttpRequest) -> ScanRow:
        """For people."""
        if self.document is None:
            return _failed(self.errors[0])
        said = tuple(error["message"] for error in self.errors)
        return _row(self.document, members.link(request, self.document), said, doubtful=self.doubtful)


def _read(scan: Scan) -> list[_Read]:
    """What is about the whole scan, then the rows in their order."""
    errors: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for error in scan.errors:
        errors[error.get("index")].append(error)
    about_all = errors.pop(None, [])
    rows = [_Read(row["index"], row, errors.pop(row["index"], [])) for row in scan.rows]
    rows += [_Read(index, None, [error]) for index, some in errors.items() for error in some]
    return [_Read(None, None, [error]) for error in about_all] + sorted(rows, key=lambda row: row.index or 0)


def _row(row: dict[str, Any], member: Any, errors: tuple[str, ...], *, doubtful: bool) -> ScanRow:
    sure = row.get("confidence")
    return ScanRow(
        index=row["index"],
        name=row["name"],
        sim=exact(row.get("simPower")),
        total=exact(row.get("totalPower")),
        confidence="" if sure is None else f"{sure:.0%}",
        last_seen=row.get("lastSeen") or "",
        member=member,
        how=row["how"],
        flags=tuple(MEANINGS.get(flag, flag) for flag in row["flags"]),
        errors=errors,
        doubtful=doubtful,
    )


def _failed(error: dict[str, Any]) -> ScanRow:
    """A row of which nothing could be used."""
    return ScanRow(error.get("index"), error.get("name") or "", "-", "-", "", "", errors=(error["message"],))


@dataclass(frozen=True)
class _Members:
    """Those whom the rows were taken for; merged ones are found by the alias that their key became."""

    by_id: dict[int, Member]
    by_alias: dict[str, Member]

    @classmethod
    def of(cls, scan: Scan, rows: list[dict[str, Any]]) -> _Members:
        by_id = Member.objects.in_bulk([row["memberId"] for row in rows if row.get("memberId")])
        lost = [row["memberKey"] for row in rows if row.get("memberId") not in by_id]
        return cls(by_id, dict(_aliases(scan.guild_id, lost)) if lost else {})

    def link(self, request: HttpRequest, row: dict[str, Any]) -> Any:
        member = self.by_id.get(row.get("memberId") or 0) or self.by_alias.get(row["memberKey"])
        return link(request, member) if member else row["memberKey"]


def _aliases(guild_id: str, keys: list[str]) -> Iterable[tuple[str, Member]]:
    found = MemberAlias.objects.filter(guild=guild_id, alias_key__in=keys).select_related("member")
    return ((alias.alias_key, alias.member) for alias in found)

"""Reading and changing a guild's settings: `GuildSettings.objects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from guilds.defaults import MAX_OVERRIDES, NESTED, SCALARS, defaults
from guilds.exceptions import GuildNotFound, SettingsChanged
from guilds.merge import merge
from slimy.audit.record import record
from slimy.cache import invalidate
from slimy.exceptions import InvalidInput
from slimy.sql import tx

if TYPE_CHECKING:
    from guilds.models import Guild, GuildSettings
    from slimy.accounts.models import User

Changes = dict[str, Any]


@dataclass(frozen=True)
class Effective:
    """A guild's settings as they apply: stored over defaults, with the version they have."""

    values: dict[str, Any]
    version: int
    updated_at: datetime | None
    updated_by: str | None


class Preferences(models.Manager["GuildSettings"]):
    """`effective` reads, `patch` and `replace` change; nobody else writes the table."""

    def effective(self, guild_id: str) -> Effective:
        """Stored over defaults. Reads only; a guild that has set nothing has version 0."""
        found = self.filter(guild_id=guild_id).select_related("updated_by")
        return _effective(found.defer("updated_by__password").first())  # which a worker may not read

    def patch(self, guild: Guild | str, changes: Changes, by: User | None, version: int | None = None) -> Effective:
        """Merge `changes` (validated, Python names) into what is stored; None resets a key to its default.

        Raises GuildNotFound, InvalidInput for too many overrides in all, and SettingsChanged when a `version` is
        given that is no longer the current one.
        """
        return self._change(guild, changes, by, version, keep=True)

    def replace(self, guild: Guild | str, values: Changes, by: User | None, version: int | None = None) -> Effective:
        """Store `values` and nothing else; keys left out fall back to their defaults. Raises as `patch`."""
        return self._change(guild, values, by, version, keep=False)

    def _change(
        self, guild: Guild | str, changes: Changes, by: User | None, version: int | None, *, keep: bool
    ) -> Effective:
        """One change at a time per guild: its row is locked, then one INSERT … ON CONFLICT DO UPDATE writes."""
        with tx():
            guild_id = _locked(guild)
            before = self.filter(guild_id=guild_id).first()
            current = before.version if before else 0
            if version is not None and version != current:
                raise SettingsChanged
            after = self.model(guild_id=guild_id, version=current + 1, updated_at=timezone.now(), updated_by=by)
            _write(after, before, changes, keep=keep)
            self.bulk_create(
                [after],
                update_conflicts=True,
                unique_fields=["guild"],
                update_fields=[*SCALARS, *NESTED, "version", "updated_at", "updated_by"],
            )
            _record(before, after, by)
            invalidate(f"guild:{guild_id}")
        return _effective(after)


def _locked(guild: Guild | str) -> str:
    from guilds.models import Guild

    pk = guild if isinstance(guild, str) else guild.pk
    if not Guild.objects.select_for_update(no_key=True).filter(pk=pk).exists():
        raise GuildNotFound
    return pk


def _write(after: GuildSettings, before: GuildSettings | None, changes: Changes, *, keep: bool) -> None:
    """Set the columns of `after`: those of `before` (when they are kept), then `changes`."""
    for name in SCALARS:
        kept = getattr(before, name) if before and keep else None
        setattr(after, name, changes.get(name, kept))
    for name in NESTED:
        kept = getattr(before, name) if before and keep else {}
        setattr(after, name, (merge(kept, changes[name]) or {}) if name in changes else kept)
    for kind, stored in after.overrides.items():
        if len(stored) > MAX_OVERRIDES:
            raise InvalidInput(details={f"overrides.{kind}": [f"At most {MAX_OVERRIDES} overrides."]})


def _effective(row: GuildSettings | None) -> Effective:
    values = defaults()
    if row is None:
        return Effective(values, 0, None, None)
    values |= {name: stored for name in SCALARS if (stored := getattr(row, name)) is not None}
    values |= {name: merge(values[name], getattr(row, name)) for name in NESTED}
    by = row.updated_by.get_username() if row.updated_by else None
    return Effective(values, row.version, row.updated_at, by)


def _record(before: GuildSettings | None, after: GuildSettings, by: User | None) -> None:
    from guilds.models import SettingsChange

    nothing: Changes = {name: {} for name in NESTED}
    was = {name: getattr(before, name, nothing.get(name)) for name in (*SCALARS, *NESTED)}
    now = {name: getattr(after, name) for name in was}
    changes = {name: [was[name], now[name]] for name in was if was[name] != now[name]}
    SettingsChange.objects.create(
        guild_id=after.guild_id, version=after.version, at=after.updated_at, by=by, changes=changes
    )
    details = {
        "before": {name: before for name, (before, _) in changes.items()},
        "after": {name: now for name, (_, now) in changes.items()},
        "version": after.version,
    }
    record("guilds.settings.change", actor=by, resource=f"guilds.guild/{after.guild_id}", details=details)

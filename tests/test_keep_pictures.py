"""Pictures are kept for a while, in a place of their own, and then deleted; what was read of them stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clubs.models import Finding, Screenshot, Upload
from clubs.screenshots.models import storage
from clubs.screenshots.retention import delete_old_pictures
from guilds.models import Role
from slimy.jobs import chores
from tests.reviewed import boxed, page
from tests.screen import club

pytestmark = pytest.mark.usefixtures("recorded_engine")


@pytest.fixture
def upload(guild, bob, joined, rings, work):
    boxed(joined(bob, Role.CLUB), [page(club(6)), page(club(6)[2:])])
    work()
    return Upload.objects.get()


def kept():
    return [name for name in Screenshot.objects.values_list("file", flat=True) if name and storage().exists(name)]


def aged(upload, days):
    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_pictures_are_kept_under_random_names_for_their_owner_only(upload, settings):
    location = settings.STORAGES["screenshots"]["OPTIONS"]["location"]
    for name in kept():
        path = storage().path(name)
        assert path.startswith(location)
        assert "IMG" not in name
        assert oct(storage_mode(path)) == "0o600"
    assert len(kept()) == 2


def storage_mode(path):
    from pathlib import Path

    return Path(path).stat().st_mode & 0o777


def test_old_pictures_go_and_findings_stay(upload):
    aged(upload, 31)
    assert delete_old_pictures() == 1
    assert kept() == []
    assert Finding.objects.count() == 6
    upload.refresh_from_db()
    assert upload.pictures_deleted_at
    assert delete_old_pictures() == 0


def test_young_pictures_stay(upload):
    aged(upload, 29)
    assert delete_old_pictures() == 0
    assert len(kept()) == 2


def test_pictures_that_are_gone_already_are_no_error(upload):
    aged(upload, 31)
    storage().delete(kept()[0])
    assert delete_old_pictures() == 1


def test_workers_do_it_by_themselves(upload, monkeypatch):
    aged(upload, 31)
    rounds = chores.Chores()
    rounds()
    assert len(kept()) == 2, "not every second"
    monkeypatch.setattr(rounds, "_next", 0)
    rounds()
    assert kept() == []


def test_a_chore_that_fails_keeps_nobody_from_work(monkeypatch):
    done = []

    def broken():
        raise ValueError

    monkeypatch.setattr(chores, "_chores", [broken, lambda: done.append("more") or 1])
    rounds = chores.Chores()
    monkeypatch.setattr(rounds, "_next", 0)
    rounds()
    assert done == ["more"]

"""A backup brings everything back; one that doesn't is found out."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chat.models import Conversation
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"title": "Hello"}


def rehearse(*arguments):
    out = StringIO()
    call_command("rehearse_restore", *arguments, stdout=out)
    return out.getvalue()


def databases():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'slimy_rehearsal%'")
        return cursor.fetchall()


def test_what_was_backed_up_comes_back_whole(alice, work):
    for _ in range(3):
        add_job("database", "create_conversation", NEW, alice)
    work()
    said = rehearse()
    assert "The backup can be restored." in said
    assert re.search(r"\b(\d+) of \1 hold\.", said)
    assert databases() == []


def test_an_effect_without_its_completion_is_found(alice, work):
    job = add_job("database", "create_conversation", NEW, alice)
    Conversation.objects.create(id=job.pk, owner=alice, title="Too early")
    with pytest.raises(CommandError, match="no effect without a completed job.*" + str(job.pk)):
        rehearse()
    assert databases() == []


def test_a_wrong_count_is_found_in_the_living_database_too(conversation):
    Conversation.objects.update(message_count=7)
    err = StringIO()
    with pytest.raises(CommandError, match="1 of"):
        call_command("verify_invariants", stderr=err)
    assert str(conversation.pk) in err.getvalue()


def test_numbers_that_would_be_given_again_are_found(alice):
    job = add_job("database", "create_conversation", NEW, alice)
    Job.objects.filter(pk=job.pk).update(number=10**12)
    with pytest.raises(CommandError):
        call_command("verify_invariants", stderr=StringIO())


def test_a_torn_file_is_no_backup(tmp_path, alice):
    call_command("backup", str(tmp_path), stdout=StringIO())
    (file,) = tmp_path.glob("slimy-*.dump")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(CommandError, match="pg_restore failed"):
        rehearse(str(file))
    assert databases() == []


def test_only_the_newest_backups_are_kept(tmp_path, db):
    for _ in range(3):
        call_command("backup", str(tmp_path), "--keep", "2", stdout=StringIO())
    assert len(list(tmp_path.iterdir())) == 2


def test_wrong_arguments_are_said_so(tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        call_command("backup", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="negative"):
        call_command("backup", str(tmp_path), "--keep", "-1")
    with pytest.raises(CommandError, match="isn't here"):
        call_command("backup", str(tmp_path), "--programs", str(tmp_path))
    with pytest.raises(CommandError, match="is no file"):
        rehearse(str(tmp_path / "nothing.dump"))

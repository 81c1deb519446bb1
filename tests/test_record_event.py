"""`record`: an event exists exactly when the change does, and nothing can go wrong for the caller."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from prometheus_client import REGISTRY

from slimy.accounts.models import User
from slimy.audit.models import Event
from slimy.audit.record import record
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.sql import query, tx

pytestmark = pytest.mark.django_db(transaction=True)


def counted(outcome):
    return REGISTRY.get_sample_value("slimy_audit_events_total", {"outcome": outcome}) or 0


def the_event(work):
    work()
    return Event.objects.get()


def test_it_becomes_an_event_with_all_its_facts(alice, work):
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.7")
    request.request_id = "r-1"
    record("club.merge", actor=alice, resource="clubs.member/7", details={"before": 1}, request=request)
    event = the_event(work)
    assert (event.actor_id, event.actor_name, event.action) == (alice.pk, "alice", "club.merge")
    assert (event.resource, event.details, event.outcome) == ("clubs.member/7", {"before": 1}, "success")
    assert (event.request_id, event.ip) == ("r-1", "203.0.113.7")
    assert event.at == Job.objects.get().created_at


def test_many_are_written_in_one_statement(alice, work, django_assert_max_num_queries):
    for number in range(40):
        record("test", actor=alice, resource=str(number))
    with django_assert_max_num_queries(25):
        work()
    assert sorted(int(event.resource) for event in Event.objects.all()) == list(range(40))


def test_it_stays_in_the_ledger_of_nobody(alice, api):
    record("test", actor=alice)
    assert Job.objects.get().owner is None
    assert api(alice).get("/api/chat/db-jobs").json()["jobs"] == []


def test_a_rollback_takes_the_event_along(alice):
    with pytest.raises(ZeroDivisionError), tx():
        record("test", actor=alice)
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_the_name_stays_when_the_user_is_gone(alice, work):
    record("test", actor=alice)
    pk = alice.pk
    alice.delete()
    event = the_event(work)
    assert (event.actor_id, event.actor_name) == (pk, "alice")


def test_nobody_can_be_the_actor(work):
    record("sign_in", actor=None, outcome="failed", ip="::1")
    event = the_event(work)
    assert (event.actor_id, event.actor_name, event.outcome, event.ip) == (None, "", "failed", "::1")


@pytest.mark.parametrize(
    "details",
    [
        {"nul": "a\0b", "surrogate": "\ud800", "nan": float("nan")},
        {"object": object(), 1: {2: 3}},
        {"long": "x" * 1_000_000, "short": 1},
    ],
)
def test_odd_details_are_stored_as_well_as_they_can_be(alice, work, details):
    record("odd\0", actor=alice, details=details, resource="\ud800" * 400, ip="no address")
    event = the_event(work)
    assert event.ip is None
    assert len(event.resource) == 255
    assert len(json.dumps(event.details)) < 10_000


def test_a_failure_breaks_nothing_and_is_counted(alice, monkeypatch):
    monkeypatch.setattr("slimy.jobs.statements.ACCEPT", "SELECT 1 / 0")
    before = counted("failed")
    with tx():
        record("test", actor=alice)
        User.objects.create_user("dora")
    record("test", actor=alice)
    record(None, actor=alice, details=5)
    assert counted("failed") == before + 3
    assert User.objects.filter(username="dora").exists()


def test_it_does_not_raise_in_a_transaction_that_is_broken_already(alice):
    with tx():
        transaction.set_rollback(True)
        record("test", actor=alice)


def test_a_client_with_the_permission_reports_as_itself(sam, api, work):
    sam.is_superuser = True
    sam.save()
    body = {"type": "log_event", "data": {"action": "deploy", "resource": "bot", "details": {"version": 2}}}
    answer = api(sam).post("/api/chat/db-jobs", body)
    work()
    event = Event.objects.get(pk=answer.json()["jobId"])
    assert (event.action, event.actor_name, event.details) == ("client.deploy", "sam", {"version": 2})


def test_a_client_without_the_permission_is_refused(alice, api):
    body = {"type": "log_event", "data": {"action": "deploy"}}
    assert api(alice).post("/api/chat/db-jobs", body).status_code == 403


@pytest.mark.parametrize("more", [{"actorId": 1}, {"actorName": "root"}, {"ip": "1.1.1.1"}])
def test_nobody_reports_in_the_name_of_another(sam, api, more):
    sam.is_superuser = True
    sam.save()
    body = {"type": "log_event", "data": {"action": "deploy", **more}}
    assert api(sam).post("/api/chat/db-jobs", body).status_code == 403


def test_what_a_client_reported_fails_when_its_user_is_gone(sam, work):
    sam.is_superuser = True
    sam.save()
    job = add_job("audit", "log_event", {"action": "deploy"}, sam)
    Job.objects.update(owner=None)
    work()
    job.refresh_from_db()
    assert (job.status, job.errors[0]["code"]) == ("failed", "owner_gone")
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE slimy_audit_event SET action = 'nothing'",
        "DELETE FROM slimy_audit_event",
        "TRUNCATE slimy_audit_event",
        "SET LOCAL slimy.audit_pruning = 'on'; UPDATE slimy_audit_event SET action = 'nothing'",
    ],
)
def test_the_database_refuses_to_change_the_trail(alice, work, statement):
    record("test", actor=alice)
    work()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert query("SELECT action FROM slimy_audit_event") == [{"action": "test"}]

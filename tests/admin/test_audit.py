"""The audit trail in the admin: found by exact values, paged by keys, counted, exported, never changed."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from slimy.audit.models import Event
from slimy.ids import new_id
from slimy.jobs.models import Job
from tests.admin.conftest import HOSTILE, signed_in, staff, text

pytestmark = pytest.mark.django_db

EVENTS = "/admin/audit/event/"
REPORT = f"{EVENTS}report/"


def event(action="club.merge", actor="alice", age=0, **more):
    facts = {"resource": "clubs.member/7", "details": {}, "request_id": "r-1"} | more
    at = timezone.now() - timedelta(days=age)
    return Event.objects.create(id=new_id(), at=at, action=action, actor_name=actor, actor_id=len(actor), **facts)


def shown(client, query=""):
    return [row.action for row in client.get(EVENTS + query).context["cl"].result_list]


@pytest.fixture
def auditor(db):
    """May look at the trail and nothing else."""
    return signed_in(staff("audrey", "view_event"))


class TestTheList:
    @pytest.fixture(autouse=True)
    def three(self):
        event("one", "alice", resource="guilds.guild/1", request_id="r-1")
        event("two", "bob", resource="guilds.guild/2", request_id="r-2", outcome="refused")
        self.last = event("three", "alice", resource="jobs.job/3", request_id="r-3")

    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("", ["three", "two", "one"]),
            ("?q=alice", ["three", "one"]),
            ("?q=r-2", ["two"]),
            ("?q=guilds.guild/1", ["one"]),
            ("?q=guilds.*", ["two", "one"]),
            ("?q=nobody+at+all", []),
            ("?q=%25", []),
            ("?action=two", ["two"]),
            ("?outcome=refused", ["two"]),
            ("?at_from=2020-01-01&at_to=2020-01-02", []),
            ("?at_from=2020-01-01", ["three", "two", "one"]),
        ],
    )
    def test_is_searched_and_filtered(self, auditor, term, found):
        assert shown(auditor, term) == found

    def test_finds_an_event_by_its_id(self, auditor):
        assert shown(auditor, f"?q={self.last.pk}") == ["three"]

    def test_goes_from_page_to_page_and_back(self, auditor, monkeypatch):
        monkeypatch.setattr("slimy.audit.admin.EventAdmin.list_per_page", 2)
        first = auditor.get(EVENTS).context["cl"]
        assert (first.newer, [row.action for row in first.result_list]) == ("", ["three", "two"])
        second = auditor.get(EVENTS + first.older).context["cl"]
        assert (second.older, [row.action for row in second.result_list]) == ("", ["one"])
        assert shown(auditor, second.newer) == ["three", "two"]

    def test_offers_the_actions_there_are(self, auditor):
        page = text(auditor.get(EVENTS))
        assert all(f'value="{action}"' in page for action in ("one", "two", "three"))

    def test_is_for_those_with_the_permission(self, vera):
        assert vera.get(EVENTS).status_code == vera.get(REPORT).status_code == 403

    def test_changes_nothing(self, root):
        page = f"{EVENTS}{self.last.pk}/change/"
        assert root.post(page, {"action": "x"}).status_code == 403
        assert root.post(f"{EVENTS}{self.last.pk}/delete/", {"post": "yes"}).status_code == 403
        assert root.get(f"{EVENTS}add/").status_code == 403


class TestThePage:
    def test_shows_what_was_before_and_after(self, auditor):
        made = event(details={"before": {"name": "Old"}, "after": {"name": HOSTILE, "new": 5}, "why": "asked"})
        page = text(auditor.get(f"{EVENTS}{made.pk}/change/"))
        assert "Old" in page
        assert "&lt;script&gt;" in page
        assert HOSTILE not in page
        assert "&quot;why&quot;: &quot;asked&quot;" in page

    def test_leads_to_the_job(self, root, alice):
        job = Job.objects.create(owner=alice, queue="database", type="zoo", payload={})
        made = event(resource=f"jobs.job/{job.pk}")
        assert f"/admin/jobs/job/{job.pk}/change/" in text(root.get(f"{EVENTS}{made.pk}/change/"))

    @pytest.mark.parametrize("details", [[], [1], {"before": 1, "after": None}, {"before": {}, "after": 2}])
    def test_shows_odd_details(self, auditor, details):
        assert auditor.get(f"{EVENTS}{event(details=details).pk}/change/").status_code == 200


class TestTheReport:
    @pytest.fixture(autouse=True)
    def some(self):
        for age, action, actor in (
            (0, "merge", "alice"),
            (1, "merge", "bob"),
            (1, "=1+1", "bob"),
            (40, "merge", "bob"),
        ):
            event(action, actor, age=age, outcome="refused" if actor == "bob" else "success")

    def counted(self, client, query):
        answer = client.get(f"{REPORT}?format=csv&{query}")
        assert answer["Content-Type"].startswith("text/csv")
        return list(csv.reader(StringIO(text(answer))))[1:]

    def test_counts_the_actions_of_a_week(self, auditor):
        assert self.counted(auditor, "") == [["merge", "2", "1", "0", "2"], ["'=1+1", "1", "1", "0", "1"]]

    def test_counts_by_actor_and_day(self, auditor):
        yesterday, today = (f"{timezone.now() - timedelta(days=days):%Y-%m-%d}" for days in (1, 0))
        assert self.counted(auditor, "by=day&by=actor") == [
            ["alice", today, "1", "0", "0", "1"],
            ["bob", yesterday, "2", "2", "0", "1"],
        ]

    def test_counts_longer_times(self, auditor):
        assert ["merge", "3", "2", "0", "2"] in self.counted(auditor, "from=2020-01-01&to=2999-12-31")

    @pytest.mark.parametrize("query", ["from=x&to=y&by=z", "from=2026-13-45", "from=2999-01-01&to=1999-01-01", "by="])
    def test_takes_nonsense_for_nothing(self, auditor, query):
        assert auditor.get(f"{REPORT}?{query}").status_code == 200


class TestPruning:
    @pytest.fixture(autouse=True)
    def old_and_new(self):
        for number in range(5):
            event("merge", age=100 + number)
        for action in ("token.create", "token_create", "merge"):
            event(action, age=50)
        event("merge")

    def test_deletes_what_is_old_and_not_excepted_in_batches(self, monkeypatch, capsys):
        monkeypatch.setattr("slimy.audit.pruning.BATCH", 2)
        call_command("prune_audit", "--older-than", "30d", "--except", "token.*")
        assert capsys.readouterr().out.split() == ["6", "merge", "1", "token_create", "7", "events", "deleted."]
        assert sorted(Event.objects.values_list("action", flat=True)) == ["merge", "token.create"]

    def test_is_an_event_itself(self, work):
        call_command("prune_audit", "--older-than", "12w")
        job = Job.objects.get()
        assert (job.payload["action"], job.payload["details"]["events"]) == ("audit.prune", 5)

    def test_a_dry_run_deletes_nothing(self, capsys):
        call_command("prune_audit", "--older-than", "30d", "--dry-run")
        assert capsys.readouterr().out.splitlines()[-1] == "8 events would be deleted."
        assert Event.objects.count() == 9
        assert not Job.objects.exists()

    @pytest.mark.parametrize("age", ["", "0d", "30", "-1d", "d", "1h", "30d; DROP TABLE x"])
    def test_nonsense_is_refused(self, age):
        with pytest.raises(CommandError):
            call_command("prune_audit", "--older-than", age)

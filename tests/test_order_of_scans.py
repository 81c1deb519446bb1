"""Scans of one club may come again, late, or at the same time: what counts is when they were observed."""

from itertools import permutations
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection

from clubs.changes import club_changed, lock_club
from clubs.ingest import Submission, ingest
from clubs.models import Latest, Member, MemberAlias, Metric, Scan
from guilds.models import Membership
from slimy.exceptions import RetryLater
from slimy.ids import new_id
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.sql import query, tx
from tests.club import *  # noqa: F403
from tests.club import START, accept, on_day, result_of, row, standing
from tests.conftest import GUILD, running_worker, wait_for_all_jobs

TABLES = ("clubs_member", "clubs_memberalias", "clubs_scan", "clubs_metric", "clubs_latest")
CLUB = [row(name, sim=1_000 + number) for number, name in enumerate(("Stone", "Smitty", "Xyth", "Rukei", "Genesia"))]


def every_row():
    """All rows of the clubs with the transaction that wrote them and their place."""
    return {table: query(f"SELECT xmin::text, ctid::text, t.* FROM {table} t ORDER BY ctid") for table in TABLES}


def standings():
    return sorted(
        Latest.objects.values_list(
            "member__member_key", "sim_power", "sim_observed_at", "sim_previous", "sim_change", "total_power",
            "total_previous", "last_seen_at", "left_at", "member__display_name", "member__first_seen_at",
            "member__last_seen_at",
        )
    )  # fmt: skip


def history():
    return sorted(Metric.objects.values_list("member__member_key", "observed_at", "sim_power", "total_power"))


def forget():
    """Everything of the club."""
    for model in (Latest, Metric, Scan, MemberAlias, Member):
        model.objects.all().delete()


@pytest.mark.usefixtures("rings")
class TestTheSameScanAgain:
    @pytest.mark.parametrize("at", [START, None])
    def test_changes_no_row_and_says_what_came_of_the_first(self, officer, work, at):
        rows = [*CLUB, row("Broken", sim=-1)]
        first = accept(officer, rows, at)
        work()
        before = every_row()
        again = accept(officer, rows, at)
        work()
        assert every_row() == before
        assert result_of(again) == result_of(first) | {"status": "unchanged"}
        assert result_of(first)["errorCount"] == 1

    def test_that_was_skipped_is_still_skipped(self, officer, work):
        jobs = [accept(officer, CLUB, pageType="other") for _ in range(2)]
        work()
        assert result_of(jobs[0]) == result_of(jobs[1])
        assert Scan.objects.get().pk == jobs[0].pk

    def test_of_a_time_written_otherwise_is_the_same(self, officer, work):
        accept(officer, CLUB)
        again = accept(officer, CLUB, observedAt="2024-01-03T13:00:00+01:00")
        work()
        assert result_of(again)["status"] == "unchanged"

    def test_with_anything_else_in_it_is_another(self, officer, work):
        accept(officer, CLUB)
        others = [
            accept(officer, CLUB[:4]),
            accept(officer, CLUB, on_day(1)),
            accept(officer, CLUB, complete=True),
            accept(officer, CLUB, pageType="manage_members_sim"),
            accept(officer, CLUB, None),
        ]
        work()
        assert [result_of(job)["status"] for job in others] == ["ingested"] * 5

    def test_on_another_day_without_a_time_is_another(self, guild, alice):
        for day, repeated in ((0, False), (0.4, True), (0.6, False)):
            sent = Submission(new_id(), GUILD, {"rows": CLUB}, on_day(day), alice.pk)
            assert ingest(sent).repeated == repeated


@pytest.mark.usefixtures("rings")
class TestAnOlderScanThatComesLate:
    def test_changes_neither_the_newer_standings_nor_the_name(self, officer, work):
        accept(officer, [row("STONE", sim=2_000, total=5)], on_day(14))
        work()
        late = accept(officer, [row("stone", sim=1_500, total=4)], on_day(3))
        work()
        found = standing(Member.objects.get())
        assert (found.sim_power, found.total_power, found.sim_previous) == (2_000, 5, None)
        member = Member.objects.get()
        assert (member.display_name, member.first_seen_at, member.last_seen_at) == ("STONE", on_day(3), on_day(14))
        assert result_of(late)["metricsRecorded"] == 1

    def test_gives_the_newer_something_to_compare_with(self, officer, work):
        accept(officer, [row("Stone", sim=2_000)], on_day(14))
        accept(officer, [row("Stone", sim=1_000)], on_day(7))
        work()
        found = standing(Member.objects.get())
        assert (found.sim_power, found.sim_previous, found.sim_change) == (2_000, 1_000, 100)

    def test_says_who_had_not_left_then(self, officer, work):
        accept(officer, CLUB, on_day(0))
        accept(officer, CLUB[1:], on_day(14), complete=True)
        work()
        assert standing(Member.objects.get(member_key="stone")).left_at == on_day(14)
        accept(officer, CLUB[1:], on_day(7), complete=True)
        work()
        assert standing(Member.objects.get(member_key="stone")).left_at == on_day(7)
        accept(officer, CLUB, on_day(10))
        work()
        assert standing(Member.objects.get(member_key="stone")).left_at == on_day(14)


@pytest.mark.usefixtures("rings")
class TestTwoScansOfOneMoment:
    def test_complete_each_other(self, officer, work):
        accept(officer, [row("Stone", sim=1_000)])
        second = accept(officer, [row("Stone", total=5), row("Smitty", total=6)])
        third = accept(officer, [row("Stone", total=5)])
        work()
        assert history() == [("smitty", START, None, 6), ("stone", START, 1_000, 5)]
        assert [result_of(job)["metricsRecorded"] for job in (second, third)] == [2, 0]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_that_differ_end_as_the_one_accepted_later_says(self, officer, order):
        jobs = [accept(officer, [row("Stone", sim=sim)]) for sim in (1_000, 1_100)]
        for index in order:
            Executor("test", settings.QUEUES).execute([jobs[index].pk])
        assert history() == [("stone", START, 1_100, None)]
        assert standing(Member.objects.get()).sim_power == 1_100


@pytest.mark.usefixtures("rings")
def test_scans_in_any_order_end_in_the_same_state(officer):
    scans = [
        (on_day(0), [row("Stone", sim=1_000, total=10), row("Smitty", sim=500)], {}),
        (on_day(7), [row("STONE", sim=1_500), row("Xyth", total=7)], {"complete": True}),
        (on_day(7), [row("STONE", sim=1_600, total=11)], {}),
        (on_day(14), [row("stone", total=12), row("Smitty", sim=700), row("Xyth", total=9)], {"complete": True}),
    ]
    ends = []
    for order in permutations(range(4)):
        jobs = [accept(officer, rows, at, **more) for at, rows, more in scans]
        for index in order:
            Executor("test", settings.QUEUES).execute([jobs[index].pk])
        assert {result_of(job)["status"] for job in jobs} == {"ingested"}
        ends.append((standings(), history()))
        forget()
    assert all(end == ends[0] for end in ends)
    assert len(ends[0][0]) == 3


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_a_scan_waits_for_whoever_changes_the_club(self, officer):
        job = accept(officer, CLUB)
        thread = Thread(target=in_thread, args=[[job]])
        with tx():
            lock_club(GUILD)
            thread.start()
            thread.join(0.3)
            assert not Member.objects.exists()
            assert thread.is_alive()
        thread.join(10)
        assert result_of(job)["newMembers"] == 5

    def test_who_waits_too_long_is_tried_again_at_no_cost(self, guild):
        raised = []

        def wait_a_little():
            try:
                with tx():
                    query("SET LOCAL lock_timeout = '50ms'")
                    lock_club(GUILD)
            except RetryLater as error:
                raised.append(error)
            finally:
                connection.close()

        with tx():
            lock_club(GUILD)
            thread = Thread(target=wait_a_little)
            thread.start()
            thread.join(10)
        assert len(raised) == 1

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_two_scans_end_in_the_state_of_the_newer(self, officer, order):
        for _ in range(5):
            older = [row(f"Member {n}", sim=1_000 + n) for n in range(60)]
            newer = [row(f"MEMBER {n}", sim=2_000 + n) for n in reversed(range(1, 61))]
            jobs = [accept(officer, older, on_day(0)), accept(officer, newer, on_day(7), complete=True)]
            threads = [Thread(target=in_thread, args=[[jobs[index]]]) for index in order]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            assert {result_of(job)["status"] for job in jobs} == {"ingested"}
            assert sum(result_of(job)["newMembers"] for job in jobs) == Member.objects.count() == 61
            found = {latest.member.display_name: latest for latest in Latest.objects.select_related("member")}
            assert found["Member 0"].left_at == on_day(7)
            assert (found["MEMBER 30"].sim_power, found["MEMBER 30"].sim_previous) == (2_030, 1_030)
            forget()

    def test_two_real_workers_end_in_the_state_of_the_newest(self, officer):
        for week in (3, 0, 4, 1, 2, 5):
            rows = [row(f"Member {n}", sim=1_000 + 100 * week + n, total=week + 1) for n in range(week, 50 + week)]
            accept(officer, rows, on_day(7 * week), complete=True)
            accept(officer, rows[:20], on_day(7 * week, hours=1))
        one_by_one = {"JOBS_BATCH_SIZE": "1"}
        with running_worker(**one_by_one), running_worker(**one_by_one):
            wait_for_all_jobs()
        assert set(Job.objects.values_list("status", "attempts")) == {("completed", 1)}
        assert Member.objects.count() == 55
        assert Metric.objects.count() == 6 * 70
        found = {latest.member.display_name: latest for latest in Latest.objects.select_related("member")}
        assert (found["Member 30"].sim_power, found["Member 30"].sim_previous) == (1_530, 1_430)
        assert {name for name, latest in found.items() if latest.left_at} == {f"Member {n}" for n in range(5)}

    def test_a_guild_that_is_deleted_meanwhile_costs_nobody_anything(self, officer, bob):
        job = accept(officer, CLUB)
        officer.is_superuser = True
        officer.save()
        Membership.objects.all().delete()
        query("DELETE FROM guilds_guild")
        in_thread([job])
        job.refresh_from_db()
        assert (job.status, job.errors[-1]["code"]) == ("failed", "guild_not_found")


def in_thread(jobs):
    try:
        Executor("test", settings.QUEUES).execute([job.pk for job in jobs])
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_recomputing_and_ingesting_at_the_same_time_lose_nothing(officer):
    jobs = [accept(officer, CLUB, on_day(week)) for week in range(5)]

    def recompute_often():
        try:
            for _ in range(10):
                with tx():
                    lock_club(GUILD)
                    club_changed(GUILD)
        finally:
            connection.close()

    threads = [Thread(target=in_thread, args=[[job]]) for job in jobs] + [Thread(target=recompute_often)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {result_of(job)["status"] for job in jobs} == {"ingested"}
    assert {latest.last_seen_at for latest in Latest.objects.all()} == {on_day(4)}

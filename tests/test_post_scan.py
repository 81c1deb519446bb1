"""A scan is posted to a club and becomes a job."""

import pytest

from guilds.models import Guild, Role
from tests.conftest import assert_problem, users_jobs
from tests.test_club_access import CLUB, OTHER, SCAN, observed


@pytest.mark.django_db
@pytest.mark.usefixtures("rings")
class TestAScan:
    def test_becomes_a_job_and_then_standings(self, guild, alice, joined, api, work):
        client = api(joined(alice, Role.CLUB))
        accepted = client.post(f"{CLUB}/ingest", SCAN | {"observedAt": "2024-01-03T12:00:00Z"})
        assert (accepted.status_code, accepted.json()["jobType"]) == (202, "ingest_club_metrics")
        assert accepted["Location"] == f"/api/chat/db-jobs/{accepted.json()['jobId']}"
        work()
        assert client.get(accepted["Location"]).json()["result"]["membersProcessed"] == 1
        assert [one["totalPower"] for one in client.get(f"{CLUB}/latest").json()["members"]] == [5]

    def test_sent_again_with_its_key_is_the_same_job(self, guild, alice, joined, api):
        client = api(joined(alice, Role.CLUB))
        first, again = (client.post(f"{CLUB}/ingest", SCAN, HTTP_IDEMPOTENCY_KEY="once").json() for _ in range(2))
        assert first["jobId"] == again["jobId"]
        other = client.post(f"{CLUB}/ingest", SCAN | {"complete": True}, HTTP_IDEMPOTENCY_KEY="once")
        assert_problem(other, 422, "idempotency_key_reused")

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, ["ocrResult"]),
            ([], ["body"]),
            (SCAN | {"guildId": OTHER}, ["guildId"]),
            (SCAN | {"pageType": "recipes"}, ["pageType"]),
            (SCAN | {"observedAt": "2999-01-01T00:00:00Z"}, ["observedAt"]),
        ],
    )
    def test_that_is_none_is_refused(self, guild, alice, joined, api, body, fields):
        Guild.objects.create(id=OTHER, name="Others")
        assert_problem(api(joined(alice, Role.CLUB)).post(f"{CLUB}/ingest", body), 400, "invalid_input", *fields)
        assert not users_jobs().exists()

    def test_can_be_followed_by_standings_made_anew(self, guild, alice, joined, api, work):
        observed(guild)
        client = api(joined(alice, Role.ADMIN))
        accepted = client.post(f"{CLUB}/rescan")
        work()
        assert client.get(accepted["Location"]).json()["result"]["members"] == 1

"""Who may read a club, and how it becomes public."""

import pytest
from django.test import Client

from clubs.standings import recompute
from guilds.models import Guild, GuildSettings, Membership, Role
from tests.club import measure, new_member, on_day
from tests.conftest import GUILD, assert_problem, users_jobs

CLUB = f"/api/guilds/{GUILD}/club"
OTHER = "998877665544332211"
READS = [
    f"{CLUB}/{what}"
    for what in ("latest", "movers", "aggregates", "members/stone/history", "export.csv", "export.xlsx")
]
SCAN = {"ocrResult": {"rows": [{"name": "Stone", "totalPower": 5}]}}


def observed(guild, names=("Stone",)):
    for name in names:
        member = new_member(guild, name)
        for day in (0, 7):
            measure(member, on_day(day), sim=day + 1, total=day + 2)
    recompute(guild.pk)


def publish(guild, public=True):
    GuildSettings.objects.patch(guild, {"allow_public": public}, None)


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.django_db
class TestAPublicClub:
    @pytest.mark.parametrize("path", READS)
    def test_is_read_by_anybody(self, guild, alice, api, path):
        observed(guild)
        assert_problem(api(None).get(path), 401, "unauthorized")
        assert_problem(api(alice).get(path), 403, "not_in_guild")
        publish(guild)
        assert content_of(api(None).get(path))
        assert api(None).get(path).status_code == api(alice).get(path).status_code == 200
        publish(guild, public=False)
        refused = api(None).get(path)
        assert_problem(refused, 401, "unauthorized")
        assert refused["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("token", ["Bearer nonsense", "Bearer", "Bearer \xff", "Bearer a b"])
    def test_is_not_read_with_an_invalid_token(self, guild, path, token):
        publish(guild)
        assert_problem(Client().get(path, HTTP_AUTHORIZATION=token), 401, "unauthorized")

    @pytest.mark.parametrize("suffix", ["csv", "xlsx"])
    def test_keeps_its_whole_history_to_those_who_keep_it(self, guild, alice, bob, joined, api, suffix):
        publish(guild)
        path = f"{CLUB}/export.{suffix}?what=history"
        assert_problem(api(None).get(path), 401, "unauthorized")
        assert_problem(api(alice).get(path), 403, "not_in_guild")
        assert_problem(api(joined(bob, Role.MEMBER)).get(path), 403, "role_too_low")

    def test_is_still_written_by_its_keepers_only(self, guild, alice, api):
        publish(guild)
        for what in ("ingest", "rescan"):
            assert_problem(api(None).post(f"{CLUB}/{what}", SCAN), 401, "unauthorized")
            assert_problem(api(alice).post(f"{CLUB}/{what}", SCAN), 403, "not_in_guild")
        assert not users_jobs().exists()

    def test_makes_no_other_club_public(self, guild, api):
        Guild.objects.create(id=OTHER, name="Others")
        publish(guild)
        assert_problem(api(None).get(READS[0].replace(GUILD, OTHER)), 401, "unauthorized")

    def test_counts_its_anonymous_readers(self, guild, api, settings):
        publish(guild)
        settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "anonymous": "2/min"}
        statuses = [api(None).get(READS[0]).status_code for _ in range(5)]
        assert 429 in statuses

    def test_takes_no_other_method(self, guild, alice, joined, api):
        publish(guild)
        for path in READS:
            for client in (api(None), api(joined_once(joined, alice))):
                for method in ("post", "put", "patch", "delete"):
                    assert_problem(getattr(client, method)(path), 405, "method_not_allowed")

    def test_answers_head(self, guild, api):
        publish(guild)
        observed(guild)
        assert {api(None).head(path).status_code for path in READS} == {200}


def joined_once(joined, user):
    return user if Membership.objects.filter(user=user).exists() else joined(user, Role.MEMBER)

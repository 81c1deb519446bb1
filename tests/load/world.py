"""Whom the load comes from: users with tokens and conversations, in guilds of fifty."""

from django.core.management import call_command
from knox.models import AuthToken

from chat.models import Conversation
from guilds.models import Guild, Membership, Role
from slimy.accounts.models import User
from tests.benchmarks import world

PER_GUILD = 50
FIRST_GUILD = 112233445566770000


def populate(count):
    """The plan's clients, in an empty database."""
    call_command("migrate", verbosity=0)
    users = User.objects.bulk_create(User(username=f"load{number}") for number in range(count))
    talks = Conversation.objects.bulk_create(Conversation(owner=user, title="Sim power") for user in users)
    guilds = [str(FIRST_GUILD + number // PER_GUILD) for number in range(count)]
    Guild.objects.bulk_create(Guild(id=id, name=f"Guild {id[-2:]}") for id in dict.fromkeys(guilds))
    Membership.objects.bulk_create(
        Membership(guild_id=guild, user=user, role=Role.CLUB) for guild, user in zip(guilds, users, strict=True)
    )
    return [
        {
            "number": number,
            "token": AuthToken.objects.create(user=user)[1],
            "conversation": str(talk.pk),
            "guild": guild,
        }
        for number, (user, talk, guild) in enumerate(zip(users, talks, guilds, strict=True))
    ]


def behind():
    """How many jobs wait or are being done."""
    return int(world.value("SELECT count(*) FROM slimy_job WHERE status IN ('queued', 'active')"))


def ends_of(jobs):
    """{job id: status} of these in the ledger."""
    from slimy.jobs.models import Job

    return {str(pk): status for pk, status in Job.objects.filter(pk__in=jobs).values_list("pk", "status")}


def messages_without_job_or_twice():
    """Effects and `completed` that don't go together: messages of no completed job, completed ones without message."""
    return int(
        world.value("""
        SELECT count(*) FROM chat_message m
          FULL JOIN (SELECT id FROM slimy_job WHERE type = 'save_message' AND status = 'completed') j USING (id)
         WHERE m.conversation_id IS NULL OR j.id IS NULL""")
    )

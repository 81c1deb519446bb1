"""How the bot answers: read the talk → ask the model, or fall back → store prompt and reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from chat import context, personalities, provider
from chat.exceptions import ConversationNotFound, ModelBusy, ModelUnavailable
from chat.metrics import BOT_REPLIES
from chat.models import ITEMS_PER_JOB, Conversation, Message, PersonalityMode
from chat.provider import Turn, Unanswered
from chat.rooms import say
from guilds.models import GuildSettings
from slimy.audit.record import record
from slimy.jobs.models import Job
from slimy.jobs.outside import Progress
from slimy.jobs.registry import Data
from slimy.logs import get_logger
from slimy.wire import instant

log = get_logger(__name__)

HISTORY = 40  # messages that are looked at for the context
SHORTEST_WAIT = 2.0  # seconds until a busy model is asked again, so that patience ends before the ledger's does
LONGEST_PATIENCE = 180.0
PROMPT_KEPT, REPLY_KEPT = 500, 1000  # characters in the audit trail


@dataclass(frozen=True)
class Talk:
    """What a reply needs: the prompt of the model, the bot's name, and whether the trail may hold what is said."""

    turns: list[Turn]
    mode: str
    name: str = personalities.NAME
    is_kept: bool = False


@dataclass(frozen=True)
class Reply:
    """What the bot says; `outcome` is "answered", or why the model didn't."""

    talk: Talk
    text: str
    outcome: str = "answered"
    tokens: int = 0

    @property
    def is_fallback(self) -> bool:
        """True when the model had no part in it."""
        return self.outcome != "answered"


def read_talk(job: Job, data: Data, conversation: Conversation | None) -> Talk:
    """The prompt: the personality, what was said in the conversation before this job was accepted, the question."""
    mode = data.get("personality_mode") or (conversation or Conversation()).personality_mode
    found = GuildSettings.objects.effective(data["guild_id"]).values if "guild_id" in data else {}
    personality: dict[str, Any] = found.get("personality", {})
    before: Any = ()
    if conversation:
        earlier = Message.objects.filter(conversation=conversation, position__lt=job.number * ITEMS_PER_JOB)
        before = earlier.order_by("-position").values_list("role", "content")[:HISTORY]
    system = personalities.system_text(mode, personality)
    turns = context.turns(system, before, data["prompt"], settings.CHAT["CONTEXT_TOKENS"])
    name = str(personality.get("name") or personalities.NAME)
    return Talk(turns, PersonalityMode(mode).value, name, bool(found.get("audit_content")))


def ask_model(job: Job, data: Data, talk: Talk, progress: Progress) -> Reply:
    """The model's reply, or the fallback when another try can't help or would take too long.

    Raises ModelBusy and ModelUnavailable, with which the ledger has the job tried again.
    """
    progress(0, 1, "Asking the language model")
    try:
        answer = provider.complete(talk.turns)
    except Unanswered as why:
        log.warning("Model gave no answer", action="model_unanswered", job_id=str(job.pk), code=why.code)
        _try_again(job, why)
        return Reply(talk, personalities.fallback_text(talk.mode), why.code)
    return Reply(talk, answer.text, tokens=answer.prompt_tokens + answer.completion_tokens)


def _try_again(job: Job, why: Unanswered) -> None:
    """Raise what has the job tried again, unless that would be of no use."""
    if not why.again:
        return
    if why.after is None:
        if job.attempts < job.max_attempts:
            raise ModelUnavailable
        return
    seconds = max(why.after, SHORTEST_WAIT)
    waited = (timezone.now() - job.created_at).total_seconds()
    if waited + seconds <= min(settings.CHAT["PATIENCE"], LONGEST_PATIENCE):
        raise ModelBusy(seconds=seconds)


def store(job: Job, data: Data, reply: Reply) -> dict[str, Any]:
    """Prompt and reply become messages: of the conversation, or else of the guild's room. Returns the job's result.

    A conversation is its owner's alone, so what is said there doesn't appear in the guild's room too.
    """
    result = {"reply": reply.text, "usedFallback": reply.is_fallback, "processedAt": instant(timezone.now())}
    if "conversation_id" in data:
        mode = reply.talk.mode
        prompt = {"role": "user", "content": data["prompt"], "personality_mode": mode}
        answer = {"role": "assistant", "content": reply.text, "personality_mode": mode, "id": job.pk}
        added = Conversation.add_messages(data["conversation_id"], job, [prompt, answer])
        if not added:
            raise ConversationNotFound  # it was deleted meanwhile
        result["messageId"] = str(added[-1].pk)
    elif "guild_id" in data:
        contents = [data["prompt"], reply.text]
        said_there = say(job, data["guild_id"], contents, admin_only=False, bot_name=reply.talk.name)
        result["messageId"] = str(said_there[-1].pk)
    _note(job, data, reply)
    return result


def _note(job: Job, data: Data, reply: Reply) -> None:
    BOT_REPLIES.labels(reply.outcome).inc()
    details: dict[str, Any] = {
        "jobId": str(job.pk),
        "usedFallback": reply.is_fallback,
        "reason": reply.outcome,
        "tokens": reply.tokens,
        "promptCharacters": len(data["prompt"]),
        "replyCharacters": len(reply.text),
    }
    if reply.talk.is_kept:
        details |= {"prompt": data["prompt"][:PROMPT_KEPT], "reply": reply.text[:REPLY_KEPT]}
    where = f"guilds.guild/{data['guild_id']}" if "guild_id" in data else ""
    resource = f"chat.conversation/{data['conversation_id']}" if "conversation_id" in data else where
    outcome = "fallback" if reply.is_fallback else "success"
    record("chat.bot", actor=job.owner, resource=resource, details=details, outcome=outcome, request_id=job.request_id)

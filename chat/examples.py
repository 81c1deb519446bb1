"""Bodies that the OpenAPI document shows."""

_CONVERSATION = "019e7b3c-5d2a-7c41-9e0f-3b6a8d1f2c4e"
_MESSAGE = {"role": "user", "content": "How do I raise my sim power?"}

NEW_CONVERSATION = {"With a title": {"title": "Sim power", "personalityMode": "professional"}, "Empty": {}}
NEW_TITLE = {"Whatever happened since": {"title": "Total power"}}
NEW_TITLE["Unless it changed since it was read"] = {
    "title": "Total power",
    "ifUnmodifiedSince": "2026-11-23T14:22:05.123Z",
}
NEW_MESSAGE = {"A question": {"conversationId": _CONVERSATION, "message": _MESSAGE}}
NEW_MESSAGES = {
    "Question and answer": {
        "conversationId": _CONVERSATION,
        "messages": [_MESSAGE, {"role": "assistant", "content": "Level the sims that you field together."}],
    }
}

NEW_QUESTION = {
    "In a conversation": {"prompt": "How do I raise my sim power?", "conversationId": _CONVERSATION},
    "In a guild": {"prompt": "When is club night?", "guildId": "112233445566778899"},
}
NEW_GUILD_MESSAGE = {"To the admins": {"content": "Who kept the snails?", "adminOnly": True}}

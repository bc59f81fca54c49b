"""Conversations as prompts hold them."""

from collections.abc import Sequence

from pydantic import JsonValue

from ..models.tokens import tokens
from ..panel.records import Conversation, Message
from ..prompts.cut import cut
from .shards import FENCED


def message_data(messages: Sequence[Message], most: int | None = None) -> list[JsonValue]:
    """The messages, each in at most about `most` characters."""
    return [
        {"role": message.role, "content": message.content if most is None else cut(message.content, most)}
        for message in messages
    ]


def keyed_data(conversations: dict[str, Conversation]) -> list[JsonValue]:
    """Conversations with the keys under which an answer names them."""
    return [
        {"key": key, "id": each.id, "messages": message_data(each.messages)}
        for key, each in conversations.items()
    ]


def keyed(conversations: Sequence[Conversation]) -> dict[str, Conversation]:
    """Key to conversation, in their order: c1, c2, …"""
    return {f"c{number}": each for number, each in enumerate(conversations, start=1)}


def conversation_tokens(conversation: Conversation) -> int:
    """About how many tokens a conversation's messages take in a prompt."""
    return sum(tokens(message.content) + FENCED for message in conversation.messages) + FENCED

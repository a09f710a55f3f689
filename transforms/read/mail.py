"""Mail: messages (RFC 5322) and mailboxes of them (mbox, RFC 4155) as containers of texts."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

from transforms.read.text import CHUNK_BYTES

_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t\r\n]", re.M)
_TELLING = (b"message-id", b"mime-version", b"received", b"return-path", b"delivered-to")
_USUAL = (b"from", b"to", b"subject", b"date")
_MBOX = re.compile(rb"From \S{1,200} {1,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")


@dataclass(frozen=True)
class Part:
    """A text of a message. `context` holds columns of `Pieces` that the message's headers give."""

    name: str
    data: bytes
    charset: str | None
    context: Mapping[str, str] = field(default_factory=dict)
    problem: tuple[str, str] | None = None


def sniff(head: bytes, name: str) -> bool:
    """Say whether a dump that starts with `head` is a message or a mailbox."""
    if _MBOX.match(head):
        return True
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    lines = block.splitlines()
    if not lines or not _HEADER.match(lines[0] + b" "):
        return False
    names = {match[1].lower() for line in lines if (match := _HEADER.match(line + b" "))}
    telling = sum(name in names for name in _TELLING)
    usual = sum(name in names for name in _USUAL)
    return usual >= 2 and telling >= 1


def parts(read: Callable[[int], bytes], limit: int) -> Iterator[Part]:
    """Yield the texts of a message or of every message of a mailbox, in order.

    `read` gives the next bytes; `limit` bounds one message, in bytes.
    """
    for number, data in enumerate(_messages(read, limit)):
        name = f"{number + 1:05d}"
        if data is None:
            yield Part(name, b"", None, problem=("too_large", "a message over the size limit"))
            continue
        message = email.message_from_bytes(data, policy=email.policy.default)
        if not isinstance(message, EmailMessage):
            continue
        body = message.get_body(preferencelist=("plain", "html"))
        if body is None:
            yield Part(name, b"", None, problem=("no_text", "a message without text"))
            continue
        payload = body.get_payload(decode=True)
        context = {"title": str(message.get("subject", "")), "date_text": str(message.get("date"))}
        yield Part(
            name,
            payload if isinstance(payload, bytes) else b"",
            body.get_content_charset(),
            context,
        )


def _messages(read: Callable[[int], bytes], limit: int) -> Iterator[bytes | None]:
    data = b""
    while chunk := read(CHUNK_BYTES):
        data += chunk
        if len(data) > limit:
            yield None
            return
    yield data

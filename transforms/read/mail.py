"""Mail: messages (RFC 5322) and mailboxes of them (mbox, RFC 4155) as containers of texts."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage, Message

from transforms.read.text import CHUNK_BYTES

_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t\r\n]", re.M)
_TELLING = (b"message-id", b"mime-version", b"received", b"return-path", b"delivered-to")
_USUAL = (b"from", b"to", b"subject", b"date")
_MBOX = re.compile(rb"From \S{1,200} {1,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_NEXT = re.compile(rb"\nFrom \S{1,200} {1,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_QUOTED = re.compile(rb"^>(>{0,20}From )", re.M)
_LINE = 300
"""Longer than the start of a line between messages, in bytes."""


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
        try:
            yield _part(name, email.message_from_bytes(data, policy=email.policy.default))
        except Exception as error:  # the library stumbles over many a header that is wrong
            what = f"a message that could not be parsed: {type(error).__name__}"
            yield Part(name, b"", None, problem=("unreadable", what))


def _part(name: str, message: Message) -> Part:
    body = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
    if body is None:
        return Part(name, b"", None, problem=("no_text", "a message without text"))
    payload = body.get_payload(decode=True)
    headers = {"title": "subject", "date_text": "date"}
    context = {
        column: " ".join(text.split())
        for column, header in headers.items()
        if (text := str(message.get(header, "")).strip())
    }
    data = payload if isinstance(payload, bytes) else b""
    return Part(name, data, body.get_content_charset(), context)


def _messages(read: Callable[[int], bytes], limit: int) -> Iterator[bytes | None]:
    """Yield the bytes of every message, None for one that is longer than `limit`."""
    data = b""
    while len(data) < _LINE and (chunk := read(CHUNK_BYTES)):
        data += chunk
    many = _MBOX.match(data) is not None
    start = 0  # of the open message
    at = 0  # where the scan for the next one goes on
    lost = False  # the open message is too long to be kept
    more = True
    while more:
        chunk = read(CHUNK_BYTES)
        more = bool(chunk)
        data = data[start:] + chunk
        at, start = at - start, 0
        while many and (found := _NEXT.search(data, at)) is not None:
            if len(data) - found.start() < _LINE and more:
                break
            stop = found.start() + 1
            yield None if lost or stop - start > limit else _unquoted(data[start:stop])
            start = at = stop
            lost = False
        at = max(len(data) - _LINE, at)
        if len(data) - start > limit:
            start, lost = at, True
    last = data[start:]
    yield None if lost else (_unquoted(last) if many else last)


def _unquoted(message: bytes) -> bytes:
    """Return a message of a mailbox without its first line, the blank line behind it and quotes."""
    inner = _QUOTED.sub(rb"\1", message.partition(b"\n")[2])
    for end in (b"\n", b"\r\n"):
        if inner.endswith(end * 2):
            return inner.removesuffix(end)
    return inner

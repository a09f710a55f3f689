"""Mail: messages (RFC 5322) and mailboxes of them (mbox, RFC 4155) as containers of texts."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage, Message

from transforms.read.text import CHUNK_BYTES, repair

_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t\r\n]", re.M)
_TELLING = (b"message-id", b"mime-version", b"received", b"return-path", b"delivered-to")
_USUAL = (b"from", b"to", b"subject", b"date")
_MBOX = re.compile(rb"From \S{1,200} {1,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_NEXT = re.compile(rb"\nFrom \S{1,200} {1,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_QUOTED = re.compile(rb"^>(>{0,20}From )", re.M)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f/\\!]")
_BLANK = b" \t\r\n\xef\xbb\xbf"
_DECORATION = frozenset(
    ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
     "message/delivery-status", "text/rfc822-headers"]
)  # fmt: skip
_LINE = 300
"""Longer than the start of a line between messages, in bytes."""


@dataclass(frozen=True)
class Part:
    """A text of a message, or what is attached to one.

    `context` holds columns of `Pieces` that the message's headers give.
    """

    name: str
    data: bytes
    charset: str | None
    context: Mapping[str, str] = field(default_factory=dict)
    problem: tuple[str, str] | None = None


def sniff(head: bytes, name: str) -> bool:
    """Say whether a dump that starts with `head` is a message or a mailbox."""
    head = head.lstrip(_BLANK)
    if _MBOX.match(head):
        return True
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    lines = block.splitlines()
    if not lines or not _HEADER.match(lines[0] + b" "):
        return False
    names = {match[1].lower() for line in lines if (match := _HEADER.match(line + b" "))}
    telling = sum(name in names for name in _TELLING)
    usual = sum(name in names for name in _USUAL)
    return (usual >= 2 and telling >= 1) or telling >= 3  # long heads go on behind what is seen


def parts(read: Callable[[int], bytes], limit: int) -> Iterator[Part]:
    """Yield the text and the attachments of a message or of every message of a mailbox, in order.

    Of a text in several forms the plain one is taken. Pictures that are shown in it are left out.
    `read` gives the next bytes; `limit` bounds one message, in bytes.
    """
    for number, data in enumerate(_messages(read, limit)):
        name = f"{number + 1:05d}"
        if data is None:
            yield Part(name, b"", None, problem=("too_large", "a message over the size limit"))
            continue
        try:
            found = _parts(name, email.message_from_bytes(data, policy=email.policy.default))
        except Exception as error:  # the library stumbles over many a header that is wrong
            what = f"a message that could not be parsed: {type(error).__name__}"
            found = [Part(name, b"", None, problem=("unreadable", what))]
        yield from found


def _parts(name: str, message: Message) -> list[Part]:
    """Return a message's text and its attachments."""
    body = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
    found = [] if body is None else [Part(name, *_content(body), _context(message))]
    for number, part in enumerate(_attached(message, body), start=1):
        label = str(part.get_filename() or f"part.{part.get_content_subtype()}")
        label = _NOT_IN_NAMES.sub("_", label)[-100:]
        found.append(Part(f"{name}/{number}-{label}", *_content(part)))
    return found or [Part(name, b"", None, problem=("no_text", "a message without text"))]


def _context(message: Message) -> dict[str, str]:
    headers = {"title": "subject", "date_text": "date"}
    return {
        column: repair(" ".join(text.split()))
        for column, header in headers.items()
        if (text := str(message.get(header, "")).strip())
    }


def _content(part: Message) -> tuple[bytes, str | None]:
    """Return the bytes of a part, decoded, and their charset."""
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return (first.as_bytes() if isinstance(first, Message) else b""), None
    payload = part.get_payload(decode=True)
    charset = part.get_content_charset() if part.get_content_maintype() == "text" else None
    return (payload if isinstance(payload, bytes) else b""), charset


def _attached(message: Message, body: Message | None) -> Iterator[Message]:
    """Yield the parts of a message but its text, that text in other forms, and its decoration."""
    stack = [message]
    while stack:
        part = stack.pop()
        kind = part.get_content_type()
        if part is body or kind in _DECORATION:
            continue
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            children = [one for one in inner if isinstance(one, Message)] if inner else []
            if kind == "multipart/alternative":
                holding = [one for one in children if any(it is body for it in one.walk())]
                children = holding or children
            stack += reversed(children)
        elif part.get_content_maintype() in ("image", "audio", "video"):
            if part.get_content_disposition() == "attachment":
                yield part
        elif part.get_payload():
            yield part


def _messages(read: Callable[[int], bytes], limit: int) -> Iterator[bytes | None]:
    """Yield the bytes of every message, None for one that is longer than `limit`."""
    data = b""
    while len(data) < _LINE and (chunk := read(CHUNK_BYTES)):
        data = (data + chunk).lstrip(_BLANK)
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

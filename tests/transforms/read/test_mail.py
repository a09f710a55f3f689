"""Mail: messages and mailboxes, what their headers say, exports that were sent in them."""

from __future__ import annotations

import email
import email.policy
import gzip
import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import FORMATS, stories
from transforms.read import Limits, open_source
from transforms.read.mail import Part, parts, sniff
from transforms.read.text import CHUNK_BYTES

FROM = b"From ann@ellery.example Tue May 14 10:00:00 2024\n"


def message(
    text: str = "The quay was shut.\n",
    subject: str | None = "Quay shut",
    date: str | None = "Tue, 14 May 2024 10:00:00 +0000",
    html: str | None = None,
) -> bytes:
    one = EmailMessage(policy=email.policy.default)
    one["From"] = "Ann Lee <ann@ellery.example>"
    one["To"] = "desk@ellery.example"
    if subject is not None:
        one["Subject"] = subject
    if date is not None:
        one["Date"] = date
    one["Message-ID"] = "<a@ellery.example>"
    if text:
        one.set_content(text)
        if html is not None:
            one.add_alternative(html, subtype="html")
    elif html is not None:
        one.set_content(html, subtype="html")
    return one.as_bytes()


def mailbox(*messages: bytes) -> bytes:
    quoted = (one.replace(b"\nFrom ", b"\n>From ") for one in messages)
    return b"".join(FROM + one + b"\n" for one in quoted)


def found(data: bytes, limit: int = 1 << 20, step: int = CHUNK_BYTES) -> list[Part]:
    file = io.BytesIO(data)
    return list(parts(lambda size: file.read(min(size, step)), limit))


def test_a_message() -> None:
    (part,) = found(message())
    assert part.data == b"The quay was shut.\n"
    assert part.context["title"] == "Quay shut"
    assert part.context["date_text"].startswith("Tue, 14 May 2024")


@pytest.mark.parametrize("step", [7, 299, CHUNK_BYTES])
def test_a_mailbox_of_many(step: int) -> None:
    texts = [f"Story {number}.\n\nFrom here on it is long.\n" for number in range(40)]
    data = mailbox(*(message(text, f"No. {n}") for n, text in enumerate(texts)))
    assert sniff(data[:4096], "a.mbox")
    some = found(data, step=step)
    assert [part.data.decode() for part in some] == texts
    assert [part.context["title"] for part in some] == [f"No. {n}" for n in range(40)]
    assert len({part.name for part in some}) == 40


@pytest.mark.parametrize("step", [50, CHUNK_BYTES])
def test_a_message_that_is_too_large_costs_no_neighbour(step: int) -> None:
    data = mailbox(message(), message("A long story about a quay.\n" * 400), message("Last.\n"))
    first, large, last = found(data, 2000, step)
    assert large.problem == ("too_large", "a message over the size limit")
    assert (first.data, last.data) == (b"The quay was shut.\n", b"Last.\n")
    assert found(message("A long story about a quay.\n" * 400), 2000, step)[0].problem is not None


def test_lines_with_carriage_returns() -> None:
    data = mailbox(message("One.\n"), message("Two.\n")).replace(b"\n", b"\r\n")
    assert [part.data.strip() for part in found(data)] == [b"One.", b"Two."]


def test_headers_that_are_missing_say_nothing() -> None:
    (part,) = found(message(subject=None, date=None))
    assert part.context == {}


def test_headers_that_are_wrong_cost_one_message() -> None:
    wrong = message().replace(b"Subject: Quay shut", b"Subject: =?utf-8?b?!!=00\xff?=\r\x00")
    wrong = wrong.replace(b"Content-Type: text/plain", b"Content-Type: ;;=\xff multipart")
    some = found(mailbox(message(), wrong, message("Last.\n")))
    assert len(some) == 3
    assert some[2].data == b"Last.\n"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 60))
def test_damaged_messages_are_parts(noise: bytes, at: int, cut: int) -> None:
    whole = mailbox(message(html="<p>The quay.</p>"))
    assert found(whole[:at] + noise + whole[at + cut :])


def with_attachments() -> bytes:
    one = EmailMessage(policy=email.policy.default)
    one["Subject"], one["To"], one["From"] = "Files", "b@ellery.example", "a@ellery.example"
    one["Message-ID"] = "<b@ellery.example>"
    one.set_content("See the files.\n")
    one.add_alternative("<p>See the files.</p><img src='cid:logo'>", subtype="html")
    one.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<logo>")  # type: ignore[index, union-attr]
    record = b'{"title": "Quay shut", "maintext": "The quay was shut."}\n'
    one.add_attachment(record, "application", "octet-stream", filename="../a!/day.jsonl")
    one.add_attachment(gzip.compress(record), "application", "gzip", filename="day.jsonl.gz")
    one.add_attachment("Second text, in line.\n", disposition="inline")
    one.add_attachment(b"\x89PNG\r\n", "image", "png", filename="a.png")
    one.add_attachment(email.message_from_bytes(message("Sent on.\n", "Inner")))
    return one.as_bytes()


def test_attachments_are_members_of_their_own(tmp_path: Path) -> None:
    some = found(with_attachments())
    assert [part.name for part in some] == [
        "00001", "00001/1-.._a__day.jsonl", "00001/2-day.jsonl.gz", "00001/3-part.plain",
        "00001/4-a.png", "00001/5-part.rfc822",
    ]  # fmt: skip
    assert [bool(part.context) for part in some] == [True] + [False] * 5
    path = tmp_path / "a.eml"
    path.write_bytes(with_attachments())
    dumps = list(open_source(path))
    assert [dump.format for dump in dumps] == ["txt", "jsonl", "jsonl", "txt", "unknown", "txt"]
    articles = [row for dump in dumps for row in dump.rows() if row["kind"] == "record"]
    assert [row["title"] for row in articles] == ["Files", "Quay shut", "Quay shut", "Inner"]
    assert dumps[4].failure == ("unsupported", "an image")


def test_a_message_that_is_a_file() -> None:
    one = EmailMessage(policy=email.policy.default)
    one["Subject"] = "Files"
    one.set_content(b"title,text\nQuay,Shut.\n", "text", "csv", filename="day.csv")
    (part,) = found(one.as_bytes())
    assert (part.name, part.data) == ("00001/1-day.csv", b"title,text\nQuay,Shut.\n")
    assert found(b"Subject: x\n\n")[0].problem is None
    two = EmailMessage(policy=email.policy.default)
    two.set_content(b"GIF89a", "image", "gif", disposition="inline")
    assert found(two.as_bytes())[0].problem == ("no_text", "a message without text")


def read(path: Path) -> list[dict[str, object]]:
    return [row for dump in open_source(path) for row in dump.rows()]


def test_a_text_has_the_subject_as_its_headline(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    page = f"<html><body><p>{'The quay was shut for long. ' * 9}</p></body></html>"
    path.write_bytes(mailbox(message(), message("", html=page)))
    first, last = read(path)
    assert (first["title"], first["text"]) == ("Quay shut", "The quay was shut.")
    assert str(first["date_text"]).startswith("Tue, 14 May 2024")
    assert last["title"] == "Quay shut"


def sent(format: str, body: str) -> bytes:
    if format == "proquest":
        return message("", "Your research", html=body)
    return message("\n".join(f"> {line}" for line in body.split("\n")), "Fwd: Your research")


@pytest.mark.parametrize("format", ["proquest", "proquest-txt"])
def test_articles_that_were_sent_have_their_own_fields(format: str, tmp_path: Path) -> None:
    all_ = stories(3)
    body = FORMATS[format][1](all_).decode()
    path = tmp_path / "a.eml"
    path.write_bytes(sent(format, body))
    (dump,) = open_source(path)
    assert dump.format == format
    rows = list(dump.rows())
    assert [row["title"] for row in rows] == [one["title"] for one in all_]
    assert [row["text"].split("\n") for row in rows] == [one["paragraphs"] for one in all_]
    assert {row["date_text"] for row in rows} == {"May 14, 2024"}


@pytest.mark.parametrize("format", ["proquest", "proquest-txt"])
def test_what_they_do_not_say_the_mail_does_not_know(format: str, tmp_path: Path) -> None:
    all_ = stories(3)
    body = FORMATS[format][1](all_).decode().replace("Publication date", "Section")
    for one in all_:
        body = body.replace(one["title"], "")
    path = tmp_path / "a.eml"
    path.write_bytes(sent(format, body))
    rows = read(path)
    assert len(rows) == 3
    for row in rows:
        assert (row["title"], row["date_text"]) == (None, None)


def test_boxes_have_as_many_messages_as_an_archive_has_files(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(mailbox(*[message()] * 5))
    limits = Limits(members=3)
    failures = [dump.failure for dump in open_source(path, limits=limits)]
    assert failures[:3] == [None] * 3
    assert failures[3] is not None
    assert len(failures) == 4


@pytest.mark.parametrize("before", [b"   \r\n", b"\n\n", b"\xef\xbb\xbf", b" " * 3000 + b"\n"])
def test_blanks_before_a_message_hide_it_from_nobody(before: bytes, tmp_path: Path) -> None:
    data = before + message()
    assert sniff(data[:4096], "a.txt")
    for step in (7, CHUNK_BYTES):
        (part,) = found(data, step=step)
        assert part.context["title"] == "Quay shut"


def test_a_head_longer_than_what_is_seen_of_it() -> None:
    head = b"Delivered-To: desk@ellery.example\nReturn-Path: <ann@ellery.example>\n"
    head += b"Received: from a.example by b.example;\n Tue, 14 May 2024 10:00:00 +0000\n"
    data = head + b"".join(b"X-Mark-%d: %s\n" % (n, b"x" * 60) for n in range(80)) + message()
    assert data.index(b"Subject") > 4096
    assert sniff(data[:4096], "a.txt")
    assert not sniff(b"Received: a letter.\n\nFrom: the mayor\nTo: all\n", "a.txt")


def test_a_subject_decoded_wrongly_once_is_mended() -> None:
    (part,) = found(message(subject="Quay\u00e2\u20ac\u2122s end"))
    assert part.context["title"] == "Quay\u2019s end"

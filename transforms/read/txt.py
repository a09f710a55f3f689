"""Plain text: windows of a few megabytes, cut at line ends, for `segment` to take apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.read.pieces import Row, reject, run
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

WINDOW_CHARS = 2_000_000
_MARKUP = re.compile(
    r"\s{0,200}(?:<\?xml|<!doctype html|<html|<rss|<feed|<nitf|<newsml|<newsmessage)", re.I
)
_TAG = re.compile(r"\s{0,200}<[A-Za-z][\w.:-]{0,60}[\s/>]")
_END_TAG = re.compile(r"</[A-Za-z][\w.:-]{0,60}\s{0,3}>")
_CHARS_A_TAG = 500


def sniff(head: str, name: str) -> float:
    """Any text that is no mark-up may be a run of stories; another reader's claim goes first."""
    if _MARKUP.match(head):
        return 0.0
    if _TAG.match(head) and len(_END_TAG.findall(head)) >= max(2, len(head) / _CHARS_A_TAG):
        return 0.0
    return 0.3 if name.endswith((".txt", ".text", ".asc")) else 0.1


def read(source: TextSource) -> Iterator[Row]:
    """Yield windows of whole lines; a line over the limit is a `too_large` reject."""
    start = 0
    window: list[str] = []
    size = 0
    for line in source.lines():
        if line.text is None or size + len(line.text) > WINDOW_CHARS:
            if size:
                yield run(start, "".join(window))
            window, size, start = [], 0, line.start
        if line.text is None:
            yield reject(line.start, line.end, "too_large", "a line over the size limit")
            start = line.end
            continue
        window.append(line.text)
        size += len(line.text)
    if size:
        yield run(start, "".join(window))


register(Reader("txt", sniff, read, about="plain text: stories one after another, to be segmented"))

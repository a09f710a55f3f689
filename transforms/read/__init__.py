"""From bytes to pieces: formats, archives, encodings, what a dump says about its articles.

Reading composes with segmenting::

    from transforms.read import open_source
    from transforms.segment import segment

    for dump in open_source(path):
        for articles, rejects in segment(dump.pieces(), dump_path=dump.path):
            ...                       # frames of Articles and Rejects, in order
        print(dump.path, dump.format, dump.encoding, dump.flags)

A file that cannot be used is a `Dump` whose only piece is a reject; `open_source` raises for a
wrong argument only.

To add a format, add one module to this package. It defines `sniff(head, name) -> float` and
`read(source) -> Iterator[Row]` and calls `register(Reader("name", sniff, read))`; modules are
found by themselves. Rows come from `pieces.record`, `pieces.run` and `pieces.reject`; wrap them
in `pieces.tile` and yield `pieces.framing` for what is no record (a header row, a prolog), so
that spans tile the dump. Field names that exporters use belong in `aliases.toml`.
"""

from transforms.read.dates import When, parse_date, path_date
from transforms.read.guard import Limits
from transforms.read.registry import BinaryReader, Decoder, Reader, readers, register
from transforms.read.source import Dump, formats, open_source, sha256_of, unread_source

__all__ = [
    "BinaryReader",
    "Decoder",
    "Dump",
    "Limits",
    "Reader",
    "When",
    "formats",
    "open_source",
    "parse_date",
    "path_date",
    "readers",
    "register",
    "sha256_of",
    "unread_source",
]

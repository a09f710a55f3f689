"""From pieces to articles: where each story starts and ends, its headline, byline and date.

    from transforms.read import open_source
    from transforms.segment import Segmenter

    for dump in open_source(path):
        segmenter = Segmenter(dump_path=dump.path)
        for articles, rejects in segmenter.run(dump.pieces()):
            ...                                  # write the frames
        flags = [*dump.flags, *segmenter.flags]

`segment(pieces, dump_path=…)` is the same without the flags. Records become articles as they are;
runs of plain text are taken apart by a model of lines (`features`, `model`, `boundaries`), or by
the explicit marks that a dump has (`markers`).
"""

from transforms.segment.articles import Segmenter, segment

__all__ = ["Segmenter", "segment"]

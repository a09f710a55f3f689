"""Tonight's articles against all of history: what to look up, compare, and decide, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms import deduplicate as dd

if TYPE_CHECKING:
    from warehouse.history import Warehouse


@dataclass(frozen=True)
class Matched:
    """What matching gave; each frame is staged under its name."""

    assignments: pl.DataFrame
    """The stories of new articles, and of known ones that change (schema `Assignments`)."""
    sketches: pl.DataFrame
    """What to remember of the new articles, and of those like them (schema `Remembered`)."""
    similar: pl.DataFrame
    """Pairs of texts that are alike (schema `Similar`)."""
    again: pl.DataFrame
    """Known texts (`text_hash`) whose pairs `similar` replaces, since more is boilerplate now."""
    boilerplate: pl.DataFrame
    """What was found to be boilerplate: `source`, `fingerprint`."""

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the frames by name."""
        return dict(vars(self))


def match(new: pl.DataFrame, warehouse: Warehouse | None, replaced: Sequence[str] = ()) -> Matched:
    """Return the stories of new articles (schema `Sketches`) among those of the warehouse, if any.

    `replaced` are dumps whose articles the run replaces: what the warehouse has of them is as good
    as gone.
    """
    from warehouse import history, query

    if warehouse is None:
        compared, again = dd.compare(new), pl.Series("text_hash", [], pl.String)
        articles, pairs, seen = dd.members(new, compared.sizes), compared.pairs, new
    else:
        with query.connected(warehouse) as con:
            compared, again, known = _compared(new, con, replaced)
            tied = compared.pairs.filter(pl.col("score") >= dd.TIED)
            texts = [new["text_hash"], again, tied["text_a"], tied["text_b"]]
            seeds = pl.concat([one.alias("text_hash") for one in texts]).unique().sort()
            held = history.concerned(con, seeds, least=dd.TIED, without_dumps=replaced)
        fresh = dd.members(new, compared.sizes)
        articles, pairs = dd.join_history(fresh, compared, *held, again)
        # What is remembered of a known text changes where more of it is boilerplate now.
        seen = pl.concat([new, known.join(new, on="article_id", how="anti")])
    return Matched(
        assignments=dd.assign(articles, pairs),
        sketches=dd.remembered(seen, compared.sizes),
        similar=compared.pairs,
        again=again.to_frame("text_hash"),
        boilerplate=compared.boilerplate,
    )


def _compared(
    new: pl.DataFrame, warehouse: Warehouse, replaced: Sequence[str]
) -> tuple[dd.Compared, pl.Series, pl.DataFrame]:
    """Compare new articles with each other and with the known ones that may be alike.

    Returns also the known texts that were compared again, because they have what was found to be
    boilerplate only now, and the sketches of all known ones.
    """
    from warehouse import history

    boilerplate = history.known_boilerplate(warehouse)
    wanted = history.promising(warehouse, dd.candidate_keys(new, boilerplate), dd.SEARCH)

    def read_again(texts: pl.Series) -> pl.DataFrame:
        return dd.sketch_again(*history.texts(warehouse, texts, without_dumps=replaced))

    known = read_again(wanted)
    compared = dd.compare(new, known, boilerplate)
    if compared.boilerplate.is_empty():
        return compared, wanted.clear(), known
    again = history.texts_with(warehouse, compared.boilerplate)
    if again.is_empty():
        return compared, again, known
    wanted = pl.concat([wanted, again, history.alike(warehouse, again)]).unique().sort()
    found = pl.concat([boilerplate, compared.boilerplate])
    known = read_again(wanted)
    more = dd.compare(new, known, found, again)
    return more.finding(compared.boilerplate), again, known

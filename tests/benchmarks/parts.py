"""Where the extractor's seconds go: the parse, and each thing done around it.

    python -m tests.benchmarks.parts [--articles 1000] [--seed 1] [--flame FILE]

Codes articles of Reuters-21578 in one process with a stop-watch around every part, and prints
seconds and the ratio to the parse (spaCy's components over the sentences that pass the gate). What
issue a part answers to is in its name: when (TIMEX3 and dating), where (toponyms and placing), how
certain, how many. A watch costs about half a microsecond a call, so the small parts are a little
overstated.

With `--flame` there are no watches: the articles are coded under a sampling
profiler, and the flame graph is written to FILE, for https://www.speedscope.app.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

import polars as pl

from flows import coding
from tests.benchmarks.flame import sampled
from tests.benchmarks.quality.deduplicate import reuters
from transforms.extract import coder, inference, pipeline
from transforms.keys import content_id

DUMP = Path(__file__).resolve().parents[3] / "shared" / "dumps" / "reuters21578.tar.gz"
PARTS = {
    "parse": ["transforms.extract.inference.Parser.syntax",
              "transforms.extract.inference.Parser.names"],
    "sentences": ["transforms.extract.coder.sentences.split", "transforms.extract.gate.Gate.passes",
                  "transforms.extract.coder.recase.restore"],
    "when": ["transforms.extract.coder.times.find", "transforms.extract.coder.times.date_event"],
    "where": ["transforms.extract.coder.places.find_all",
              "transforms.extract.coder.places.place_event"],
    "how certain": ["transforms.extract.coder.status.judge"],
    "how many": ["transforms.extract.coder.casualties.tolls",
                 "transforms.extract.coder.quantities.find"],
    "triggers": ["transforms.extract.coder.heads", "transforms.extract.coder.find_triggers"],
    "arguments": ["transforms.extract.arguments.Arguments.codings",
                  "transforms.extract.arguments.Arguments.roles"],
    "actors": ["transforms.extract.coder.Cast.read", "transforms.extract.coder.Cast.resolve"],
    "coreference": ["transforms.extract.coder.coreference.merge"],
}  # fmt: skip
ISSUE = ("when", "where", "how certain", "how many")


def watched(call: Callable[..., Any], seconds: dict[str, float], part: str) -> Callable[..., Any]:
    """Return `call` with its time added to `seconds[part]`; calls inside a watched call are not."""

    def run(*given: Any, **named: Any) -> Any:
        if seconds["running"]:
            return call(*given, **named)
        seconds["running"] = 1.0
        begun = time.perf_counter()
        try:
            return call(*given, **named)
        finally:
            seconds[part] += time.perf_counter() - begun
            seconds["running"] = 0.0

    return run


def row(record: coder.Record) -> dict[str, Any]:
    """Return what the extractor needs of an article."""
    article_id = content_id(record.id, record.maintext)
    return {
        "article_id": article_id,
        "story_id": article_id,
        "title": record.title,
        "body": record.maintext,
        "publish_date": record.published,
        "source": record.source,
        "dateline": record.dateline,
    }


def timed(step: Callable[..., Any], seconds: dict[str, float], name: str) -> Any:
    """Return a step of the parser with its time added to `seconds[name]`."""

    def run(*given: Any) -> Any:
        begun = time.perf_counter()
        done = step(*given)
        seconds[name] += time.perf_counter() - begun
        return done

    return run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flame", type=Path, default=None)
    given = parser.parse_args()
    coding.load(pipeline.MODEL, ())  # as a run's worker does
    nlp = pipeline.load()
    wire = [item for item in reuters(DUMP).to_dicts() if item["maintext"]]
    chosen = random.Random(given.seed).sample(wire, given.articles)
    articles = pl.DataFrame([row(coder.Record.from_json(item)) for item in chosen])
    coder.code(articles.head(20), nlp)  # tables are read
    if given.flame is not None:
        with sampled(given.flame):
            coder.code(articles, nlp)
        print(f"Written to {given.flame}: open it on https://www.speedscope.app")
        return
    seconds: dict[str, float] = defaultdict(float)
    parse = inference.parser(nlp)
    steps: dict[str, float] = defaultdict(float)
    parse.steps = [(name, timed(step, steps, name)) for name, step in parse.steps]
    parse.reader = parse.reader[0], timed(parse.reader[1], steps, parse.reader[0])
    assert parse.recogniser is not None
    parse.recogniser = parse.recogniser[0], timed(parse.recogniser[1], steps, "ner")
    with ExitStack() as stack:
        for part, names in PARTS.items():
            for name in names:
                call = resolve_name(name)
                stack.enter_context(patch(name, watched(call, seconds, part)))
        begun = time.perf_counter()
        mentions = coder.code(articles, nlp).mentions.height
        whole = time.perf_counter() - begun
    parsing = seconds["parse"]
    print(f"{given.articles:,} articles, {mentions:,} mentions, {whole:.1f} s in one process")
    print("| part | seconds | of the parse |\n| --- | ---: | ---: |")
    for part in PARTS:
        print(f"| {part} | {seconds[part]:.2f} | {seconds[part] / parsing:.3f} |")
        for step in steps if part == "parse" else ():
            print(f"| · {step} | {steps[step]:.2f} | {steps[step] / parsing:.3f} |")
    rest = whole - sum(seconds[part] for part in PARTS)
    print(f"| the rest | {rest:.2f} | {rest / parsing:.3f} |")
    own = sum(seconds[part] for part in ISSUE)
    print(f"| **when, where, how certain, how many** | {own:.2f} | {own / parsing:.3f} |")


if __name__ == "__main__":
    main()

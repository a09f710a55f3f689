"""The frames that pass between stages, one schema each.

Every stage validates what it hands on with `Schema.validate(frame, cast=True)`; a frame that
breaks its schema is a bug of the stage, never of the dump, so it raises. What a dump does wrong
becomes a row of `Rejects`.

Order of the stages and what they exchange::

    read        -> Pieces                         (records, runs of plain text, rejects)
    segment     -> Articles, Rejects              (one row an article)
    deduplicate -> Sketches, Similar, Assignments (which story each article belongs to)
    thread      -> StoryTerms, Threads, Updates   (what hangs together over hours and days)
    extract     -> Mentions                       (one row an event mention)
"""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

ID = r"^[0-9a-f]{16}$"

DATE_SOURCES = ("field", "dateline", "header", "path", "neighbours", "option", "none")
"""Where an article's publication date came from, best first (`publish_date_source`)."""

OFFSET_UNITS = ("characters", "bytes", "rows")
"""What the span of an article or reject may count."""

REASONS = (
    "unreadable",  # the whole dump: cannot be opened, decompressed or decoded
    "unsupported",  # the whole dump: no reader knows this format
    "empty",  # the whole dump holds no text
    "bad_record",  # a record that its format's parser refuses
    "no_text",  # a record with neither headline nor body
    "not_article",  # text between stories: separators, page furniture, end marks
    "too_large",  # a record or member over the size limit
    "unsafe",  # an archive member that would be dangerous to follow or unpack
    "extract_failed",  # an article on which the extractor failed
)

UPDATE_KINDS = (
    "snap",  # a line or two ahead of the story: URGENT, BREAKING, FLASH
    "update",  # the story told anew with more in it
    "lead",  # a new top on an earlier story: 1st Ld, LEAD
    "wrapup",  # several stories on one matter told as one
    "correction",  # something in an earlier version was wrong
    "refile",  # sent again for a slip that changes no fact, or for technical reasons
    "repeat",  # sent again unchanged
    "withdrawal",  # an earlier version must not be used: KILL, WITHDRAWN
    "advisory",  # a note to editors
)
"""What an article says of its relation to earlier ones (`update_kind`)."""

PLOVER_TYPES = (
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST",
    "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
)  # fmt: skip
"""PLOVER's sixteen event types (Open Event Data Alliance, PLOVER codebook 2023)."""

DATE_PRECISIONS = ("day", "week", "month", "quarter", "year", "none")
PLACE_PRECISIONS = ("city", "admin1", "country")
TIMES = ("past", "ongoing", "future")
POLARITIES = ("positive", "negative")
CERTAINTIES = ("certain", "claimed", "possible", "hypothetical")
MEASURES = ("deaths", "injuries", "missing", "arrests", "abducted", "displaced", "protesters",
            "troops", "money")  # fmt: skip
"""What a mention may count (`quantities`), in the order in which it counts it."""


def _utc(nullable: bool = True) -> dy.Datetime:
    return dy.Datetime(time_unit="us", time_zone="UTC", nullable=nullable)


class Pieces(dy.Schema):
    """What a reader makes of a dump; in order, the spans tile its non-blank characters.

    `kind` is `record` (the format says that this is one article), `text` (a run of plain text
    that holds any number of stories, to be segmented; `text` is exactly the decoded characters
    `char_start:char_end`, and consecutive text pieces of a dump continue one another) or
    `reject`. Framing (a header row, a prolog, a comma between records) belongs to the span of the
    record beside it.
    """

    dump_id = dy.String(regex=ID, nullable=False)
    kind = dy.Enum(["record", "text", "reject"], nullable=False)
    char_start = dy.Int64(min=0, nullable=False)
    char_end = dy.Int64(min=0, nullable=False)
    text = dy.String(nullable=False)
    title = dy.String(nullable=True)
    byline = dy.String(nullable=True)
    dateline = dy.String(nullable=True)
    source = dy.String(nullable=True)
    url = dy.String(nullable=True)
    external_id = dy.String(nullable=True)
    language = dy.String(nullable=True)
    date_text = dy.String(nullable=True)
    reason = dy.Enum(list(REASONS), nullable=True)
    detail = dy.String(nullable=True)


class Dumps(dy.Schema):
    """One row a dump: an input file, or one member of an archive.

    `path` of a member is `archive!member`. `container_sha256` is the hash of the file on disk
    (the dump's own hash where it is not a member). `offset_unit` is what spans in it count:
    characters of the decoded text, or bytes or rows of a format that is no text (then `encoding`
    is null). `flags` names what an operator should look at (`ambiguous_layout`,
    `replaced_characters`, `nothing_found` …); `warnings` says in sentences what has figures.
    """

    dump_id = dy.String(primary_key=True, regex=ID)
    path = dy.String(nullable=False)
    sha256 = dy.String(nullable=False)
    container_path = dy.String(nullable=False)
    container_sha256 = dy.String(nullable=False)
    bytes = dy.Int64(min=0, nullable=False)
    format = dy.String(nullable=False)
    encoding = dy.String(nullable=True)
    offset_unit = dy.Enum(list(OFFSET_UNITS), nullable=False)
    article_count = dy.Int64(min=0, nullable=False)
    reject_count = dy.Int64(min=0, nullable=False)
    flags = dy.List(dy.String(), nullable=False)
    warnings = dy.List(dy.String(), nullable=False)


class Articles(dy.Schema):
    """One story as it stood in one dump. `char_start:char_end` is its span in the decoded dump.

    `body` is the story without headline, byline and dateline, one paragraph a line; offsets of
    later stages count characters of `title` + newline + `body` (of `body` alone without title).
    `text_hash` identifies the normalised words of title and body: equal means exact copies.
    """

    article_id = dy.String(primary_key=True, regex=ID)
    dump_id = dy.String(regex=ID, nullable=False)
    ordinal = dy.Int32(min=0, nullable=False)
    char_start = dy.Int64(min=0, nullable=False)
    char_end = dy.Int64(min=0, nullable=False)
    title = dy.String(nullable=True)
    byline = dy.String(nullable=True)
    dateline = dy.String(nullable=True)
    source = dy.String(nullable=True)
    url = dy.String(nullable=True)
    external_id = dy.String(nullable=True)
    language = dy.String(nullable=True)
    published_at = _utc()
    publish_date = dy.Date(nullable=True)
    publish_date_source = dy.Enum(list(DATE_SOURCES), nullable=False)
    body = dy.String(nullable=False)
    text_hash = dy.String(regex=ID, nullable=False)
    segment_confidence = dy.Float32(min=0, max=1, nullable=False)

    @dy.rule()
    def span_is_ordered(cls) -> pl.Expr:
        """A span ends behind its start."""
        return pl.col("char_end") > pl.col("char_start")


class Rejects(dy.Schema):
    """A piece of a dump, or a whole dump, that could not be used, and why."""

    dump_id = dy.String(regex=ID, nullable=False)
    char_start = dy.Int64(min=0, nullable=False)
    char_end = dy.Int64(min=0, nullable=False)
    reason = dy.Enum(list(REASONS), nullable=False)
    detail = dy.String(nullable=True)
    excerpt = dy.String(nullable=True)


class Sketches(dy.Schema):
    """What is compared of an article: the hashes of its word 3-grams.

    `fingerprints` are the lower 31 bits of the sampled hashes, ascending; `keys` are those of them
    by which copies are found, a few dozen that the warehouse remembers, and one for the whole
    headline, which comes last. `size` estimates how many distinct 3-grams the article has.
    """

    article_id = dy.String(primary_key=True, regex=ID)
    source = dy.String(nullable=True)
    published_at = _utc()
    text_hash = dy.String(regex=ID, nullable=False)
    words = dy.Int32(min=0, nullable=False)
    size = dy.Int32(min=0, nullable=False)
    fingerprints = dy.List(dy.UInt32(), nullable=False)
    keys = dy.List(dy.UInt32(), nullable=False)


class Remembered(dy.Schema):
    """What is kept of a text, to find its copies later: a row for each time it was published."""

    text_hash = dy.String(regex=ID, nullable=False)
    published_at = _utc()
    words = dy.Int32(min=0, nullable=False)
    size = dy.Int32(min=0, nullable=False)
    keys = dy.List(dy.UInt32(), nullable=False)


class Similar(dy.Schema):
    """Two texts that have something in common, the lower `text_hash` first.

    `score` says how alike they are, `weight` what the pair adds to the average over two clusters,
    and `held` which share of the smaller text the larger one holds.
    """

    text_a = dy.String(primary_key=True, regex=ID)
    text_b = dy.String(primary_key=True, regex=ID)
    score = dy.Float32(min=0, max=1, nullable=False)
    weight = dy.Float32(min=0, max=1, nullable=False)
    held = dy.Float32(min=0, max=1, nullable=False)


class Members(dy.Schema):
    """An article whose story is to be decided, with the story that it is in so far, if any."""

    article_id = dy.String(primary_key=True, regex=ID)
    source = dy.String(nullable=True)
    text_hash = dy.String(regex=ID, nullable=False)
    published_at = _utc()
    size = dy.Int32(min=0, nullable=False)
    story_id = dy.String(regex=ID, nullable=True)
    is_canonical = dy.Bool(nullable=True)


class Assignments(dy.Schema):
    """The story of an article. `similarity` is to the story's canonical article (1 for itself).

    `reason` says why this article is canonical, or what tied it to the story.
    """

    article_id = dy.String(primary_key=True, regex=ID)
    story_id = dy.String(regex=ID, nullable=False)
    is_canonical = dy.Bool(nullable=False)
    similarity = dy.Float32(min=0, max=1, nullable=False)
    reason = dy.String(nullable=False)


class StoryTerms(dy.Schema):
    """What threading remembers of a story: a small weighted vector of its canonical article.

    `terms` are 32-bit hashes of stems, names and pairs of names, ascending, and `weights` what each
    counts, in eighths, times four, plus 1 for a name and 2 for a term of the headline. `heading`
    identifies the headline without figures, days and markers: what recurs is a template.
    `is_template`: a table or a rubric, by its looks alone.
    """

    story_id = dy.String(primary_key=True, regex=ID)
    published_at = _utc()
    source = dy.String(nullable=True)
    heading = dy.UInt64(nullable=True)
    is_template = dy.Bool(nullable=False)
    terms = dy.List(dy.UInt32(), nullable=False)
    weights = dy.List(dy.UInt8(), nullable=False)


class Threads(dy.Schema):
    """The thread of a story, and what tied it to that (`reason`)."""

    story_id = dy.String(primary_key=True, regex=ID)
    thread_id = dy.String(regex=ID, nullable=False)
    similarity = dy.Float32(min=0, max=1, nullable=True)
    reason = dy.String(nullable=False)


class Updates(dy.Schema):
    """Which version of its story an article is, and what it updates.

    `version` counts from 1. `update_kind` and `update_marker` are what an agency's marker says and
    how it was printed; `updates_article_id` is the article that this one updates.
    """

    article_id = dy.String(primary_key=True, regex=ID)
    version = dy.Int32(min=1, nullable=False)
    update_kind = dy.Enum(list(UPDATE_KINDS), nullable=True)
    update_marker = dy.String(nullable=True)
    updates_article_id = dy.String(regex=ID, nullable=True)


class Mentions(dy.Schema):
    """One event as one sentence of a story's canonical article states it.

    Offsets count characters of the article's `title` + newline + `body`. Countries are ISO 3166-1
    alpha-3. `why` names the pattern, lexicon entry or classifier decision behind the coding.
    `quantities` are what its clause counts, one a measure of `MEASURES`, with bounds (`None` where
    open) and a unit: `people`, or of money an ISO 4217 code.
    """

    mention_id = dy.String(primary_key=True, regex=ID)
    event_id = dy.String(regex=ID, nullable=False)
    story_id = dy.String(regex=ID, nullable=False)
    article_id = dy.String(regex=ID, nullable=False)
    sentence_index = dy.Int32(min=0, nullable=False)
    sentence_text = dy.String(nullable=False)
    sentence_start = dy.Int32(min=0, nullable=False)
    sentence_end = dy.Int32(min=0, nullable=False)
    trigger_text = dy.String(nullable=False)
    trigger_start = dy.Int32(min=0, nullable=False)
    trigger_end = dy.Int32(min=0, nullable=False)
    actor_text = dy.String(nullable=True)
    actor_start = dy.Int32(min=0, nullable=True)
    actor_end = dy.Int32(min=0, nullable=True)
    recipient_text = dy.String(nullable=True)
    recipient_start = dy.Int32(min=0, nullable=True)
    recipient_end = dy.Int32(min=0, nullable=True)
    actor_name = dy.String(nullable=True)
    actor_country = dy.String(regex="^[A-Z]{3}$", nullable=True)
    actor_sector = dy.String(nullable=True)
    recipient_name = dy.String(nullable=True)
    recipient_country = dy.String(regex="^[A-Z]{3}$", nullable=True)
    recipient_sector = dy.String(nullable=True)
    event_type = dy.String(nullable=False)
    event_mode = dy.String(nullable=True)
    contexts = dy.List(dy.String(), nullable=False)
    cameo_code = dy.String(nullable=True)
    quad_class = dy.Int8(min=0, max=4, nullable=False)
    goldstein = dy.Float32(nullable=True)
    event_date = dy.Date(nullable=True)
    date_precision = dy.Enum(list(DATE_PRECISIONS), nullable=False)
    date_text = dy.String(nullable=True)
    place_text = dy.String(nullable=True)
    place_name = dy.String(nullable=True)
    country = dy.String(regex="^[A-Z]{3}$", nullable=True)
    admin1 = dy.String(nullable=True)
    latitude = dy.Float64(min=-90, max=90, nullable=True)
    longitude = dy.Float64(min=-180, max=180, nullable=True)
    geonames_id = dy.Int64(nullable=True)
    place_precision = dy.Enum(list(PLACE_PRECISIONS), nullable=True)
    time = dy.Enum(list(TIMES), nullable=False)
    polarity = dy.Enum(list(POLARITIES), nullable=False)
    certainty = dy.Enum(list(CERTAINTIES), nullable=False)
    attributed_to = dy.String(nullable=True)
    deaths = dy.Int32(min=0, nullable=True)
    injuries = dy.Int32(min=0, nullable=True)
    quantities = dy.List(
        dy.Struct(
            {
                "measure": dy.String(nullable=False),
                "least": dy.Float64(min=0, nullable=True),
                "most": dy.Float64(min=0, nullable=True),
                "unit": dy.String(nullable=False),
            }
        ),
        nullable=False,
    )
    confidence = dy.Float32(min=0, max=1, nullable=False)
    why = dy.String(nullable=False)


class Parses(dy.Schema):
    """The parsed sentences of an article, to be kept: see `transforms.extract.kept`.

    The lists run parallel: hash of a sentence's wording, whether its entities were looked for, and
    the parse, packed.
    """

    article_id = dy.String(regex=ID, nullable=False)
    sentences = dy.List(dy.UInt64(nullable=False), nullable=False)
    named = dy.List(dy.Bool(nullable=False), nullable=False)
    parses = dy.List(dy.Binary(nullable=False), nullable=False)


def empty(schema: type[dy.Schema]) -> pl.DataFrame:
    """Return a frame of no rows with the columns and types of `schema`."""
    return schema.create_empty()


def frame(schema: type[dy.Schema], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Build a frame from dictionaries and check it; columns that no row names are null.

    Raises `dataframely.exc.ValidationError` or `polars.exceptions.PolarsError` where a value does
    not fit its column.
    """
    built = pl.DataFrame(rows, schema=dict(schema.create_empty().schema), strict=False)
    return schema.validate(built, cast=True)

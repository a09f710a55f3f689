"""Cut a news text into sentences by rule.

A trained splitter needs the parse that we want to spare: most sentences hold no event and are never
parsed. The rules follow the usual account of the problem (Palmer and Hearst 1997, "Adaptive
multilingual sentence boundary disambiguation"): a full stop ends a sentence unless it belongs to an
abbreviation, an initial or a number, and what follows decides the doubtful cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from transforms.extract.model import Sentence

MAX_LENGTH = 1_500
"""Longest sentence, in characters: longer run-ons are cut, so that a parse stays bounded."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BOUNDARY = re.compile(
    r"""[.!?\u2026]{1,12}[\"'\u201d\u2019\u00bb)\]]{0,4}(?=[ \t\n\u00a0]|$)"""
    r"""|(?<=[a-z]{2})[.!?](?=[A-Z][a-z'\u2019]{1,20}[ \t])"""
)
_WORD_BEFORE = re.compile(r"[^ \t\n\u00a0\"\u201c\u201d(\[\u2014]{1,40}\Z")
_INITIAL = re.compile(r"(?:[A-Za-z]\.-?){0,6}[A-Za-z]\.")

# Titles and the like: always followed by the name they introduce.
_NEVER_FINAL = _words(
    """
    mr. mrs. ms. messrs. mme. mlle. dr. drs. prof. rev. fr. hon. gen. maj. col. lt. sgt. cpl. pvt.
    capt. cmdr. cdr. comdr. adm. brig. cpt. gov. lt.gov. sen. sens. rep. reps. del. pres. insp.
    supt. det. ofc. amb. sec. st. ste. mt. ft. pt. vs. v. cf. viz. esp. approx. fig. figs. no. nos.
    nr. art. arts. vol. vols. pp. para. bros. atty. asst. assoc. dept. gens. cols. e.g. i.e. al.
    gral. cnel. tte. cap. sto. sta. ing. lic. sra. sr. srta. dn. ste. sheik. univ. ave. blvd.
    intl. natl. govt. maj.-gen. brig.-gen. lt.-gen. lt.-col. dist. ret. ph. nat.
    """
)
# May close a sentence: only a following word that looks like a fresh start decides so.
_MAYBE_FINAL = _words(
    """
    inc. corp. co. cos. ltd. plc. llc. jr. bros. s.a. n.v. a.g. etc. jan. feb. mar. apr. jun. jul.
    aug. sep. sept. oct. nov. dec. mon. tue. tues. wed. thu. thurs. fri. sat. sun. a.m. p.m. am. pm.
    u.s. u.k. u.n. u.s.s.r. e.u. d.c. n.y. b.c. a.d. p.l.c. ala. ariz. ark. calif. colo. conn. fla.
    ga. ill. ind. kan. ky. la. md. mass. mich. minn. miss. mo. mont. neb. nev. okla. ore. pa. tenn.
    tex. va. vt. wash. wis. wyo. ont. que. mln. bln. pct. dlrs. hrs. mins. est. ed. exch. assn. mfg.
    ph.d. m.d. b.a. m.a. m.b.a. j.d. r.n. ret.
    """
)
# Ordinary words too: abbreviations only with a capital first letter, or before a number.
_ALSO_WORDS = _words(
    """
    sun. sat. mon. mar. art. arts. fig. figs. mass. miss. wash. ill. ore. am. pm. no. nos. del. ind.
    ed. est. cap. sec. pt. mt. co. cos. wed. jun. dec. det. ret. kan.
    la. md. pa. va. mo. ga. ave. al. fri. dist. nat. exch. ph.
    """
)
_STARTERS = _words(
    """
    a an the this that these those there here he she it they we i you his her its their our my your
    in on at by for from with without to of as if when while where after before since until although
    though because but and or so yet however meanwhile moreover also still then thus now today
    yesterday tomorrow earlier later last next no not all both each every some many most several few
    another other one two three what who why how which whether once only even just more officials
    police analysts according asked under during despite over between among about some such
    nevertheless nonetheless instead indeed further furthermore additionally separately elsewhere
    mr. mrs. ms. dr. neither either nobody nothing everyone everybody somebody someone shares sales
    net revenues earnings traders dealers
    """
)
_AFTER_STATE = _words(
    "officials police analysts shares sales net revenues earnings traders dealers"
)
_CLAUSE_END = re.compile(r"[;:]\s|\u2014|--|,\s")
_SPACE = re.compile(r"\s")
_BLANK = " \t\n\r\f\v\u00a0\u2028\u2029"

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DATE = rf"(?:(?i:{_MONTH})[ ]{{1,2}}\d{{1,2}}|\d{{1,2}}[ ]{{1,2}}(?i:{_MONTH}))(?:,?[ ]\d{{2,4}})?"
_CITY = r"[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'\u2019\- /]{1,40}"
_REGION = r"(?:,[ ][A-Z\u00c0-\u00de][\w.'\u2019\- ]{1,30}){0,2}"
_DASH = r"[ ]{0,3}(?:--+|[\u2013\u2014\u2015]|-(?=[ ])|_)"
_AGENCY = r"[ ]{0,2}\([A-Z][\w.,'&/ \-]{1,40}\)"
_TAGS = r"(?:\s{0,80}\[[^\[\]\n]{1,60}(?:\n[^\[\]\n]{1,60})?\]){0,4}"
_DATELINE = re.compile(
    # SAN SALVADOR, 3 JAN 90 -- [TEXT]        LONDON, March 3 (Reuters) -       WASHINGTON --
    rf"(?:{_CITY}{_REGION}(?:,?[ ]{_DATE})?(?:{_AGENCY})?{_DASH}{_TAGS}"
    # Paris, Jan. 5 (AFP) -       Cairo (AP) --
    rf"|[A-Z\u00c0-\u00de][\w.'\u2019\- ]{{1,40}}{_REGION}"
    rf"(?:,?[ ]{_DATE}(?:{_AGENCY})?|{_AGENCY}){_DASH}{_TAGS}"
    # (CNN) --      (Reuters) -      [TEXT]
    rf"|\([A-Z][\w.&/ \-]{{1,30}}\)(?:{_DASH})?(?=\s)|\[[A-Z][A-Z ]{{2,20}}\](?=\s))",
)


def split(text: str, title_length: int) -> list[Sentence]:
    """Return the sentences of `text` (`title` + newline + `body`), in order.

    `text[:title_length]` is the headline: sentence 0, with `is_headline` set (more than one only
    if it is longer than `MAX_LENGTH`). Spans are disjoint, trimmed of white space, and cover every
    other character. A dateline ("LONDON, March 3 (Reuters) -") is a sentence of its own.
    """
    spans = [(start, end, True) for start, end in _bounded(text, 0, title_length)]
    for start, end in _paragraphs(text, title_length):
        spans += [
            (begin, stop, False)
            for first, last in _sentences(text, start, end, len(spans) < 6)
            for begin, stop in _bounded(text, first, last)
        ]
    return [
        Sentence(index, start, end, text[start:end], is_headline)
        for index, (start, end, is_headline) in enumerate(spans)
    ]


def _paragraphs(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the spans between newlines; in hard-wrapped text, between true paragraph breaks."""
    lines: list[tuple[int, int]] = []
    position = start
    while position <= len(text):
        newline = text.find("\n", position)
        end = len(text) if newline < 0 else newline
        lines.append((position, end))
        position = end + 1
    width = _wrap_width(text, lines)
    if not width:
        yield from lines
        return
    begin = lines[0][0]
    opening = True  # the first line may be short, where its dateline was taken out
    for (first, last), (follow, follow_end) in pairwise(lines):
        if _breaks(text, first, last, follow, follow_end, 0 if opening else width):
            yield begin, last
            begin = follow
        opening = opening and text[first:last].isspace()
    yield begin, lines[-1][1]


def _wrap_width(text: str, lines: list[tuple[int, int]]) -> int:
    """Return the column at which `text` was wrapped by hand or machine, 0 where it was not."""
    lengths = sorted(end - start for start, end in lines if not text[start:end].isspace())
    lengths = [length for length in lengths if length]
    if len(lengths) < 3 or lengths[-1] > 140:
        return 0
    width = lengths[(len(lengths) * 9) // 10]
    if not 40 <= width <= 100:
        return 0
    followed = open_ended = tight = 0
    for (start, end), (follow, follow_end) in pairwise(lines):
        line, following = text[start:end].rstrip(_BLANK), text[follow:follow_end].lstrip(_BLANK)
        if not line or not following:
            continue
        followed += 1
        if line[-1] not in ".!?:\"\u201d')]":
            open_ended += 1
            word = len(_SPACE.split(following[:width], maxsplit=1)[0])
            tight += len(line) + 1 + word > width - 6 or following[0].islower()
    return (
        width
        if followed >= 2 and open_ended * 3 >= followed and tight * 2 >= max(open_ended, 1)
        else 0
    )


def _breaks(text: str, first: int, last: int, follow: int, follow_end: int, width: int) -> bool:
    """Tell whether the newline between two lines of wrapped text ends a paragraph.

    It does next to a blank line, before an indented one, and where the next line's first word
    would have had room in the line before (`width` 0: that test is left out).
    """
    line, following = text[first:last].rstrip(_BLANK), text[follow:follow_end]
    if not line or not following.strip(_BLANK):
        return True
    indent = len(following) - len(following.lstrip(" \t"))
    if indent > len(line) - len(line.lstrip(" \t")) and indent >= 2:
        return True
    if line[-1] not in '.!?:"\u201d' and (not width or following[indent].islower()):
        return False
    word = len(_SPACE.split(following[indent : indent + width], maxsplit=1)[0])
    room = (width or 60) - len(line) - word - 1
    return room > (6 if line[-1] in '.!?:"\u201d' else 24)


def _sentences(text: str, start: int, end: int, opening: bool) -> Iterator[tuple[int, int]]:
    """Yield the sentence spans of the paragraph `text[start:end]`, blanks included."""
    begin = start
    if opening:
        while begin < end and text[begin] in _BLANK:
            begin += 1
        dateline = _DATELINE.match(text, begin, min(end, begin + 320))
        if dateline and _is_dateline(dateline.group(), text[dateline.end() : end][:80]):
            yield begin, dateline.end()
            begin = dateline.end()
    for match in _BOUNDARY.finditer(text, begin, end):
        if match.end() < end and _ends_sentence(text, match, begin, end):
            yield begin, match.end()
            begin = match.end()
    yield begin, end


def _is_dateline(candidate: str, following: str) -> bool:
    """Tell a dateline from the opening words of a text that is all in capitals."""
    following = following.strip(_BLANK)
    return bool(following) and (
        not following.isupper() or any(mark.isdigit() or mark in "([" for mark in candidate)
    )


def _ends_sentence(text: str, match: re.Match[str], begin: int, end: int) -> bool:
    following = text[match.end() : min(end, match.end() + 60)].lstrip(_BLANK)
    if not following:
        return False
    mark, first = match.group(), following[0]
    if first.islower() or first in ",;:)]%":
        return False
    if mark[0] != "." or (len(mark) > 1 and mark[1] == "."):
        return True
    before = _WORD_BEFORE.search(text, max(begin, match.start() - 40), match.start() + 1)
    word = before.group() if before else mark
    token = word.lower()
    if len(mark) > 1 or text[match.end()] not in _BLANK:  # a closing quote or bracket; no blank
        return "." not in token[:-1] or not _INITIAL.fullmatch(token)
    if token in _ALSO_WORDS and not (word[0].isupper() and word[1:2].islower()):
        return not first.isdigit()
    if token in _NEVER_FINAL:
        return False
    if token in _MAYBE_FINAL or _INITIAL.fullmatch(token):
        if len(token) == 2 and token != "i.":  # one letter: an initial
            return False
        if token in ("u.s.", "u.k.", "u.n.", "e.u."):  # adjectives as well as nouns
            return _fresh(following) and following.split(None, 1)[0].lower() not in _AFTER_STATE
        return _fresh(following)
    # "1. Open the valve": a list number belongs to its item.
    listed = token[:-1].isdigit() and before and before.start() <= begin + 1 and len(token) <= 4
    return not listed


def _fresh(following: str) -> bool:
    """Tell whether text after a doubtful full stop reads like the start of a sentence."""
    if following[0] in "\"\u201c\u2018'([-\u2014\u2022*":
        return True
    return _SPACE.split(following, maxsplit=1)[0].rstrip(",").lower() in _STARTERS


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield `start:end` without outer blanks, cut into pieces of `MAX_LENGTH` at most."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_LENGTH:
        cut = start + MAX_LENGTH
        window = text[start + MAX_LENGTH // 2 : cut]
        clause = None
        for clause in _CLAUSE_END.finditer(window):  # noqa: B007 (the last one counts)
            pass
        if clause:
            cut = start + MAX_LENGTH // 2 + clause.end()
        elif (blank := max(window.rfind(" "), window.rfind("\n"), window.rfind("\t"))) >= 0:
            cut = start + MAX_LENGTH // 2 + blank + 1
        stop = cut
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            yield start, stop
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end

"""Compile the rules into regular expressions over token classes, and match them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from transforms.extract.times import lexicon, rules

_ATOM = re.compile(
    r"\(\?P<(?P<group>[a-z]+)>|(?P<syntax>\(\?:|\(\?!|\)|\||\?)|\s+|\[(?P<any>[^\]]+)\]"
    r"|(?P<classes>[A-Z][A-Z0-9]*(?:\|[A-Z][A-Z0-9]*)*):(?P<label>[a-z]+)|(?P<one>[A-Z][A-Z0-9]*)"
    r"|(?P<word>[a-z'][a-z']*\d?|\d+|[,/])"
)
_GROUP = re.compile(r"\(\?P<g\d+>")
OTHER = "."


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule. `labels` maps the groups of the expression to labels of the pattern."""

    name: str
    expression: re.Pattern[str]
    labels: dict[str, str]
    build: rules.Builder


@dataclass(frozen=True, slots=True)
class Grammar:
    """Rules, the character of each word, and an expression that matches where any rule does."""

    rules: tuple[Rule, ...]
    codes: dict[str, str]
    number_codes: dict[frozenset[str], str]
    either: re.Pattern[str]


MOST_RUNS = 16_384
"""So many runs of words of time are remembered with what matches in them, a few megabytes."""

LONGEST_RUN = 16
"""Longer ones, which come from tables, hardly ever come again."""

RUN = re.compile(r"[^.]+")
"""Words that the grammar knows, one behind the other: no rule matches beyond them."""


def _literals(pattern: str) -> set[str]:
    found: set[str] = set()
    for atom in _ATOM.finditer(pattern):
        if atom["word"]:
            found.add(atom["word"])
        elif atom["any"]:
            found.update(atom["any"])
    return found


def _number_sets(literals: set[str]) -> dict[frozenset[str], None]:
    """Every set of classes that a token starting with a digit can have."""
    sets: dict[frozenset[str], None] = {}
    forms = [str(n) for n in range(3000)] + [f"{n:02d}" for n in range(100)] + ["12345", "1,000"]
    forms += [f"{n:04d}" for n in range(2500)]
    for form in forms:
        for suffix in ("", "th", "s", "am"):
            text = form + suffix
            extra = {f"={text}"} if text in literals else set()
            sets.setdefault(lexicon.classes_of_number(text) | frozenset(extra))
    return sets


@cache
def grammar() -> Grammar:
    """The compiled grammar; built once a process, in a few hundredths of a second.

    Raises `ValueError` where a pattern cannot be read.
    """
    patterns = [(n, _expanded(p), b) for n, p, b in rules.RULES]
    for name, dated in lexicon.holidays().items():
        spelled = " ".join(re.findall(r"'s|'|[a-z]+", name))
        pattern = f"(?:(?P<deictic>last|past|next|coming|this) )?{spelled}(?: ,? YEAR:year)?"
        patterns.append(("holiday", pattern, rules.holiday_rule(name, dated)))
    literals: set[str] = set()
    for _, pattern, _ in patterns:
        literals |= _literals(pattern)
    words = lexicon.classes_of_words()
    for literal in literals:
        if not literal[0].isdigit():
            words.setdefault(literal, set()).add(f"={literal}")
    alphabet: dict[frozenset[str], str] = {}
    for kinds in [*map(frozenset, words.values()), *_number_sets(literals)]:
        if kinds:
            alphabet.setdefault(kinds, chr(0xE000 + len(alphabet)))
    members: dict[str, str] = {}
    for classes, char in alphabet.items():
        for name in classes:
            members[name] = members.get(name, "") + char
    compiled = tuple(_compiled(n, p, b, members) for n, p, b in patterns)
    either = "|".join(_GROUP.sub("(?:", rule.expression.pattern) for rule in compiled)
    return Grammar(
        compiled,
        {word: alphabet[frozenset(classes)] for word, classes in words.items()},
        {classes: alphabet[classes] for classes in _number_sets(literals) if classes},
        re.compile(either),
    )


def _expanded(pattern: str) -> str:
    for name, body in rules.MACROS.items():
        pattern = pattern.replace(name, body)
    return pattern


def _compiled(name: str, pattern: str, build: rules.Builder, members: dict[str, str]) -> Rule:
    out: list[str] = []
    labels: dict[str, str] = {}
    position = 0

    def group(label: str) -> str:
        key = f"g{len(labels)}"
        labels[key] = label
        return f"(?P<{key}>"

    def one_of(names: list[str]) -> str:
        chars = "".join(members.get(n, "") for n in names)
        if not chars:
            raise ValueError(f"rule {name}: no token belongs to {names}")
        return f"[{chars}]"

    while position < len(pattern):
        atom = _ATOM.match(pattern, position)
        if not atom:
            raise ValueError(f"rule {name}: cannot read {pattern[position : position + 20]!r}")
        position = atom.end()
        if atom["group"]:
            out.append(group(atom["group"]))
        elif atom["syntax"]:
            out.append(atom["syntax"])
        elif atom["any"]:
            out.append(one_of([f"={c}" for c in atom["any"]]))
        elif atom["classes"]:
            out.append(group(atom["label"]) + one_of(atom["classes"].split("|")) + ")")
        elif atom["one"]:
            out.append(one_of([atom["one"]]))
        elif atom["word"]:
            out.append(one_of([f"={atom['word']}"]))
    return Rule(name, re.compile("".join(out)), labels, build)


def starts(run: str) -> Sequence[int]:
    """Where in a run of codes without `OTHER` some rule matches. Most runs are short words that
    come all the time ("in", "of the") and match nothing: the answer is remembered."""
    return _starts(run) if len(run) <= LONGEST_RUN else _search(run)


def _search(run: str) -> Sequence[int]:
    either, found = grammar().either, []
    match = either.search(run)
    while match:
        found.append(match.start())
        match = either.search(run, match.start() + 1)
    return found


_starts = lru_cache(maxsize=MOST_RUNS)(_search)


def matches(run: str, start: int) -> Sequence[tuple[Rule, re.Match[str]]]:
    """The rules that match at a place of a run, the longest match first, then in their order."""
    return _matches(run, start) if len(run) <= LONGEST_RUN else _match(run, start)


def _match(run: str, start: int) -> Sequence[tuple[Rule, re.Match[str]]]:
    found = [
        (each, match) for each in grammar().rules if (match := each.expression.match(run, start))
    ]
    found.sort(key=lambda pair: -pair[1].end())
    return found


_matches = lru_cache(maxsize=MOST_RUNS)(_match)


@lru_cache(maxsize=32_768)
def code_of(word: str) -> str:
    """The character of a token in the grammar's alphabet; `OTHER` where it has none."""
    built = grammar()
    word = word.lower().replace("’", "'")
    code = built.codes.get(word)
    if code is not None:
        return code
    if word[0].isdigit() and word[0].isascii():
        literal = frozenset({f"={word}"})
        classes = lexicon.classes_of_number(word)
        return built.number_codes.get(classes | literal) or built.number_codes.get(classes, OTHER)
    return OTHER

"""`newsmill sql`: one query printed in a format of choice, or a prompt."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flows.ending import WRONG_CALL, fail

if TYPE_CHECKING:
    import duckdb

PROMPT, CONTINUED = "newsmill> ", "     ...> "
HISTORY = Path("~/.newsmill_history")
KEYWORDS = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN USING HAVING COUNT SUM AVG MIN MAX DESC ALL AND "
    "OR NOT IN BETWEEN LIKE DISTINCT AS ON LEFT WITH UNION CASE WHEN THEN ELSE END IS NULL FILTER"
)


def sql(warehouse: Path, query: str | None, output: str, out: Path | None) -> None:
    """Run `query` on the published warehouse and print its result; without one, prompt.

    `output` is `table`, `csv`, `json` (one array of objects) or `parquet`; `out` is the file to
    write, standard output without. Ends with exit code 2 for SQL that DuckDB refuses.
    """
    from flows.commands import plain_errors
    from warehouse import connect

    with plain_errors(), contextlib.closing(connect.open_published(warehouse)) as connection:
        if query is None:
            _prompt(connection, warehouse)
            return
        _print(connection, query, output, out)


def _print(
    connection: duckdb.DuckDBPyConnection, query: str, output: str, out: Path | None
) -> None:
    import duckdb

    if output == "parquet" and out is None and sys.stdout.isatty():
        fail("Parquet is binary: add --out FILE, or redirect standard output", WRONG_CALL)
    try:
        relation = connection.sql(query)
        if relation is None:  # a statement without rows, such as SET
            return
        if output == "table":
            text = _table(relation)
        elif output == "json":
            text = _json(relation)
        elif output == "csv":
            text = relation.pl().write_csv()
        else:
            _write_parquet(relation, out)
            return
    except duckdb.Error as error:
        fail(str(error), WRONG_CALL)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _write_parquet(relation: duckdb.DuckDBPyRelation, out: Path | None) -> None:
    frame = relation.pl()
    if out is None:
        frame.write_parquet(sys.stdout.buffer)
    else:
        frame.write_parquet(out)


def _json(relation: duckdb.DuckDBPyRelation) -> str:
    import json
    import math
    from datetime import date, datetime, timedelta
    from datetime import time as clock
    from decimal import Decimal

    def plain(value: object) -> object:
        if isinstance(value, datetime | date | clock):
            return value.isoformat()
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, timedelta):
            return value.total_seconds()
        return str(value)

    def finite(value: object) -> object:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    columns = relation.columns
    rows = (
        {name: finite(value) for name, value in zip(columns, row, strict=True)}
        for row in relation.fetchall()
    )
    return json.dumps(list(rows), default=plain, ensure_ascii=False) + "\n"


def _table(relation: duckdb.DuckDBPyRelation) -> str:
    """Return a table that fits the terminal; all rows when standard output is not one."""
    import shutil

    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 40)).columns if is_terminal else 10_000
    from io import StringIO

    written = StringIO()
    with contextlib.redirect_stdout(written):
        relation.show(max_width=width, max_rows=40 if is_terminal else 1_000_000, max_col_width=60)
    return written.getvalue()


def _prompt(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Read statements, each ended by a semicolon, until `.quit` or the end of input."""
    import duckdb

    _completion(connection)
    sys.stdout.write(
        f"{warehouse}, read-only. End a statement with ;  "
        ".tables lists tables, .describe TABLE its columns, .quit leaves.\n"
    )
    statement = ""
    while True:
        try:
            line = input(CONTINUED if statement else PROMPT)
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            statement = ""
            continue
        if not statement and line.strip().startswith("."):
            if line.strip() in {".quit", ".exit"}:
                return
            line = _dot_command(line.strip())
        statement = f"{statement}\n{line}" if statement else line
        if not statement.strip():
            statement = ""
        elif statement.rstrip().endswith(";"):
            try:
                relation = connection.sql(statement)
                if relation is not None:
                    sys.stdout.write(_table(relation))
            except duckdb.Error as error:
                sys.stdout.write(f"{error}\n")
            statement = ""


def _dot_command(line: str) -> str:
    """Return the SQL behind a dot command."""
    from warehouse import query

    name, _, argument = line.partition(" ")
    if name == ".tables":
        return query.LISTING
    if name == ".describe" and argument:
        return query.describing(argument.strip())
    sys.stdout.write("commands: .tables, .describe TABLE, .quit\n")
    return ""


def _completion(connection: duckdb.DuckDBPyConnection) -> None:
    """Complete keywords, tables and columns on Tab, and keep a history, where readline exists."""
    try:
        import readline
    except ImportError:
        return
    import atexit

    from warehouse import query

    names = query.names(connection)
    commands = [".tables", ".describe ", ".quit"]

    def complete(text: str, state: int) -> str | None:
        # Keywords in the case that they are typed in.
        keywords = KEYWORDS.lower() if text[:1].islower() else KEYWORDS
        words = commands if text.startswith(".") else sorted(names) + keywords.split()
        matching = [word for word in words if word.lower().startswith(text.lower())]
        return matching[state] if state < len(matching) else None

    readline.set_completer_delims(" \t\n,;()=<>+-*/|'\"")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    history = Path(os.environ.get("NEWSMILL_HISTORY", HISTORY)).expanduser()
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(2_000)

    def keep() -> None:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)

    atexit.register(keep)

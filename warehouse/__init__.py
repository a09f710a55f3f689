"""Where it lands: one DuckDB file, from migrations to published night.

No Prefect, no spaCy and no text logic. SQL lives in `.sql` files:

- `tables/`: one file a table, its grain on the first line, a comment for every column. Where a
  table is derived from others, the file ends in a section `-- rebuild:` that makes its rows anew
  for what a load touched.
- `aggregates/`: the daily tables, likewise, with a section `-- refresh:` for the days touched.
- `views/`: views and macros; written anew into a warehouse whenever their text changed.
- `steps/`: the steps of a load, in order.
- `migrations/`: what brings older files up to `tables/` and `aggregates/`, by number.
- `reference/`: facts that views need, such as country codes.

Python modules: `connect` (open files, errors), `migrate` (schema versions), `load` (staged Parquet
into tables), `aggregate` (daily tables), `publish` (lock, private copy, atomic replacement, older
versions), `query` (read the published file).

A night, as a flow runs it::

    with publish.lock(path, wait=60, holder=run_id) as held:
        known = query.known_containers(path)
        ...                                     # read, segment, deduplicate, extract into `stage`
        with publish.writing(path, held=held) as con:
            loaded = load.load(con, stage, run)
            aggregate.refresh(con, loaded.days)
            load.record_run(con, run | {"state": "completed"})

Timestamps are `TIMESTAMP` without zone and hold UTC: so they read the same in every session, and
neither a time-zone setting nor a time-zone package can shift them.
"""

"""Where it lands: migrations, loading, aggregates, views and publishing of the DuckDB file.

No Prefect and no spaCy. SQL lives in `.sql` files, one a table or view.
"""

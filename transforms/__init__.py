"""From a file's bytes to accepted and rejected rows: pure functions over DuckDB and Arrow."""

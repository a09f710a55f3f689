-- rejects: one row a piece of a dump, or a whole dump, that could not be used

CREATE TABLE rejects (
    dump_id VARCHAR NOT NULL,
    char_start BIGINT NOT NULL,
    char_end BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    detail VARCHAR,
    excerpt VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE rejects IS
    'What could not be used, and why; with articles it accounts for every non-blank character of every dump.';

COMMENT ON COLUMN rejects.dump_id IS 'The dump';
COMMENT ON COLUMN rejects.char_start IS 'First character of the piece in the decoded dump';
COMMENT ON COLUMN rejects.char_end IS 'One past the last character of the piece';
COMMENT ON COLUMN rejects.reason IS 'Why: unreadable, unsupported, empty, bad_record, no_text, not_article, too_large, unsafe or extract_failed';
COMMENT ON COLUMN rejects.detail IS 'What exactly was wrong';
COMMENT ON COLUMN rejects.excerpt IS 'The beginning of the piece';
COMMENT ON COLUMN rejects.run_id IS 'The run that met it';

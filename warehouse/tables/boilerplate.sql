-- boilerplate: one row a source and fingerprint that recurs in its articles

CREATE TABLE boilerplate (
    source VARCHAR,
    fingerprint UINTEGER NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE boilerplate IS
    'Word 3-grams that recur in unrelated articles of one source or of many, such as calls to subscribe; deduplication does not count them.';

COMMENT ON COLUMN boilerplate.source IS 'The source; NULL: whoever publishes it';
COMMENT ON COLUMN boilerplate.fingerprint IS 'Hash of the 3-gram, as in sketches.keys';
COMMENT ON COLUMN boilerplate.run_id IS 'The run that found it';

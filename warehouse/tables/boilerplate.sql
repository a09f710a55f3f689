-- boilerplate: one row a source and fingerprint that recurs in its articles

CREATE TABLE boilerplate (
    source VARCHAR,
    fingerprint UBIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE boilerplate IS
    'Word 3-grams that recur in unrelated articles of one source or of many, such as calls to subscribe; deduplication does not count them.';

COMMENT ON COLUMN boilerplate.source IS 'The source; NULL: whoever publishes it';
COMMENT ON COLUMN boilerplate.fingerprint IS '64-bit hash of the 3-gram';
COMMENT ON COLUMN boilerplate.run_id IS 'The run that found it';

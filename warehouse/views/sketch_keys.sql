-- sketch_keys: one row an article and fingerprint, to look up which articles may be copies

CREATE OR REPLACE VIEW sketch_keys AS
SELECT article_id, unnest(fingerprints) AS key FROM sketches;

COMMENT ON VIEW sketch_keys IS
    'Fingerprints of all articles, one row each: articles that share a key may be copies.';

COMMENT ON COLUMN sketch_keys.article_id IS 'The article';
COMMENT ON COLUMN sketch_keys.key IS '64-bit hash of a word 3-gram that the article has';

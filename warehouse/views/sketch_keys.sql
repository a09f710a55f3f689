-- sketch_keys: one row an article and key, to look up which articles may be copies

CREATE OR REPLACE VIEW sketch_keys AS
SELECT article_id, unnest(fingerprints) AS key FROM sketches
UNION ALL
-- Exact copies share this one, also where they are too short to share a fingerprint.
SELECT article_id, CAST('0x' || text_hash AS UBIGINT) AS key FROM sketches;

COMMENT ON VIEW sketch_keys IS
    'Keys of all articles, one row each: articles that share a key may be copies. Every fingerprint is a key, and so is text_hash read as a number.';

COMMENT ON COLUMN sketch_keys.article_id IS 'The article';
COMMENT ON COLUMN sketch_keys.key IS '64-bit hash of a word 3-gram that the article has, or of all its words';

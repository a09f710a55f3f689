-- sketches: one row an article: what deduplication remembers of it

CREATE TABLE sketches (
    article_id VARCHAR NOT NULL,
    source VARCHAR,
    published_at TIMESTAMP,
    text_hash VARCHAR NOT NULL,
    words INTEGER NOT NULL,
    size INTEGER NOT NULL,
    fingerprints UBIGINT[] NOT NULL
);

COMMENT ON TABLE sketches IS
    'What deduplication remembers of an article: enough to match any later article against it without its text.';

COMMENT ON COLUMN sketches.article_id IS 'The article';
COMMENT ON COLUMN sketches.source IS 'Source of the article';
COMMENT ON COLUMN sketches.published_at IS 'When it was published, UTC';
COMMENT ON COLUMN sketches.text_hash IS 'Hash of the normalised words; equal means exact copies';
COMMENT ON COLUMN sketches.words IS 'How many words it has';
COMMENT ON COLUMN sketches.size IS 'Estimate of how many distinct word 3-grams it has';
COMMENT ON COLUMN sketches.fingerprints IS 'Sampled 64-bit hashes of its word 3-grams, ascending';

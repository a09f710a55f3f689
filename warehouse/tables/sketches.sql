-- sketches: one row a text and time of publication: what deduplication remembers of it

CREATE TABLE sketches (
    text_hash VARCHAR NOT NULL,
    published_at TIMESTAMP,
    words INTEGER NOT NULL,
    size INTEGER NOT NULL,
    keys UINTEGER[] NOT NULL
);

COMMENT ON TABLE sketches IS
    'What deduplication remembers of a text, to find its copies by: one row for each time that an article with this text was published.';

COMMENT ON COLUMN sketches.text_hash IS 'The text, as in articles';
COMMENT ON COLUMN sketches.published_at IS 'When it was published, UTC; midnight where only the day is known';
COMMENT ON COLUMN sketches.words IS 'How many words it has';
COMMENT ON COLUMN sketches.size IS 'How many distinct word 3-grams it has without boilerplate';
COMMENT ON COLUMN sketches.keys IS 'Hashes of a sample of its word 3-grams; texts that are alike share some';

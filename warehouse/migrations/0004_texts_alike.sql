-- Deduplication remembers texts by fewer and other hashes, and which texts are alike. What earlier
-- versions remembered cannot be translated: the next run reads the texts again (history.unsketched).
-- Stories stay as they are: each article is taken to be alike to the one that represents its story.
DROP VIEW IF EXISTS sketch_keys;
DROP TABLE sketches;
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

CREATE TABLE similar_texts (
    text_a VARCHAR NOT NULL,
    text_b VARCHAR NOT NULL,
    score FLOAT NOT NULL,
    weight FLOAT NOT NULL,
    held FLOAT NOT NULL
);
COMMENT ON TABLE similar_texts IS
    'Pairs of texts that have something in common, published within two days of each other. Stories are made of these pairs, so they do not depend on the runs in which articles came.';
COMMENT ON COLUMN similar_texts.text_a IS 'The text with the lower text_hash';
COMMENT ON COLUMN similar_texts.text_b IS 'The text with the higher text_hash';
COMMENT ON COLUMN similar_texts.score IS 'How alike they are, 0 to 1: the share of the smaller text that both hold, less for tiny texts';
COMMENT ON COLUMN similar_texts.weight IS 'What the pair adds to the average similarity of two clusters';
COMMENT ON COLUMN similar_texts.held IS 'Share of the smaller text that the larger one holds, 0 to 1';

INSERT INTO similar_texts
SELECT DISTINCT ON (text_a, text_b)
    least(a.text_hash, c.text_hash) AS text_a,
    greatest(a.text_hash, c.text_hash) AS text_b,
    1 AS score,
    1 AS weight,
    a.similarity AS held
FROM articles AS a
INNER JOIN articles AS c ON c.story_id = a.story_id AND c.is_canonical
WHERE c.text_hash <> a.text_hash
ORDER BY text_a, text_b, held DESC;

DROP TABLE boilerplate;
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

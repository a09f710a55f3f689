-- story_terms: one row a story: what threading remembers of it, and the thread it is in

CREATE TABLE story_terms (
    story_id VARCHAR NOT NULL,
    thread_id VARCHAR NOT NULL,
    thread_similarity FLOAT,
    thread_reason VARCHAR,
    published_at TIMESTAMP,
    source VARCHAR,
    heading UBIGINT,
    is_template BOOLEAN NOT NULL,
    terms UINTEGER[] NOT NULL,
    weights UTINYINT[] NOT NULL
);

COMMENT ON TABLE story_terms IS
    'What threading remembers of a story: a small weighted vector of stems, names and pairs of names of the beginning of its canonical article, enough to compare any later story with it.';

COMMENT ON COLUMN story_terms.story_id IS 'The story';
COMMENT ON COLUMN story_terms.thread_id IS 'The thread that it is in';
COMMENT ON COLUMN story_terms.thread_similarity IS 'Similarity to the nearest story of the thread when it was threaded, time counted, 0 to 1; NULL for a story alone';
COMMENT ON COLUMN story_terms.thread_reason IS 'What tied it to its thread';
COMMENT ON COLUMN story_terms.published_at IS 'When its canonical article was published, UTC; NULL where unknown';
COMMENT ON COLUMN story_terms.source IS 'Source of its canonical article';
COMMENT ON COLUMN story_terms.heading IS 'Hash of its headline without markers, figures, months and days; a headline that recurs is a rubric''s';
COMMENT ON COLUMN story_terms.is_template IS 'Whether it is a table or a rubric by its looks, and so in no thread';
COMMENT ON COLUMN story_terms.terms IS '32-bit hashes of its terms, ascending; those of pairs of names are odd';
COMMENT ON COLUMN story_terms.weights IS 'What each term counts, in eighths, times four, plus 1 for a name and 2 for a term of the headline';

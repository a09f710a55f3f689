-- similar_texts: one row a pair of texts that are alike

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

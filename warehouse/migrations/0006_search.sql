-- Full-text search over articles. The next load fills it with all that is there.
CREATE TABLE search_documents (
    doc INTEGER NOT NULL,
    article_id VARCHAR NOT NULL,
    words INTEGER NOT NULL
);

COMMENT ON TABLE search_documents IS
    'Articles that full-text search knows; ask it with search(''words'').';

COMMENT ON COLUMN search_documents.doc IS 'Number of the article in search_terms, in the order of loading';
COMMENT ON COLUMN search_documents.article_id IS 'The article';
COMMENT ON COLUMN search_documents.words IS 'Words of its headline and text that are searched';

CREATE TABLE search_terms (
    term UINTEGER NOT NULL,
    doc INTEGER NOT NULL,
    count UTINYINT NOT NULL
);

COMMENT ON TABLE search_terms IS
    'Which articles hold which terms, in long runs sorted by term; the last nights'' are in search_recent.';

COMMENT ON COLUMN search_terms.term IS 'The term: search_term(word)';
COMMENT ON COLUMN search_terms.doc IS 'The article, as numbered in search_documents';
COMMENT ON COLUMN search_terms.count IS 'How often the article holds it, 255 at most';

CREATE TABLE search_recent (
    term UINTEGER NOT NULL,
    doc INTEGER NOT NULL,
    count UTINYINT NOT NULL
);

COMMENT ON TABLE search_recent IS
    'What search_terms will hold: the terms of the articles of the last nights.';

COMMENT ON COLUMN search_recent.term IS 'The term: search_term(word)';
COMMENT ON COLUMN search_recent.doc IS 'The article, as numbered in search_documents';
COMMENT ON COLUMN search_recent.count IS 'How often the article holds it, 255 at most';

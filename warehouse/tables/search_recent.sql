-- search_recent: one row a term and article of the last nights

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

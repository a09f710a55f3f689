-- search_terms: one row a term and article

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

-- rebuild: with found_terms
-- A run that is sorted is read where the term stands, and one run a night would be too many. So the
-- terms of some nights gather until they make a long run: a row is written twice at most.
DELETE FROM search_terms WHERE doc IN (SELECT doc FROM forgotten_documents);
DELETE FROM search_recent WHERE doc IN (SELECT doc FROM forgotten_documents);

CREATE OR REPLACE TEMP TABLE long_enough AS
SELECT (SELECT count(*) FROM found_terms) + (SELECT count(*) FROM search_recent) >= 4000000 AS yes;

INSERT INTO search_terms BY NAME
SELECT term, doc, count
FROM (SELECT * FROM search_recent UNION ALL BY NAME SELECT * FROM found_terms)
WHERE (SELECT yes FROM long_enough)
ORDER BY term, doc;

DELETE FROM search_recent WHERE (SELECT yes FROM long_enough);

INSERT INTO search_recent BY NAME
SELECT * FROM found_terms WHERE NOT (SELECT yes FROM long_enough) ORDER BY term, doc;

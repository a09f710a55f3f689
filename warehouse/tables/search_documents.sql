-- search_documents: one row an article that full-text search knows

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

-- rebuild: the articles in new_articles; all of them where none is known, as in an older warehouse
CREATE OR REPLACE TEMP TABLE forgotten_documents AS
SELECT doc FROM search_documents
WHERE article_id IN (SELECT article_id FROM replaced_articles);

DELETE FROM search_documents WHERE doc IN (SELECT doc FROM forgotten_documents);

CREATE OR REPLACE TEMP VIEW searched_articles AS
SELECT article_id, dump_id, ordinal, title, body
FROM staged_articles
WHERE article_id IN (SELECT article_id FROM new_articles)
    AND EXISTS (SELECT 1 FROM search_documents)
UNION ALL
SELECT article_id, dump_id, ordinal, title, body
FROM articles
WHERE NOT EXISTS (SELECT 1 FROM search_documents);

CREATE OR REPLACE TEMP TABLE new_documents AS
SELECT
    (SELECT coalesce(max(doc), 0) FROM search_documents)
    + row_number() OVER (ORDER BY dump_id, ordinal, article_id) AS doc,
    article_id
FROM searched_articles;

CREATE OR REPLACE TEMP TABLE found_terms AS
WITH spread AS (
    SELECT s.doc, unnest(search_words(concat_ws(' ', a.title, a.body))) AS word
    FROM searched_articles AS a
    INNER JOIN new_documents AS s ON s.article_id = a.article_id
),
counted AS (
    SELECT doc, word, count(*) AS count FROM spread GROUP BY ALL
),
vocabulary AS (
    SELECT word, search_term(word) AS term FROM (SELECT DISTINCT word FROM counted)
)
SELECT v.term, c.doc, CAST(least(sum(c.count), 255) AS UTINYINT) AS count
FROM counted AS c
INNER JOIN vocabulary AS v ON v.word = c.word
GROUP BY v.term, c.doc;

INSERT INTO search_documents BY NAME
SELECT s.doc, s.article_id, coalesce(sum(f.count), 0) AS words
FROM new_documents AS s
LEFT JOIN found_terms AS f ON f.doc = s.doc
GROUP BY s.doc, s.article_id
ORDER BY s.doc;

-- search: one row an article that holds the words asked for, the best first, with what surrounds them
--
-- Ranked by BM25 (Robertson and Zaragoza 2009, with k1 1.2 and b 0.75). Plurals are one with their
-- singular by the S stemmer (Harman 1991). Plain SQL, so it works in every program that opens the
-- file, without the full-text extension (whose index would not follow what a night adds).

CREATE OR REPLACE MACRO search_words(text) AS list_filter(
    regexp_extract_all(lower(strip_accents(text)), '[\p{L}\p{N}]+'),
    lambda word: word NOT IN (
        'a', 'an', 'and', 'are', 'as', 'at', 'be', 'but', 'by', 'for', 'from', 'had', 'has', 'have',
        'he', 'her', 'his', 'in', 'is', 'it', 'its', 'not', 'of', 'on', 'or', 's', 'said', 'she',
        'that', 'the', 'their', 'they', 'this', 'to', 'was', 'were', 'which', 'who', 'will', 'with'
    )
);

COMMENT ON MACRO search_words IS 'The words of a text that search() looks at, in order';

CREATE OR REPLACE MACRO search_term(word) AS CAST(md5_number_lower(CASE
    WHEN length(word) <= 3 THEN word
    WHEN word LIKE '%ies' AND NOT regexp_matches(word, '[ea]ies$') THEN left(word, -3) || 'y'
    WHEN word LIKE '%es' AND NOT regexp_matches(word, '[aeo]es$') THEN left(word, -1)
    WHEN word LIKE '%s' AND NOT regexp_matches(word, '[us]s$') THEN left(word, -1)
    ELSE word
END) % 4294967296 AS UINTEGER);

COMMENT ON MACRO search_term IS 'The number under which search_terms keeps a word and its plural';

CREATE OR REPLACE MACRO search(words, most := 100) AS TABLE
WITH asked AS (
    SELECT
        [lower(strip_accents(p)) FOR p IN regexp_extract_all(words, '"([^"]+)"', 1)] AS phrases,
        search_words(words) AS plain
),
wanted AS (
    SELECT search_term(word) AS term, bool_or(is_needed) AS is_needed
    FROM (
        SELECT unnest(plain) AS word, false AS is_needed FROM asked
        UNION ALL
        SELECT unnest(search_words(array_to_string(phrases, ' '))), true FROM asked
    )
    GROUP BY term
),
entries AS (
    SELECT e.term, e.doc, e.count FROM search_terms AS e INNER JOIN wanted AS w ON w.term = e.term
    UNION ALL
    SELECT e.term, e.doc, e.count FROM search_recent AS e INNER JOIN wanted AS w ON w.term = e.term
),
spread AS (SELECT count(*) AS docs, avg(d.words) AS mean FROM search_documents AS d),
weights AS (
    SELECT term, ln(1 + (any_value(s.docs) - count(*) + 0.5) / (count(*) + 0.5)) AS weight
    FROM entries CROSS JOIN spread AS s
    GROUP BY term
),
scores AS (
    SELECT
        e.doc,
        sum(
            g.weight * e.count * 2.2
            / (e.count + 1.2 * (0.25 + 0.75 * d.words / (SELECT mean FROM spread)))
        ) AS score,
        count(*) FILTER (w.is_needed) AS needed
    FROM entries AS e
    INNER JOIN weights AS g ON g.term = e.term
    INNER JOIN wanted AS w ON w.term = e.term
    INNER JOIN search_documents AS d ON d.doc = e.doc
    GROUP BY e.doc
),
-- A phrase is looked for in the text of the articles that hold all of its words.
best AS (
    SELECT doc, score FROM scores
    WHERE needed = (SELECT count(*) FILTER (is_needed) FROM wanted)
    ORDER BY score DESC, doc
    LIMIT CASE WHEN contains(words, '"') THEN 20000 ELSE most END
),
candidates AS (
    SELECT d.doc, d.article_id, b.score
    FROM search_documents AS d
    INNER JOIN best AS b ON b.doc = d.doc
),
found AS (
    SELECT * FROM articles WHERE rowid IN (
        SELECT rowid FROM articles WHERE article_id IN (SELECT article_id FROM candidates)
    )
)
SELECT
    round(c.score, 2) AS score,
    a.publish_date,
    a.source,
    a.title,
    trim(regexp_replace(
        regexp_extract(
            a.body,
            '(?is).{0,60}\b(?:' || coalesce(nullif(
                array_to_string(if(len(q.phrases) > 0, [regexp_escape(p) FOR p IN q.phrases], q.plain), '|'),
                ''
            ), '$') || ').{0,80}'
        ),
        '\s+', ' ', 'g'
    )) AS passage,
    a.url,
    a.article_id,
    a.story_id
FROM candidates AS c
INNER JOIN found AS a ON a.article_id = c.article_id
CROSS JOIN asked AS q
WHERE len(q.phrases) = 0
    OR list_bool_and([
        contains(lower(strip_accents(concat_ws(' ', a.title, a.body))), p) FOR p IN q.phrases
    ])
ORDER BY c.score DESC, c.doc
LIMIT most;

COMMENT ON MACRO TABLE search IS
    'search(words, most := 100): the articles that hold the words, the best first; a "phrase" in double quotes must stand as it is';

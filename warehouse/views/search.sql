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

CREATE OR REPLACE MACRO search_stem(word) AS CASE
    WHEN length(word) <= 3 THEN word
    WHEN word LIKE '%ies' AND NOT regexp_matches(word, '[ea]ies$') THEN left(word, -3) || 'y'
    WHEN word LIKE '%es' AND NOT regexp_matches(word, '[aeo]es$') THEN left(word, -1)
    WHEN word LIKE '%s' AND NOT regexp_matches(word, '[us]s$') THEN left(word, -1)
    ELSE word
END;

COMMENT ON MACRO search_stem IS 'A word without the ending of a plural';

CREATE OR REPLACE MACRO search_term(word) AS
    CAST(md5_number_lower(search_stem(word)) % 4294967296 AS UINTEGER);

COMMENT ON MACRO search_term IS 'The number under which search_terms keeps a word and its plural';

CREATE OR REPLACE MACRO search_forms(word) AS [
    ' ' || search_stem(word) || ' ',
    ' ' || search_stem(word) || 's ',
    ' ' || regexp_replace(search_stem(word), 'y$', 'ies') || ' '
];

COMMENT ON MACRO search_forms IS 'A word in singular and plural, as search_spaced() shows it';

-- Each other character becomes one blank, so that places in the text stay what they are.
CREATE OR REPLACE MACRO search_spaced(folded) AS
    ' ' || regexp_replace(folded, '[^\p{L}\p{N}]', ' ', 'g') || ' ';

COMMENT ON MACRO search_spaced IS 'A text with blanks around all of its words';

CREATE OR REPLACE MACRO search(words, most := 100) AS TABLE
WITH quoted AS (
    SELECT
        regexp_extract_all(lower(strip_accents(words)), '"([^"]+)"', 1) AS phrases,
        search_words(words) AS plain
),
asked AS (
    SELECT
        phrases,
        plain,
        -- No index holds the words of such phrases. As they stand within other words, too, they
        -- must begin and end where words do.
        len(phrases) > 0 AND len(search_words(array_to_string(phrases, ' '))) = 0 AS is_unindexed
    FROM quoted
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
        AND NOT (SELECT is_unindexed FROM asked)
    ORDER BY score DESC, doc
    LIMIT CASE WHEN contains(words, '"') THEN 20000 ELSE most END
),
candidates AS (
    SELECT d.doc, d.article_id, b.score
    FROM search_documents AS d
    INNER JOIN best AS b ON b.doc = d.doc
    UNION ALL
    -- Nothing tells which articles hold such a phrase but their text.
    SELECT d.doc, d.article_id, coalesce(s.score, 0)
    FROM search_documents AS d
    LEFT JOIN scores AS s ON s.doc = d.doc
    WHERE contains(words, '"') AND (SELECT is_unindexed FROM asked)
),
found AS (
    SELECT * FROM articles WHERE rowid IN (
        SELECT rowid FROM articles WHERE article_id IN (SELECT article_id FROM candidates)
    )
),
hits AS (
    SELECT
        c.doc, c.score, a.publish_date, a.source, a.title, nfc_normalize(a.body) AS body, a.url,
        a.article_id, a.story_id
    FROM candidates AS c
    INNER JOIN found AS a ON a.article_id = c.article_id
    CROSS JOIN asked AS q
    WHERE len(q.phrases) = 0
        OR list_bool_and([
            contains(lower(strip_accents(concat_ws(' ', a.title, a.body))), p) FOR p IN q.phrases
        ]) AND CASE WHEN q.is_unindexed THEN list_bool_and([
            contains(search_spaced(lower(strip_accents(concat_ws(' ', a.title, a.body)))), search_spaced(p))
            FOR p IN q.phrases
        ]) ELSE true END
    ORDER BY c.score DESC, c.doc
    LIMIT most
),
folded AS (
    SELECT *, lower(strip_accents(body)) AS plain FROM hits
),
placed AS (
    SELECT
        f.*,
        list_min([
            nullif(instr(if(len(q.phrases) = 0 OR q.is_unindexed, search_spaced(f.plain), f.plain), form), 0)
            FOR form IN CASE
                WHEN q.is_unindexed THEN [search_spaced(p) FOR p IN q.phrases]
                WHEN len(q.phrases) > 0 THEN q.phrases
                ELSE flatten([search_forms(w) FOR w IN q.plain])
            END
        ]) AS begins
    FROM folded AS f
    CROSS JOIN asked AS q
)
SELECT
    round(score, 2) AS score,
    publish_date,
    source,
    title,
    -- Where accents are letters of their own even so, the text without them is shown.
    if(begins IS NULL, '', trim(regexp_replace(
        substring(
            if(length(body) = length(plain), body, plain), greatest(begins - 60, 1), least(begins, 61) + 90
        ),
        '\s+', ' ', 'g'
    ))) AS passage,
    url,
    article_id,
    story_id
FROM placed
ORDER BY placed.score DESC, doc;

COMMENT ON MACRO TABLE search IS
    'search(words, most := 100): the articles that hold the words, the best first; a "phrase" in double quotes must stand as it is';

-- Only where the run replaces: nothing refers to what is gone and has not come back.
DELETE FROM similar_texts
WHERE (
    text_a IN (SELECT text_hash FROM replaced_articles)
    AND text_a NOT IN (SELECT text_hash FROM articles)
) OR (
    text_b IN (SELECT text_hash FROM replaced_articles)
    AND text_b NOT IN (SELECT text_hash FROM articles)
);

-- A story whose canonical article was replaced and has not come back is represented by its most
-- similar article, which has yet to be coded for events.
INSERT INTO promoted_articles
SELECT article_id, story_id, CAST(loaded_at AS DATE) AS load_day
FROM articles
WHERE story_id IN (SELECT story_id FROM replaced_articles)
QUALIFY NOT bool_or(is_canonical) OVER (PARTITION BY story_id)
    AND row_number() OVER (
        PARTITION BY story_id ORDER BY similarity DESC, publish_date, article_id
    ) = 1;

UPDATE articles SET
    is_canonical = true, similarity = 1, story_reason = 'the canonical article was replaced'
FROM promoted_articles AS p
WHERE p.article_id = articles.article_id;

UPDATE known_articles SET is_canonical = true
FROM promoted_articles AS p
WHERE p.article_id = known_articles.article_id;

UPDATE articles SET updates_article_id = NULL
WHERE updates_article_id IN (SELECT article_id FROM replaced_articles)
    AND updates_article_id NOT IN (SELECT article_id FROM articles);

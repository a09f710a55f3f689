-- Versions: those of articles of earlier nights that changed.
CREATE OR REPLACE TEMP TABLE changed_updates AS
SELECT a.article_id, a.story_id, u.version, u.update_kind, u.update_marker, u.updates_article_id
FROM (
    SELECT k.* REPLACE (coalesce(c.story_id, k.story_id) AS story_id)
    FROM known_articles AS k
    LEFT JOIN changed_articles AS c ON c.article_id = k.article_id
) AS a
INNER JOIN staged_updates AS u ON u.article_id = a.article_id
WHERE a.version <> u.version
    OR a.update_kind IS DISTINCT FROM u.update_kind
    OR a.update_marker IS DISTINCT FROM u.update_marker
    OR a.updates_article_id IS DISTINCT FROM u.updates_article_id;

UPDATE articles SET
    version = c.version,
    update_kind = c.update_kind,
    update_marker = c.update_marker,
    updates_article_id = c.updates_article_id
FROM changed_updates AS c
WHERE c.article_id = articles.article_id;

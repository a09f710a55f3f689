-- One row a broken promise among what this load touched; any row fails the load. Content hashes
-- have no primary key: an index over them makes loading several times slower and the file larger.
-- What is there already was left out, so an id comes twice only if the stage has it twice.
WITH members AS (
    SELECT article_id, dump_id, story_id, is_canonical FROM touched_articles
)
SELECT 'article loaded twice' AS problem, article_id AS id FROM new_articles
GROUP BY article_id HAVING count(*) > 1
UNION ALL
SELECT 'dump loaded twice', dump_id FROM staged_dumps
GROUP BY dump_id HAVING count(*) > 1
UNION ALL
SELECT 'sketch loaded twice', text_hash FROM staged_sketches
GROUP BY text_hash, published_at HAVING count(*) > 1
UNION ALL
SELECT 'pair loaded twice', text_a FROM staged_similar
GROUP BY text_a, text_b HAVING count(*) > 1
UNION ALL
SELECT 'story threaded twice', story_id FROM staged_threads
GROUP BY story_id HAVING count(*) > 1
UNION ALL
SELECT 'thread that splits', old_thread_id FROM merged_threads
GROUP BY old_thread_id HAVING count(*) > 1
UNION ALL
SELECT 'article numbered twice', article_id FROM staged_updates
GROUP BY article_id HAVING count(*) > 1
UNION ALL
SELECT 'update of an unknown article', s.updates_article_id FROM staged_updates AS s
WHERE s.updates_article_id IS NOT NULL
    AND s.updates_article_id NOT IN (SELECT article_id FROM known_articles)
    AND s.updates_article_id NOT IN (SELECT article_id FROM new_articles)
UNION ALL
SELECT 'mention loaded twice', mention_id FROM new_mentions
GROUP BY mention_id HAVING count(*) > 1
UNION ALL
SELECT 'article of an unknown dump', m.article_id FROM members AS m
ANTI JOIN dumps AS d ON d.dump_id = m.dump_id
UNION ALL
SELECT 'reject of an unknown dump', n.dump_id FROM new_rejects AS n
ANTI JOIN dumps AS d ON d.dump_id = n.dump_id
UNION ALL
SELECT 'story without exactly one canonical article', story_id FROM members
GROUP BY story_id HAVING count(*) FILTER (is_canonical) <> 1
UNION ALL
SELECT 'mention of an article that does not represent its story', mention_id FROM new_mentions
WHERE is_canonical IS DISTINCT FROM true
UNION ALL
SELECT 'article coded anew that represents no story', article_id FROM staged_recoded
WHERE article_id NOT IN (SELECT article_id FROM known_articles WHERE is_canonical)
UNION ALL
SELECT 'article coded anew twice', article_id FROM staged_recoded
GROUP BY article_id HAVING count(*) > 1
UNION ALL
SELECT 'assignment of an unknown article', x.article_id FROM (
    SELECT article_id FROM staged_assignments
    WHERE article_id NOT IN (SELECT article_id FROM new_articles)
) AS x
ANTI JOIN known_articles AS a ON a.article_id = x.article_id
LIMIT 20;

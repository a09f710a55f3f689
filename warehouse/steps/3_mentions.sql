-- Mentions: those of articles that no longer represent a story, or are coded anew, go; those of
-- articles that moved to another story follow; new ones come.
-- Mentions are looked for among those of the runs since their article was loaded: runs lie side by
-- side in the table, while ids are spread over all of it.
CREATE OR REPLACE TEMP TABLE removed_mentions AS
WITH uncoded AS (
    SELECT article_id, CAST(load_day AS TIMESTAMP) AS loaded_at FROM changed_articles
    WHERE is_demoted
    UNION ALL
    SELECT article_id, loaded_at FROM recoded_articles
)
SELECT m.rowid AS row, m.mention_id, m.event_id, m.story_id, m.article_id
FROM event_mentions AS m
SEMI JOIN uncoded AS u ON u.article_id = m.article_id
WHERE m.run_id IN (FROM runs_since((SELECT min(loaded_at) FROM uncoded)));

DELETE FROM event_mentions WHERE rowid IN (SELECT row FROM removed_mentions);

UPDATE event_mentions SET story_id = c.story_id
FROM changed_articles AS c
WHERE c.article_id = event_mentions.article_id AND c.story_id <> event_mentions.story_id
    AND event_mentions.run_id IN (FROM runs_since((SELECT min(load_day) FROM changed_articles)));

-- Only an article that was there before can have mentions that are known.
CREATE OR REPLACE TEMP TABLE known_mentions AS
WITH again AS (
    SELECT k.article_id, k.loaded_at FROM known_articles AS k
    SEMI JOIN staged_mentions AS s ON s.article_id = k.article_id
)
SELECT mention_id FROM event_mentions
WHERE article_id IN (SELECT article_id FROM again)
    AND run_id IN (FROM runs_since((SELECT min(loaded_at) FROM again)));

CREATE OR REPLACE TEMP TABLE new_mentions AS
SELECT s.mention_id, s.event_id, s.article_id, a.story_id, a.is_canonical
FROM staged_mentions AS s
ANTI JOIN known_mentions AS known ON known.mention_id = s.mention_id
LEFT JOIN (
    SELECT article_id, story_id, is_canonical FROM staged_assignments
    UNION ALL
    SELECT article_id, story_id, is_canonical FROM known_articles
    WHERE article_id NOT IN (SELECT article_id FROM staged_assignments)
) AS a ON a.article_id = s.article_id;

-- The story is the article's, as it is now.
INSERT INTO event_mentions BY NAME
SELECT s.* EXCLUDE (story_id), n.story_id, r.run_id
FROM staged_mentions AS s
INNER JOIN (
    SELECT DISTINCT mention_id, story_id FROM new_mentions WHERE story_id IS NOT NULL
) AS n
    ON n.mention_id = s.mention_id
CROSS JOIN current_run AS r
ORDER BY s.article_id, s.sentence_index, s.mention_id;

-- evidence: one row a sentence that states the event, with the article, dump and span it stands in

CREATE OR REPLACE MACRO evidence(event_id) AS TABLE
SELECT
    m.event_id,
    m.mention_id,
    m.sentence_text,
    m.trigger_text,
    m.actor_text,
    m.recipient_text,
    m.why,
    m.confidence,
    m.story_id,
    m.article_id,
    a.title,
    a.source,
    a.url,
    a.published_at,
    a.publish_date,
    m.sentence_index,
    -- Offsets in title + newline + body
    m.sentence_start,
    m.sentence_end,
    m.trigger_start,
    m.trigger_end,
    d.dump_id,
    d.path AS dump_path,
    d.sha256 AS dump_sha256,
    -- The article's characters in the decoded dump
    a.char_start AS article_start,
    a.char_end AS article_end,
    (
        SELECT count(*) FROM articles AS copies WHERE copies.story_id = m.story_id
    ) AS copies
FROM event_mentions AS m
INNER JOIN articles AS a ON a.article_id = m.article_id
INNER JOIN dumps AS d ON d.dump_id = a.dump_id
WHERE m.event_id = event_id
ORDER BY coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP)), m.article_id, m.sentence_index;

COMMENT ON MACRO TABLE evidence IS
    'evidence(event_id): every sentence that states the event, with its article, dump and span';

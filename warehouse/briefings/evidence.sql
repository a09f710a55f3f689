-- evidence: for each of these events the sentences that state it, three from different stories

WITH mentions AS (
    SELECT *
    FROM event_mentions
    WHERE rowid IN (
        SELECT rowid FROM event_mentions
        WHERE event_id IN (SELECT unnest(CAST($events AS VARCHAR[])))
    )
),
one_a_story AS (
    SELECT *
    FROM mentions
    QUALIFY row_number() OVER (
        PARTITION BY event_id, story_id ORDER BY confidence DESC, mention_id
    ) = 1
),
chosen AS (
    SELECT m.*
    FROM one_a_story AS m
    INNER JOIN events AS e ON e.event_id = m.event_id
    QUALIFY row_number() OVER (
        PARTITION BY m.event_id
        ORDER BY m.story_id = e.story_id DESC, m.confidence DESC, m.mention_id
    ) <= 3
)
SELECT
    m.event_id,
    m.mention_id,
    m.sentence_text,
    m.trigger_start - m.sentence_start AS trigger_start,
    m.trigger_end - m.sentence_start AS trigger_end,
    m.confidence,
    m.why,
    a.article_id,
    a.title,
    a.source,
    a.url,
    coalesce(a.publish_date, CAST(a.published_at AS DATE)) AS publish_date,
    d.path AS dump_path,
    a.char_start,
    a.char_end,
    d.offset_unit,
    m.sentence_start,
    m.sentence_end
FROM chosen AS m
INNER JOIN articles AS a ON a.article_id = m.article_id
INNER JOIN dumps AS d ON d.dump_id = a.dump_id
ORDER BY m.event_id, m.confidence DESC, m.mention_id;

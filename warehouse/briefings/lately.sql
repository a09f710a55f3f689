-- lately: the newest publication days of articles that runs have loaded lately

WITH loading AS (
    SELECT run_id
    FROM runs
    WHERE state = 'completed'
        AND finished_at >= (
            SELECT max(finished_at) FROM runs WHERE state = 'completed'
        ) - to_days(CAST($within AS INTEGER))
)
SELECT DISTINCT coalesce(publish_date, CAST(published_at AS DATE)) AS day
FROM articles
WHERE run_id IN (SELECT run_id FROM loading)
    AND coalesce(publish_date, CAST(published_at AS DATE)) IS NOT NULL
ORDER BY day DESC
LIMIT $most;

-- What the events as they were and as they are now touch: days, and by how much the counts of
-- actors and places change. Counting differences spares a scan of all events.
CREATE OR REPLACE TEMP TABLE event_changes AS
SELECT *, -1 AS change FROM before_events
UNION ALL BY NAME
SELECT
    day,
    actor_name, actor_country, actor_sector,
    recipient_name, recipient_country, recipient_sector,
    geonames_id, place_name, country, admin1, place_precision, latitude, longitude,
    1 AS change
FROM rebuilt_events;

CREATE OR REPLACE TEMP TABLE touched_days AS
WITH days AS (
    SELECT day FROM event_changes
    UNION
    SELECT coalesce(publish_date, CAST(published_at AS DATE)) FROM touched_articles
    UNION SELECT load_day FROM changed_articles
    UNION SELECT load_day FROM promoted_articles
    UNION SELECT unnest([load_day, publish_day]) FROM replaced_articles
    UNION SELECT load_day FROM replaced_dumps
    UNION
    SELECT CAST(a.loaded_at AS DATE)
    FROM touched_articles AS a
    WHERE a.article_id IN (
        SELECT article_id FROM new_articles
        UNION SELECT article_id FROM removed_mentions
        UNION SELECT article_id FROM new_mentions
    )
    UNION
    SELECT CAST(coalesce(d.loaded_at, r.loaded_at) AS DATE)
    FROM new_rejects AS n
    CROSS JOIN current_run AS r
    LEFT JOIN dumps AS d ON d.dump_id = n.dump_id
    UNION
    SELECT CAST(d.loaded_at AS DATE)
    FROM dumps AS d
    SEMI JOIN withdrawn_rejects AS w ON w.dump_id = d.dump_id
    UNION
    SELECT CAST(d.loaded_at AS DATE)
    FROM dumps AS d
    SEMI JOIN current_run AS r ON r.run_id = d.run_id AND r.loaded_at = d.loaded_at
)
SELECT day FROM days WHERE day IS NOT NULL;

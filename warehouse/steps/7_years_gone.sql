-- Only where a run replaces what was read or coded: years that no event, article or load is dated in
-- any more go from the calendar.
DELETE FROM calendar
WHERE year IN (
    SELECT year(day) FROM before_events
    UNION
    SELECT year(unnest([load_day, publish_day])) FROM replaced_articles
)
AND year NOT IN (
    SELECT year(day) FROM events WHERE day IS NOT NULL
    UNION
    SELECT year(coalesce(publish_date, CAST(published_at AS DATE))) FROM articles
    WHERE coalesce(publish_date, CAST(published_at AS DATE)) IS NOT NULL
    UNION
    SELECT year(loaded_at) FROM dumps
);

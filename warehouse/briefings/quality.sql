-- quality: how good the day's articles and events are

WITH printed AS (
    SELECT article_id, is_canonical, title, source, publish_date_source, segment_confidence, language
    FROM articles
    WHERE rowid IN (
        SELECT rowid FROM articles
        WHERE coalesce(publish_date, CAST(published_at AS DATE)) = $day
    )
),
happened AS (
    SELECT confidence, date_precision, certainty, country, actor_name, actor_country, actor_sector
    FROM events
    WHERE day = $day AND is_factual
)
SELECT
    p.*,
    h.*
FROM (
    SELECT
        count(*) AS articles,
        count(*) FILTER (NOT is_canonical) AS duplicates,
        count(*) FILTER (title IS NULL) AS untitled,
        count(*) FILTER (source IS NULL) AS without_source,
        count(*) FILTER (publish_date_source IN ('path', 'neighbours', 'option')) AS date_inferred,
        count(*) FILTER (segment_confidence < 0.5) AS unsure_borders,
        count(*) FILTER (language <> 'en') AS other_languages
    FROM printed
) AS p
CROSS JOIN (
    SELECT
        count(*) AS events,
        count(*) FILTER (confidence < 0.7) AS low_confidence,
        count(*) FILTER (date_precision = 'none') AS undated,
        count(*) FILTER (date_precision NOT IN ('day', 'none')) AS approximate,
        count(*) FILTER (country IS NULL) AS without_place,
        count(*) FILTER (coalesce(actor_name, actor_country, actor_sector) IS NULL) AS without_actor,
        count(*) FILTER (certainty = 'claimed') AS claimed,
        count(*) FILTER (certainty = 'possible') AS possible
    FROM happened
) AS h;

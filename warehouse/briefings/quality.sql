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
    SELECT
        confidence, date_precision, certainty, place_name, country, admin1,
        actor_name, actor_country, actor_sector,
        date_precision IN ('day', 'none') AS is_exact
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
        count(*) FILTER (is_exact) AS events,
        count(*) FILTER (is_exact AND confidence < 0.7) AS low_confidence,
        count(*) FILTER (date_precision = 'none') AS undated,
        count(*) FILTER (is_exact AND coalesce(place_name, country, admin1) IS NULL) AS without_place,
        count(*) FILTER (is_exact AND coalesce(actor_name, actor_country, actor_sector) IS NULL)
            AS without_actor,
        count(*) FILTER (is_exact AND certainty = 'claimed') AS claimed,
        count(*) FILTER (is_exact AND certainty = 'possible') AS possible,
        count(*) FILTER (NOT is_exact) AS approximate
    FROM happened
) AS h;

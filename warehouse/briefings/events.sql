-- events: what happened on the day, told by most sources first

SELECT
    event_id,
    day,
    event_type,
    event_mode,
    actor_name,
    actor_country,
    actor_sector,
    recipient_name,
    recipient_country,
    recipient_sector,
    place_name,
    country,
    admin1,
    event_date,
    date_precision,
    certainty,
    attributed_to,
    quad_class,
    goldstein,
    deaths,
    injuries,
    confidence,
    mention_count,
    story_count,
    article_count,
    source_count,
    place_key(geonames_id, place_name, country, admin1, place_precision) AS place_id,
    actor_key(actor_name, actor_country, actor_sector) AS actor_id,
    actor_key(recipient_name, recipient_country, recipient_sector) AS recipient_id
FROM events
WHERE (day = $day AND is_factual AND date_precision IN ('day', 'none'))
    OR (
        event_id IN (SELECT unnest(CAST($more AS VARCHAR[])))
        AND day BETWEEN $day - 7 AND $day + 7
    )
ORDER BY
    day = $day DESC, source_count DESC, quad_class = 0, story_count DESC, article_count DESC,
    coalesce(deaths, 0) DESC, confidence DESC, event_id;

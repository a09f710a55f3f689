-- daily_events: one row a day, event type, mode, quad class and country of the place

CREATE TABLE daily_events (
    day DATE NOT NULL,
    event_type VARCHAR NOT NULL,
    event_mode VARCHAR,
    quad_class TINYINT NOT NULL,
    country VARCHAR,
    events BIGINT NOT NULL,
    mentions BIGINT NOT NULL,
    stories BIGINT NOT NULL,
    articles BIGINT NOT NULL,
    sources BIGINT NOT NULL,
    deaths BIGINT NOT NULL,
    injuries BIGINT NOT NULL,
    mean_goldstein DOUBLE,
    claimed BIGINT NOT NULL,
    possible BIGINT NOT NULL,
    approximate BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    hypothetical BIGINT NOT NULL,
    planned BIGINT NOT NULL
);

COMMENT ON TABLE daily_events IS
    'Daily counts of events by type, mode, quad class and country where they happened. events to injuries count what is reported as having happened; what is denied, imagined or announced is counted apart.';

COMMENT ON COLUMN daily_events.day IS 'Day of the events (events.day)';
COMMENT ON COLUMN daily_events.event_type IS 'Event type';
COMMENT ON COLUMN daily_events.event_mode IS 'Mode, NULL where none';
COMMENT ON COLUMN daily_events.quad_class IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict, 0 neither';
COMMENT ON COLUMN daily_events.country IS 'Country of the place, NULL where unknown';
COMMENT ON COLUMN daily_events.events IS 'Factual events';
COMMENT ON COLUMN daily_events.mentions IS 'Mentions of the factual events';
COMMENT ON COLUMN daily_events.stories IS 'Different stories that state any of them';
COMMENT ON COLUMN daily_events.articles IS 'Articles of those stories';
COMMENT ON COLUMN daily_events.sources IS 'Different sources of those articles';
COMMENT ON COLUMN daily_events.deaths IS 'People killed in the factual events, as far as stated; the same toll in one story counts once';
COMMENT ON COLUMN daily_events.injuries IS 'People hurt in the factual events, as far as stated; the same toll in one story counts once';
COMMENT ON COLUMN daily_events.mean_goldstein IS 'Mean Goldstein score of the factual events that have one';
COMMENT ON COLUMN daily_events.claimed IS 'Of the factual events, those that somebody claims';
COMMENT ON COLUMN daily_events.possible IS 'Of the factual events, those that are only possible';
COMMENT ON COLUMN daily_events.approximate IS 'Of the factual events, those whose date is not known to the day';
COMMENT ON COLUMN daily_events.denied IS 'Events said not to have happened; not in events';
COMMENT ON COLUMN daily_events.hypothetical IS 'Events only imagined or conditional, not denied; not in events';
COMMENT ON COLUMN daily_events.planned IS 'Events announced for the future, neither denied nor hypothetical; not in events';

-- refresh: the days in touched_days
-- A researcher who counts events wants things that happened. So the main counts leave out what a
-- text denies, imagines or announces; these have columns of their own, disjoint, so that nothing
-- is lost. Claims and possibilities are counted as news reports them, and shown beside.
-- A story gives its toll in several sentences, which may make several events of a kind: the same
-- toll in the same story counts once in a row.
DELETE FROM daily_events WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_events BY NAME
WITH day_events AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY day, event_type, event_mode, quad_class, country, is_factual, story_id, deaths, injuries ORDER BY event_id
        ) = 1 AS is_new_toll
    FROM events
    WHERE day IN (SELECT day FROM touched_days)
),
reports AS (
    SELECT DISTINCT e.day, e.event_type, e.event_mode, e.quad_class, e.country, m.story_id
    FROM day_events AS e
    INNER JOIN day_reports AS m ON m.event_id = e.event_id
    WHERE e.is_factual
),
spread AS (
    SELECT
        r.day, r.event_type, r.event_mode, r.quad_class, r.country,
        count(*) AS stories,
        sum(s.article_count) AS articles,
        len(list_distinct(flatten(list(s.sources)))) AS sources
    FROM reports AS r
    INNER JOIN stories AS s ON s.story_id = r.story_id
    GROUP BY ALL
),
counts AS (
    SELECT
        day, event_type, event_mode, quad_class, country,
        count(*) FILTER (is_factual) AS events,
        coalesce(sum(mention_count) FILTER (is_factual), 0) AS mentions,
        coalesce(sum(deaths) FILTER (is_factual AND is_new_toll), 0) AS deaths,
        coalesce(sum(injuries) FILTER (is_factual AND is_new_toll), 0) AS injuries,
        -- Decimal sums are exact, so the mean does not depend on the order of the rows.
        avg(CAST(goldstein AS DECIMAL(6, 3))) FILTER (is_factual) AS mean_goldstein,
        count(*) FILTER (is_factual AND certainty = 'claimed') AS claimed,
        count(*) FILTER (is_factual AND certainty = 'possible') AS possible,
        count(*) FILTER (is_factual AND date_precision <> 'day') AS approximate,
        count(*) FILTER (polarity = 'negative') AS denied,
        count(*) FILTER (polarity = 'positive' AND certainty = 'hypothetical') AS hypothetical,
        count(*) FILTER (
            polarity = 'positive' AND certainty <> 'hypothetical' AND time = 'future'
        ) AS planned
    FROM day_events
    GROUP BY ALL
)
SELECT
    c.*,
    coalesce(s.stories, 0) AS stories,
    coalesce(s.articles, 0) AS articles,
    coalesce(s.sources, 0) AS sources
FROM counts AS c
LEFT JOIN spread AS s
    ON s.day = c.day
    AND s.event_type = c.event_type
    AND s.event_mode IS NOT DISTINCT FROM c.event_mode
    AND s.quad_class = c.quad_class
    AND s.country IS NOT DISTINCT FROM c.country
ORDER BY c.day, c.event_type, c.event_mode, c.quad_class, c.country;

-- daily_dyads: one row a day, country of the actor and country of the recipient

CREATE TABLE daily_dyads (
    day DATE NOT NULL,
    actor_country VARCHAR NOT NULL,
    recipient_country VARCHAR NOT NULL,
    events BIGINT NOT NULL,
    verbal_cooperation BIGINT NOT NULL,
    material_cooperation BIGINT NOT NULL,
    verbal_conflict BIGINT NOT NULL,
    material_conflict BIGINT NOT NULL,
    net_cooperation DOUBLE,
    mean_goldstein DOUBLE,
    mentions BIGINT NOT NULL,
    stories BIGINT NOT NULL,
    sources BIGINT NOT NULL,
    deaths BIGINT NOT NULL,
    injuries BIGINT NOT NULL
);

COMMENT ON TABLE daily_dyads IS
    'Daily relations between countries: what actors of one did to recipients of the other. Factual events with both countries known; actor and recipient of one country are a dyad too.';

COMMENT ON COLUMN daily_dyads.day IS 'Day of the events';
COMMENT ON COLUMN daily_dyads.actor_country IS 'Country that acts, ISO 3166-1 alpha-3';
COMMENT ON COLUMN daily_dyads.recipient_country IS 'Country acted upon, ISO 3166-1 alpha-3';
COMMENT ON COLUMN daily_dyads.events IS 'Factual events';
COMMENT ON COLUMN daily_dyads.verbal_cooperation IS 'Of these, quad class 1';
COMMENT ON COLUMN daily_dyads.material_cooperation IS 'Of these, quad class 2';
COMMENT ON COLUMN daily_dyads.verbal_conflict IS 'Of these, quad class 3';
COMMENT ON COLUMN daily_dyads.material_conflict IS 'Of these, quad class 4';
COMMENT ON COLUMN daily_dyads.net_cooperation IS '(cooperation - conflict) / (cooperation + conflict) in events, from -1 to 1; NULL where neither';
COMMENT ON COLUMN daily_dyads.mean_goldstein IS 'Mean Goldstein score of the events that have one';
COMMENT ON COLUMN daily_dyads.mentions IS 'Mentions of the events';
COMMENT ON COLUMN daily_dyads.stories IS 'Different stories that state any of them';
COMMENT ON COLUMN daily_dyads.sources IS 'Different sources of those stories';
COMMENT ON COLUMN daily_dyads.deaths IS 'People killed, as far as stated; the same toll in one story counts once';
COMMENT ON COLUMN daily_dyads.injuries IS 'People hurt, as far as stated; the same toll in one story counts once';

-- refresh: the days in touched_days
-- Net cooperation sets cooperative against conflictual events, as dyadic studies of event data do;
-- events of neither kind (quad class 0) leave it alone.
DELETE FROM daily_dyads WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_dyads BY NAME
WITH dyad_events AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY day, actor_country, recipient_country, is_factual, story_id, deaths, injuries ORDER BY event_id
        ) = 1 AS is_new_toll
    FROM events
    WHERE day IN (SELECT day FROM touched_days)
        AND is_factual
        AND actor_country IS NOT NULL
        AND recipient_country IS NOT NULL
),
reports AS (
    SELECT DISTINCT e.day, e.actor_country, e.recipient_country, m.story_id
    FROM dyad_events AS e
    INNER JOIN day_reports AS m ON m.event_id = e.event_id
),
spread AS (
    SELECT
        r.day, r.actor_country, r.recipient_country,
        count(*) AS stories,
        len(list_distinct(flatten(list(s.sources)))) AS sources
    FROM reports AS r
    INNER JOIN stories AS s ON s.story_id = r.story_id
    GROUP BY ALL
),
counts AS (
    SELECT
        day, actor_country, recipient_country,
        count(*) AS events,
        count(*) FILTER (quad_class = 1) AS verbal_cooperation,
        count(*) FILTER (quad_class = 2) AS material_cooperation,
        count(*) FILTER (quad_class = 3) AS verbal_conflict,
        count(*) FILTER (quad_class = 4) AS material_conflict,
        CAST(count(*) FILTER (quad_class IN (1, 2)) - count(*) FILTER (quad_class IN (3, 4)) AS DOUBLE)
            / nullif(count(*) FILTER (quad_class BETWEEN 1 AND 4), 0) AS net_cooperation,
        avg(CAST(goldstein AS DECIMAL(6, 3))) AS mean_goldstein,
        sum(mention_count) AS mentions,
        coalesce(sum(deaths) FILTER (is_new_toll), 0) AS deaths,
        coalesce(sum(injuries) FILTER (is_new_toll), 0) AS injuries
    FROM dyad_events
    GROUP BY ALL
)
SELECT c.*, s.stories, s.sources
FROM counts AS c
INNER JOIN spread AS s USING (day, actor_country, recipient_country)
ORDER BY c.day, c.actor_country, c.recipient_country;

-- events: one row an event, that is all mentions with the same day, type, mode, actor, recipient and place

CREATE TABLE events (
    event_id VARCHAR NOT NULL,
    day DATE,
    actor_name VARCHAR,
    actor_country VARCHAR,
    actor_sector VARCHAR,
    recipient_name VARCHAR,
    recipient_country VARCHAR,
    recipient_sector VARCHAR,
    event_type VARCHAR NOT NULL,
    event_mode VARCHAR,
    contexts VARCHAR[] NOT NULL,
    cameo_code VARCHAR,
    quad_class TINYINT NOT NULL,
    goldstein FLOAT,
    event_date DATE,
    date_precision VARCHAR NOT NULL,
    place_name VARCHAR,
    country VARCHAR,
    admin1 VARCHAR,
    latitude DOUBLE,
    longitude DOUBLE,
    geonames_id BIGINT,
    place_precision VARCHAR,
    time VARCHAR NOT NULL,
    polarity VARCHAR NOT NULL,
    certainty VARCHAR NOT NULL,
    attributed_to VARCHAR,
    deaths INTEGER,
    injuries INTEGER,
    quantities STRUCT(measure VARCHAR, least DOUBLE, most DOUBLE, unit VARCHAR)[],
    confidence FLOAT NOT NULL,
    is_factual BOOLEAN NOT NULL,
    mention_count BIGINT NOT NULL,
    story_count BIGINT NOT NULL,
    story_ids VARCHAR[],
    article_count BIGINT NOT NULL,
    source_count BIGINT NOT NULL,
    first_published TIMESTAMP,
    last_published TIMESTAMP,
    first_loaded TIMESTAMP NOT NULL,
    mention_id VARCHAR NOT NULL,
    story_id VARCHAR NOT NULL,
    article_id VARCHAR NOT NULL,
    sentence_index INTEGER NOT NULL
);

COMMENT ON TABLE events IS
    'What happened, one row an event, across all stories. The who, whom, what, when and where columns come whole from one mention, the leading one (mention_id), so actor, act and place always belong together; counts cover every mention.';

COMMENT ON COLUMN events.event_id IS 'Hash that identifies the event';
COMMENT ON COLUMN events.day IS 'The day that daily aggregates count it on: event_date where that is a day; else the day nearest to the first report within the dated period; else the day of the first report; NULL where nothing is dated';
COMMENT ON COLUMN events.actor_name IS 'Who acts: canonical name';
COMMENT ON COLUMN events.actor_country IS 'Country of the actor, ISO 3166-1 alpha-3';
COMMENT ON COLUMN events.actor_sector IS 'Role of the actor, a PLOVER sector such as GOV, MIL, REB or CVL';
COMMENT ON COLUMN events.recipient_name IS 'Whom it is done to: canonical name';
COMMENT ON COLUMN events.recipient_country IS 'Country of the recipient, ISO 3166-1 alpha-3';
COMMENT ON COLUMN events.recipient_sector IS 'Role of the recipient, a PLOVER sector';
COMMENT ON COLUMN events.event_type IS 'What happened: a PLOVER event type, or a type of the project''s own (see event_types)';
COMMENT ON COLUMN events.event_mode IS 'How it happened: PLOVER mode within the type';
COMMENT ON COLUMN events.contexts IS 'Subject matter: PLOVER contexts of any of its mentions, in alphabetical order';
COMMENT ON COLUMN events.cameo_code IS 'The nearest CAMEO code, two to four digits';
COMMENT ON COLUMN events.quad_class IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict, 0 neither';
COMMENT ON COLUMN events.goldstein IS 'Goldstein score from -10 (conflict) to 10 (cooperation)';
COMMENT ON COLUMN events.event_date IS 'When it happened: first day of the period that date_precision names';
COMMENT ON COLUMN events.date_precision IS 'day, week, month, quarter, year or none';
COMMENT ON COLUMN events.place_name IS 'Where it happened: canonical name of the place';
COMMENT ON COLUMN events.country IS 'Country of the place, ISO 3166-1 alpha-3';
COMMENT ON COLUMN events.admin1 IS 'First-order division of the country';
COMMENT ON COLUMN events.latitude IS 'Latitude in degrees, WGS 84';
COMMENT ON COLUMN events.longitude IS 'Longitude in degrees, WGS 84';
COMMENT ON COLUMN events.geonames_id IS 'GeoNames identifier of the place';
COMMENT ON COLUMN events.place_precision IS 'How exact the place is: city, admin1 or country';
COMMENT ON COLUMN events.time IS 'Relative to the telling: past, ongoing or future';
COMMENT ON COLUMN events.polarity IS 'positive, or negative where the text says that it did not happen';
COMMENT ON COLUMN events.certainty IS 'certain, claimed (by attributed_to), possible or hypothetical';
COMMENT ON COLUMN events.attributed_to IS 'Who says so, where the text attributes it';
COMMENT ON COLUMN events.deaths IS 'People killed according to the most recently published story that says';
COMMENT ON COLUMN events.injuries IS 'People hurt according to the most recently published story that says';
COMMENT ON COLUMN events.quantities IS 'What its mentions count, one a measure as in event_mentions, each from the most recently published story that says';
COMMENT ON COLUMN events.confidence IS 'Highest confidence of any mention, 0 to 1';
COMMENT ON COLUMN events.is_factual IS 'Whether it is reported as having happened: polarity positive, certainty not hypothetical, time not future. Aggregates count these';
COMMENT ON COLUMN events.mention_count IS 'How many sentences state it';
COMMENT ON COLUMN events.story_count IS 'How many different stories state it';
COMMENT ON COLUMN events.story_ids IS 'Those stories';
COMMENT ON COLUMN events.article_count IS 'How many articles those stories have';
COMMENT ON COLUMN events.source_count IS 'How many different sources printed those stories';
COMMENT ON COLUMN events.first_published IS 'Earliest publication of those articles, UTC';
COMMENT ON COLUMN events.last_published IS 'Latest publication of those articles, UTC';
COMMENT ON COLUMN events.first_loaded IS 'When the first of those articles was loaded, UTC';
COMMENT ON COLUMN events.mention_id IS 'The leading mention: reported as a fact rather than not, certain before claimed before possible, then the most confident';
COMMENT ON COLUMN events.story_id IS 'Story of the leading mention';
COMMENT ON COLUMN events.article_id IS 'Article of the leading mention';
COMMENT ON COLUMN events.sentence_index IS 'Sentence of the leading mention in that article, from 0';

-- rebuild: the events in touched_events, of their mentions in told
-- Peers are blamed for rows whose actor, act and place come from unrelated parts of a story, so an
-- event takes its columns from one mention as a whole. Death tolls change as news develops: the
-- latest report that gives one counts, not the highest.
CREATE OR REPLACE TEMP TABLE rebuilt_events AS
WITH best AS (
    SELECT event_id, mention_id
    FROM told
    QUALIFY row_number() OVER (
        PARTITION BY event_id
        ORDER BY
            polarity = 'negative',
            certainty = 'hypothetical',
            time = 'future',
            -- The most explicit mention leads: a headline says less than the sentence below it.
            (coalesce(actor_name, actor_country, actor_sector) IS NOT NULL)::INT
            + (coalesce(recipient_name, recipient_country, recipient_sector) IS NOT NULL)::INT
            + (event_mode IS NOT NULL)::INT
            + (date_text IS NOT NULL)::INT
            + (place_name IS NOT NULL)::INT
            + (place_precision IS NOT DISTINCT FROM 'city')::INT DESC,
            list_position(['certain', 'claimed', 'possible'], certainty) NULLS LAST,
            confidence DESC,
            mention_id
    ) = 1
),
telling AS (
    SELECT DISTINCT event_id, story_id FROM told
),
spread AS (
    SELECT
        t.event_id,
        count(DISTINCT t.story_id) AS story_count,
        list_sort(list(DISTINCT t.story_id)) AS story_ids,
        count(*) AS article_count,
        count(DISTINCT a.source) AS source_count,
        min(coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP))) AS first_published,
        max(coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP))) AS last_published,
        min(a.loaded_at) AS first_loaded
    FROM telling AS t
    INNER JOIN told_articles AS a ON a.story_id = t.story_id
    GROUP BY t.event_id
),
counting AS (
    SELECT
        m.event_id, m.deaths, m.injuries, m.quantities,
        row(
            coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP), TIMESTAMP '0001-01-01'),
            m.confidence,
            m.mention_id
        ) AS recency
    FROM told AS m
    INNER JOIN told_articles AS a ON a.article_id = m.article_id
    WHERE m.deaths IS NOT NULL OR m.injuries IS NOT NULL OR len(m.quantities) > 0
),
casualties AS (
    SELECT
        event_id,
        arg_max(deaths, recency) FILTER (deaths IS NOT NULL) AS deaths,
        arg_max(injuries, recency) FILTER (injuries IS NOT NULL) AS injuries
    FROM counting
    GROUP BY event_id
),
latest AS (
    SELECT event_id, arg_max(q.quantity, recency) AS quantity
    FROM counting
    CROSS JOIN unnest(quantities) AS q(quantity)
    GROUP BY event_id, q.quantity.measure
),
quantified AS (
    SELECT event_id, list(quantity ORDER BY quantity.measure) AS quantities
    FROM latest
    GROUP BY event_id
),
subjects AS (
    SELECT event_id, list_sort(list(DISTINCT context)) AS contexts
    FROM (SELECT event_id, unnest(contexts) AS context FROM told)
    GROUP BY event_id
),
counts AS (
    SELECT event_id, count(*) AS mention_count, max(confidence) AS confidence
    FROM told
    GROUP BY event_id
)
SELECT
    m.event_id,
    event_day(m.event_date, m.date_precision, CAST(s.first_published AS DATE)) AS day,
    m.actor_name, m.actor_country, m.actor_sector,
    m.recipient_name, m.recipient_country, m.recipient_sector,
    m.event_type, m.event_mode,
    coalesce(x.contexts, []) AS contexts,
    m.cameo_code, m.quad_class, m.goldstein,
    m.event_date, m.date_precision,
    m.place_name, m.country, m.admin1, m.latitude, m.longitude, m.geonames_id, m.place_precision,
    m.time, m.polarity, m.certainty, m.attributed_to,
    k.deaths, k.injuries,
    coalesce(q.quantities, []) AS quantities,
    c.confidence,
    m.polarity = 'positive' AND m.certainty <> 'hypothetical' AND m.time <> 'future' AS is_factual,
    c.mention_count, s.story_count, s.story_ids, s.article_count, s.source_count,
    s.first_published, s.last_published, s.first_loaded,
    m.mention_id, m.story_id, m.article_id, m.sentence_index
FROM best AS b
INNER JOIN told AS m ON m.mention_id = b.mention_id
INNER JOIN counts AS c ON c.event_id = b.event_id
INNER JOIN spread AS s ON s.event_id = b.event_id
LEFT JOIN subjects AS x ON x.event_id = b.event_id
LEFT JOIN casualties AS k ON k.event_id = b.event_id
LEFT JOIN quantified AS q ON q.event_id = b.event_id
-- Sorted by day, so that queries about a period skip the rest of the table.
ORDER BY day, m.event_id;

DELETE FROM events WHERE rowid IN (SELECT row FROM old_events);

INSERT INTO events BY NAME FROM rebuilt_events;

-- icews_events: one row a factual event that PLOVER or CAMEO covers, in the 20 columns of ICEWS Coded Event Data
--
-- ICEWS repeats an event for every story that tells it; here it is once, with the story and sentence
-- of its leading mention. Countries are English names, as in ICEWS. Source: ICEWS Coded Event Data
-- Read Me.

CREATE OR REPLACE VIEW icews_events AS
SELECT
    event_number(e.event_id) AS "Event ID",
    c.day AS "Event Date",
    coalesce(e.actor_name, actor_codes.name) AS "Source Name",
    e.actor_sector AS "Source Sectors",
    actor_codes.name AS "Source Country",
    coalesce(modes.name, types.name, e.event_type) AS "Event Text",
    coalesce(
        e.cameo_code,
        modes.cameo_code, types.cameo_code, modes.cameo_root, types.cameo_root
    ) AS "CAMEO Code",
    CAST(e.goldstein AS DOUBLE) AS Intensity,
    coalesce(e.recipient_name, recipient_codes.name) AS "Target Name",
    e.recipient_sector AS "Target Sectors",
    recipient_codes.name AS "Target Country",
    event_number(e.story_id) AS "Story ID",
    e.sentence_index + 1 AS "Sentence Number",
    a.source AS Publisher,
    CASE WHEN e.place_precision = 'city' THEN e.place_name END AS City,
    CAST(NULL AS VARCHAR) AS District,
    e.admin1 AS Province,
    place_codes.name AS Country,
    e.latitude AS Latitude,
    e.longitude AS Longitude
FROM factual_events() AS e
INNER JOIN calendar AS c ON c.day = e.day
LEFT JOIN countries AS actor_codes ON actor_codes.country = e.actor_country
LEFT JOIN countries AS recipient_codes ON recipient_codes.country = e.recipient_country
LEFT JOIN countries AS place_codes ON place_codes.country = e.country
LEFT JOIN event_types AS types ON types.event_type = e.event_type AND types.event_mode IS NULL
LEFT JOIN event_types AS modes ON modes.event_type = e.event_type AND modes.event_mode = e.event_mode
LEFT JOIN articles AS a ON a.article_id = e.article_id
WHERE coalesce(
    e.cameo_code,
    modes.cameo_code,
    types.cameo_code,
    modes.cameo_root,
    types.cameo_root
) IS NOT NULL OR e.quad_class BETWEEN 1 AND 4;

COMMENT ON VIEW icews_events IS
    'Events in the 20 columns of ICEWS Coded Event Data. What newsmill does not code is NULL.';

COMMENT ON COLUMN icews_events."Event ID" IS 'The first 60 bits of event_id';
COMMENT ON COLUMN icews_events."Event Date" IS 'Day of the event';
COMMENT ON COLUMN icews_events."Source Name" IS 'Who acts; the country for an unnamed actor';
COMMENT ON COLUMN icews_events."Source Sectors" IS 'PLOVER sector of the actor';
COMMENT ON COLUMN icews_events."Source Country" IS 'English name of the actor''s country';
COMMENT ON COLUMN icews_events."Event Text" IS 'Readable name of the event''s mode or type';
COMMENT ON COLUMN icews_events."CAMEO Code" IS 'CAMEO code, as text';
COMMENT ON COLUMN icews_events.Intensity IS 'Goldstein score, -10 to 10';
COMMENT ON COLUMN icews_events."Target Name" IS 'Whom it is done to; the country for an unnamed one';
COMMENT ON COLUMN icews_events."Target Sectors" IS 'PLOVER sector of the recipient';
COMMENT ON COLUMN icews_events."Target Country" IS 'English name of the recipient''s country';
COMMENT ON COLUMN icews_events."Story ID" IS 'The first 60 bits of story_id of the leading mention';
COMMENT ON COLUMN icews_events."Sentence Number" IS 'Sentence of the leading mention, from 1';
COMMENT ON COLUMN icews_events.Publisher IS 'Source of the leading article';
COMMENT ON COLUMN icews_events.City IS 'City';
COMMENT ON COLUMN icews_events.District IS 'Not coded';
COMMENT ON COLUMN icews_events.Province IS 'First-order division';
COMMENT ON COLUMN icews_events.Country IS 'English name of the country';
COMMENT ON COLUMN icews_events.Latitude IS 'Latitude in degrees';
COMMENT ON COLUMN icews_events.Longitude IS 'Longitude in degrees';

-- polecat_events: one row a factual event that PLOVER covers, in the 40 columns of POLECAT
--
-- Column names and order as in the files of POLECAT on Harvard Dataverse (Halterman, Bagozzi, Beger,
-- Schrodt and Scarborough 2023). Actor, place and source are those of the event's leading mention.

CREATE OR REPLACE VIEW polecat_events AS
SELECT
    e.event_id AS "Event ID",
    c.day AS "Event Date",
    e.event_type AS "Event Type",
    e.event_mode AS "Event Mode",
    CAST(e.goldstein AS DOUBLE) AS Intensity,
    [
        'VERBAL COOPERATION',
        'MATERIAL COOPERATION',
        'VERBAL CONFLICT',
        'MATERIAL CONFLICT'
    ][e.quad_class] AS "Quad Code",
    nullif(array_to_string(e.contexts, ';'), '') AS Contexts,
    coalesce(e.actor_name, actor_codes.name) AS "Actor Name",
    e.actor_country AS "Actor Country",
    actor_codes.cow AS "Actor COW",
    e.actor_sector AS "Primary Actor Sector",
    e.actor_sector AS "Actor Sectors",
    CAST(NULL AS VARCHAR) AS "Actor Title",
    m.actor_text AS "Actor Name Raw",
    CAST(NULL AS VARCHAR) AS "Wikipedia Actor ID",
    coalesce(e.recipient_name, recipient_codes.name) AS "Recipient Name",
    e.recipient_country AS "Recipient Country",
    recipient_codes.cow AS "Recipient COW",
    e.recipient_sector AS "Primary Recipient Sector",
    e.recipient_sector AS "Recipient Sectors",
    CAST(NULL AS VARCHAR) AS "Recipient Title",
    m.recipient_text AS "Recipient Name Raw",
    CAST(NULL AS VARCHAR) AS "Wikipedia Recipient ID",
    e.place_name AS Placename,
    CASE WHEN e.place_precision = 'city' THEN e.place_name END AS City,
    CAST(NULL AS VARCHAR) AS District,
    e.admin1 AS Province,
    e.country AS Country,
    e.latitude AS Latitude,
    e.longitude AS Longitude,
    e.geonames_id AS "GeoNames ID",
    m.place_text AS "Raw Placename",
    CASE e.place_precision
        WHEN 'city' THEN 'PPL'
        WHEN 'admin1' THEN 'ADM1'
        WHEN 'country' THEN 'PCLI'
    END AS "Feature Type",
    a.source AS Source,
    coalesce(a.publish_date, CAST(a.published_at AS DATE)) AS "Publication Date",
    CAST(NULL AS VARCHAR) AS "Story People",
    CAST(NULL AS VARCHAR) AS "Story Organizations",
    CAST(NULL AS VARCHAR) AS "Story Locations",
    a.language AS Language,
    r.program_version AS Version
FROM factual_events() AS e
INNER JOIN calendar AS c ON c.day = e.day
LEFT JOIN countries AS actor_codes ON actor_codes.country = e.actor_country
LEFT JOIN countries AS recipient_codes ON recipient_codes.country = e.recipient_country
LEFT JOIN countries AS place_codes ON place_codes.country = e.country
LEFT JOIN event_mentions AS m ON m.mention_id = e.mention_id
LEFT JOIN articles AS a ON a.article_id = e.article_id
LEFT JOIN runs AS r ON r.run_id = m.run_id
WHERE e.quad_class BETWEEN 1 AND 4;

COMMENT ON VIEW polecat_events IS
    'Events in the 40 columns of the POLECAT data set. What newsmill does not code is NULL.';

COMMENT ON COLUMN polecat_events."Event ID" IS 'The event''s id';
COMMENT ON COLUMN polecat_events."Event Date" IS 'Day of the event';
COMMENT ON COLUMN polecat_events."Event Type" IS 'PLOVER event type';
COMMENT ON COLUMN polecat_events."Event Mode" IS 'PLOVER mode';
COMMENT ON COLUMN polecat_events.Intensity IS 'Goldstein score, -10 to 10';
COMMENT ON COLUMN polecat_events."Quad Code" IS 'PLOVER quad category in words';
COMMENT ON COLUMN polecat_events.Contexts IS 'PLOVER contexts, separated by semicolons';
COMMENT ON COLUMN polecat_events."Actor Name" IS 'Canonical name; the country for an unnamed one';
COMMENT ON COLUMN polecat_events."Actor Country" IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN polecat_events."Actor COW" IS 'Correlates of War state number';
COMMENT ON COLUMN polecat_events."Primary Actor Sector" IS 'PLOVER sector';
COMMENT ON COLUMN polecat_events."Actor Sectors" IS 'PLOVER sectors: one an actor';
COMMENT ON COLUMN polecat_events."Actor Title" IS 'Not coded';
COMMENT ON COLUMN polecat_events."Actor Name Raw" IS 'The words of the leading mention';
COMMENT ON COLUMN polecat_events."Wikipedia Actor ID" IS 'Not coded';
COMMENT ON COLUMN polecat_events."Recipient Name" IS 'Canonical name; the country for an unnamed one';
COMMENT ON COLUMN polecat_events."Recipient Country" IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN polecat_events."Recipient COW" IS 'Correlates of War state number';
COMMENT ON COLUMN polecat_events."Primary Recipient Sector" IS 'PLOVER sector';
COMMENT ON COLUMN polecat_events."Recipient Sectors" IS 'PLOVER sectors: one an actor';
COMMENT ON COLUMN polecat_events."Recipient Title" IS 'Not coded';
COMMENT ON COLUMN polecat_events."Recipient Name Raw" IS 'The words of the leading mention';
COMMENT ON COLUMN polecat_events."Wikipedia Recipient ID" IS 'Not coded';
COMMENT ON COLUMN polecat_events.Placename IS 'Canonical name of the place';
COMMENT ON COLUMN polecat_events.City IS 'City';
COMMENT ON COLUMN polecat_events.District IS 'Not coded';
COMMENT ON COLUMN polecat_events.Province IS 'First-order division';
COMMENT ON COLUMN polecat_events.Country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN polecat_events.Latitude IS 'Latitude in degrees';
COMMENT ON COLUMN polecat_events.Longitude IS 'Longitude in degrees';
COMMENT ON COLUMN polecat_events."GeoNames ID" IS 'GeoNames identifier';
COMMENT ON COLUMN polecat_events."Raw Placename" IS 'The words of the leading mention';
COMMENT ON COLUMN polecat_events."Feature Type" IS 'GeoNames feature code for the kind of place';
COMMENT ON COLUMN polecat_events.Source IS 'Source of the leading article';
COMMENT ON COLUMN polecat_events."Publication Date" IS 'Day of its publication';
COMMENT ON COLUMN polecat_events."Story People" IS 'Not coded';
COMMENT ON COLUMN polecat_events."Story Organizations" IS 'Not coded';
COMMENT ON COLUMN polecat_events."Story Locations" IS 'Not coded';
COMMENT ON COLUMN polecat_events.Language IS 'ISO 639-1 code of the article''s language';
COMMENT ON COLUMN polecat_events.Version IS 'Version of newsmill that coded the leading mention';

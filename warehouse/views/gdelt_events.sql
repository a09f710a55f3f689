-- gdelt_events: one row a factual event that PLOVER or CAMEO covers, in the 61 columns of GDELT 2.0's Event table
--
-- GDELT and its kin hold what is reported as having happened, so denied, imagined and announced
-- events are left out, and so are types of newsmill's own without a CAMEO code. Place codes are
-- FIPS 10-4 and actor codes CAMEO, converted from ISO 3166-1 through the table countries. Sources:
-- GDELT Event Codebook 2.0. SQLDATE is events.day, or the load day where nothing is dated.

CREATE OR REPLACE VIEW gdelt_events AS
SELECT
    event_number(e.event_id) AS GLOBALEVENTID,
    CAST(strftime(c.day, '%Y%m%d') AS INTEGER) AS SQLDATE,
    CAST(strftime(c.day, '%Y%m') AS INTEGER) AS MonthYear,
    CAST(c.year AS INTEGER) AS Year,
    round(c.year + ((CAST(c.month AS INTEGER) - 1) * 30 + c.day_of_month) / 365, 4) AS FractionDate,
    nullif(concat(actor_codes.cameo, e.actor_sector), '') AS Actor1Code,
    upper(coalesce(e.actor_name, actor_codes.name)) AS Actor1Name,
    actor_codes.cameo AS Actor1CountryCode,
    CAST(NULL AS VARCHAR) AS Actor1KnownGroupCode,
    CAST(NULL AS VARCHAR) AS Actor1EthnicCode,
    CAST(NULL AS VARCHAR) AS Actor1Religion1Code,
    CAST(NULL AS VARCHAR) AS Actor1Religion2Code,
    e.actor_sector AS Actor1Type1Code,
    CAST(NULL AS VARCHAR) AS Actor1Type2Code,
    CAST(NULL AS VARCHAR) AS Actor1Type3Code,
    nullif(concat(recipient_codes.cameo, e.recipient_sector), '') AS Actor2Code,
    upper(coalesce(e.recipient_name, recipient_codes.name)) AS Actor2Name,
    recipient_codes.cameo AS Actor2CountryCode,
    CAST(NULL AS VARCHAR) AS Actor2KnownGroupCode,
    CAST(NULL AS VARCHAR) AS Actor2EthnicCode,
    CAST(NULL AS VARCHAR) AS Actor2Religion1Code,
    CAST(NULL AS VARCHAR) AS Actor2Religion2Code,
    e.recipient_sector AS Actor2Type1Code,
    CAST(NULL AS VARCHAR) AS Actor2Type2Code,
    CAST(NULL AS VARCHAR) AS Actor2Type3Code,
    CAST(e.sentence_index <= 1 AS INTEGER) AS IsRootEvent,
    coalesce(
        e.cameo_code,
        modes.cameo_code, types.cameo_code, modes.cameo_root, types.cameo_root
    ) AS EventCode,
    left(EventCode, 3) AS EventBaseCode,
    left(EventCode, 2) AS EventRootCode,
    CASE
        WHEN EventRootCode IS NULL THEN e.quad_class
        WHEN EventRootCode <= '05' THEN 1
        WHEN EventRootCode <= '08' THEN 2
        WHEN EventRootCode <= '13' THEN 3
        ELSE 4
    END AS QuadClass,
    CAST(e.goldstein AS DOUBLE) AS GoldsteinScale,
    CAST(e.mention_count AS INTEGER) AS NumMentions,
    CAST(e.source_count AS INTEGER) AS NumSources,
    CAST(e.article_count AS INTEGER) AS NumArticles,
    CAST(NULL AS DOUBLE) AS AvgTone,
    CAST(NULL AS INTEGER) AS Actor1Geo_Type,
    CAST(NULL AS VARCHAR) AS Actor1Geo_FullName,
    CAST(NULL AS VARCHAR) AS Actor1Geo_CountryCode,
    CAST(NULL AS VARCHAR) AS Actor1Geo_ADM1Code,
    CAST(NULL AS VARCHAR) AS Actor1Geo_ADM2Code,
    CAST(NULL AS DOUBLE) AS Actor1Geo_Lat,
    CAST(NULL AS DOUBLE) AS Actor1Geo_Long,
    CAST(NULL AS VARCHAR) AS Actor1Geo_FeatureID,
    CAST(NULL AS INTEGER) AS Actor2Geo_Type,
    CAST(NULL AS VARCHAR) AS Actor2Geo_FullName,
    CAST(NULL AS VARCHAR) AS Actor2Geo_CountryCode,
    CAST(NULL AS VARCHAR) AS Actor2Geo_ADM1Code,
    CAST(NULL AS VARCHAR) AS Actor2Geo_ADM2Code,
    CAST(NULL AS DOUBLE) AS Actor2Geo_Lat,
    CAST(NULL AS DOUBLE) AS Actor2Geo_Long,
    CAST(NULL AS VARCHAR) AS Actor2Geo_FeatureID,
    CASE
        WHEN e.place_precision = 'country' THEN 1
        WHEN e.place_precision = 'admin1' THEN if(e.country = 'USA', 2, 5)
        WHEN e.place_precision = 'city' THEN if(e.country = 'USA', 3, 4)
        ELSE 0
    END AS ActionGeo_Type,
    nullif(concat_ws(
        ', ',
        CASE WHEN e.place_precision <> 'country' THEN e.place_name END,
        CASE WHEN e.admin1 <> e.place_name THEN e.admin1 END,
        coalesce(place_codes.name, CASE WHEN e.place_precision = 'country' THEN e.place_name END)
    ), '') AS ActionGeo_FullName,
    place_codes.fips AS ActionGeo_CountryCode,
    CASE WHEN e.place_precision = 'country' THEN place_codes.fips END AS ActionGeo_ADM1Code,
    CAST(NULL AS VARCHAR) AS ActionGeo_ADM2Code,
    e.latitude AS ActionGeo_Lat,
    e.longitude AS ActionGeo_Long,
    CASE WHEN e.place_precision = 'country' THEN place_codes.fips END AS ActionGeo_FeatureID,
    CAST(strftime(e.first_loaded, '%Y%m%d%H%M%S') AS BIGINT) AS DATEADDED,
    coalesce(a.url, a.source) AS SOURCEURL
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

COMMENT ON VIEW gdelt_events IS
    'Events in the 61 columns of the GDELT 2.0 Event table, so that queries written for it run as they are. What newsmill does not code is NULL.';

COMMENT ON COLUMN gdelt_events.GLOBALEVENTID IS 'The first 60 bits of event_id';
COMMENT ON COLUMN gdelt_events.SQLDATE IS 'Day of the event, YYYYMMDD';
COMMENT ON COLUMN gdelt_events.MonthYear IS 'YYYYMM';
COMMENT ON COLUMN gdelt_events.Year IS 'YYYY';
COMMENT ON COLUMN gdelt_events.FractionDate IS 'Year and fraction of the year, in months of 30 days over 365, as GDELT counts';
COMMENT ON COLUMN gdelt_events.Actor1Code IS 'CAMEO code: country, then sector';
COMMENT ON COLUMN gdelt_events.Actor1Name IS 'Name in capitals; that of the country for an unnamed actor';
COMMENT ON COLUMN gdelt_events.Actor1CountryCode IS 'CAMEO country code';
COMMENT ON COLUMN gdelt_events.Actor1KnownGroupCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1EthnicCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Religion1Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Religion2Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Type1Code IS 'PLOVER sector, which continues CAMEO''s role codes';
COMMENT ON COLUMN gdelt_events.Actor1Type2Code IS 'Not coded: one sector an actor';
COMMENT ON COLUMN gdelt_events.Actor1Type3Code IS 'Not coded: one sector an actor';
COMMENT ON COLUMN gdelt_events.Actor2Code IS 'CAMEO code: country, then sector';
COMMENT ON COLUMN gdelt_events.Actor2Name IS 'Name in capitals; that of the country for an unnamed actor';
COMMENT ON COLUMN gdelt_events.Actor2CountryCode IS 'CAMEO country code';
COMMENT ON COLUMN gdelt_events.Actor2KnownGroupCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2EthnicCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Religion1Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Religion2Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Type1Code IS 'PLOVER sector, which continues CAMEO''s role codes';
COMMENT ON COLUMN gdelt_events.Actor2Type2Code IS 'Not coded: one sector an actor';
COMMENT ON COLUMN gdelt_events.Actor2Type3Code IS 'Not coded: one sector an actor';
COMMENT ON COLUMN gdelt_events.IsRootEvent IS '1 where the leading mention stands in the headline or the lead sentence';
COMMENT ON COLUMN gdelt_events.EventCode IS 'CAMEO code of the mention, else the nearest of its mode or type';
COMMENT ON COLUMN gdelt_events.EventBaseCode IS 'First three digits of EventCode';
COMMENT ON COLUMN gdelt_events.EventRootCode IS 'First two digits of EventCode';
COMMENT ON COLUMN gdelt_events.QuadClass IS 'By EventRootCode, as in GDELT: 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict';
COMMENT ON COLUMN gdelt_events.GoldsteinScale IS 'Goldstein score, -10 to 10';
COMMENT ON COLUMN gdelt_events.NumMentions IS 'Sentences that state the event';
COMMENT ON COLUMN gdelt_events.NumSources IS 'Sources that printed it';
COMMENT ON COLUMN gdelt_events.NumArticles IS 'Articles that hold it, copies included';
COMMENT ON COLUMN gdelt_events.AvgTone IS 'Not measured';
COMMENT ON COLUMN gdelt_events.Actor1Geo_Type IS 'Not coded: only the action is placed';
COMMENT ON COLUMN gdelt_events.Actor1Geo_FullName IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_CountryCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_ADM1Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_ADM2Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_Lat IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_Long IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor1Geo_FeatureID IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_Type IS 'Not coded: only the action is placed';
COMMENT ON COLUMN gdelt_events.Actor2Geo_FullName IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_CountryCode IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_ADM1Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_ADM2Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_Lat IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_Long IS 'Not coded';
COMMENT ON COLUMN gdelt_events.Actor2Geo_FeatureID IS 'Not coded';
COMMENT ON COLUMN gdelt_events.ActionGeo_Type IS '0 no place, 1 country, 2 US state, 3 US city, 4 city elsewhere, 5 first-order division elsewhere';
COMMENT ON COLUMN gdelt_events.ActionGeo_FullName IS 'Place, division and country';
COMMENT ON COLUMN gdelt_events.ActionGeo_CountryCode IS 'FIPS 10-4 country code';
COMMENT ON COLUMN gdelt_events.ActionGeo_ADM1Code IS 'FIPS 10-4: the country code for a country, as in GDELT; divisions are not coded by FIPS here';
COMMENT ON COLUMN gdelt_events.ActionGeo_ADM2Code IS 'Not coded';
COMMENT ON COLUMN gdelt_events.ActionGeo_Lat IS 'Latitude in degrees';
COMMENT ON COLUMN gdelt_events.ActionGeo_Long IS 'Longitude in degrees';
COMMENT ON COLUMN gdelt_events.ActionGeo_FeatureID IS 'The country code for a country, as in GDELT; else NULL, since GeoNames identifiers are not those of GNS and GNIS';
COMMENT ON COLUMN gdelt_events.DATEADDED IS 'When the event first came in, UTC, YYYYMMDDHHMMSS';
COMMENT ON COLUMN gdelt_events.SOURCEURL IS 'Address of the leading article; its source where it has none';

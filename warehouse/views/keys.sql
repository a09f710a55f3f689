-- keys: the rules that several tables and views share, as macros

-- The same 16 hexadecimal digits on every machine. Separator and stand-in for NULL are control
-- characters, which no name holds.
CREATE OR REPLACE MACRO actor_key(name, country, sector) AS left(md5(concat_ws(
    chr(31), coalesce(name, chr(30)), coalesce(country, chr(30)), coalesce(sector, chr(30))
)), 16);

COMMENT ON MACRO actor_key IS 'actor_id of a name, country and sector';

CREATE OR REPLACE MACRO place_key(geonames_id, name, country, admin1, kind) AS left(md5(concat_ws(
    chr(31),
    coalesce(CAST(geonames_id AS VARCHAR), chr(30)),
    coalesce(name, chr(30)), coalesce(country, chr(30)), coalesce(admin1, chr(30)),
    coalesce(kind, chr(30))
)), 16);

COMMENT ON MACRO place_key IS 'place_id of a GeoNames identifier, name, country, division and precision';

-- The day that an event counts on. A date known to the day is that day, in the future too. A date
-- known only to the week, month or year spreads over a period: the day of the period nearest to the
-- first report is taken, so that "this month" counts when it is reported, "last week" at the end of
-- that week, and an old war at the end of its year instead of in today's news. Without any date it
-- is the day of the first report; without that either, NULL: such events are in events, but in no
-- daily table.
CREATE OR REPLACE MACRO event_day(event_date, date_precision, reported) AS CASE
    WHEN event_date IS NULL OR date_precision = 'none' THEN reported
    WHEN date_precision = 'day' OR reported IS NULL THEN event_date
    ELSE greatest(event_date, least(reported, CASE date_precision
        WHEN 'week' THEN event_date + 6
        WHEN 'month' THEN last_day(event_date)
        WHEN 'quarter' THEN CAST(event_date + INTERVAL 3 MONTH AS DATE) - 1
        WHEN 'year' THEN make_date(year(event_date), 12, 31)
        ELSE event_date
    END))
END;

COMMENT ON MACRO event_day IS
    'The day that an event counts on, of its date, the precision of that date and the day of the first report';

-- A number for data sets that number their events: the first 60 bits of the id.
CREATE OR REPLACE MACRO event_number(id) AS CAST('0x' || left(id, 15) AS BIGINT);

COMMENT ON MACRO event_number IS 'The first 60 bits of a hexadecimal id as a positive integer';

-- Dated and undated apart, and to be joined with calendar: then a condition on its day skips most of
-- the dated ones unread.
CREATE OR REPLACE MACRO factual_events() AS TABLE
SELECT * FROM events WHERE is_factual AND day IS NOT NULL
UNION ALL
SELECT * REPLACE (CAST(first_loaded AS DATE) AS day) FROM events WHERE is_factual AND day IS NULL;

COMMENT ON MACRO TABLE factual_events IS
    'factual_events(): the events that are reported as having happened, on the day of loading where nothing is dated';

-- A run's rows lie side by side in a table, while ids are spread over all of it: who knows when
-- something was loaded at the earliest reads only the blocks since. A day of grace, since machines
-- that share a lake have clocks of their own.
CREATE OR REPLACE MACRO runs_since(moment) AS TABLE
SELECT run_id FROM runs
WHERE coalesce(finished_at, TIMESTAMP 'infinity') >= moment - INTERVAL 1 DAY;

COMMENT ON MACRO TABLE runs_since IS
    'runs_since(moment): the run_id of every run that may have loaded something at that time or later';

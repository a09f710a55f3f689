-- calendar: one row a day, of every year that anything in the warehouse is dated in

CREATE TABLE calendar (
    day DATE NOT NULL,
    year SMALLINT NOT NULL,
    quarter TINYINT NOT NULL,
    month TINYINT NOT NULL,
    month_name VARCHAR NOT NULL,
    day_of_month TINYINT NOT NULL,
    day_of_year SMALLINT NOT NULL,
    iso_year SMALLINT NOT NULL,
    iso_week TINYINT NOT NULL,
    weekday TINYINT NOT NULL,
    weekday_name VARCHAR NOT NULL,
    is_weekend BOOLEAN NOT NULL,
    month_start DATE NOT NULL,
    week_start DATE NOT NULL
);

COMMENT ON TABLE calendar IS
    'Days and their parts, so that queries can group by week or find days without events. Whole years.';

COMMENT ON COLUMN calendar.day IS 'The day';
COMMENT ON COLUMN calendar.year IS 'Calendar year';
COMMENT ON COLUMN calendar.quarter IS '1 to 4';
COMMENT ON COLUMN calendar.month IS '1 to 12';
COMMENT ON COLUMN calendar.month_name IS 'English name of the month';
COMMENT ON COLUMN calendar.day_of_month IS '1 to 31';
COMMENT ON COLUMN calendar.day_of_year IS '1 to 366';
COMMENT ON COLUMN calendar.iso_year IS 'Year of the ISO 8601 week';
COMMENT ON COLUMN calendar.iso_week IS 'ISO 8601 week, 1 to 53';
COMMENT ON COLUMN calendar.weekday IS '1 Monday to 7 Sunday (ISO 8601)';
COMMENT ON COLUMN calendar.weekday_name IS 'English name of the weekday';
COMMENT ON COLUMN calendar.is_weekend IS 'Saturday or Sunday';
COMMENT ON COLUMN calendar.month_start IS 'First day of the month';
COMMENT ON COLUMN calendar.week_start IS 'Monday of the week';

-- rebuild: the years of the days in touched_days
INSERT INTO calendar BY NAME
WITH missing AS (
    SELECT DISTINCT year(day) AS year
    FROM touched_days
    WHERE year(day) NOT IN (SELECT DISTINCT year FROM calendar)
),
days AS (
    SELECT CAST(unnest(generate_series(
        make_date(year, 1, 1), make_date(year, 12, 31), INTERVAL 1 DAY
    )) AS DATE) AS day
    FROM missing
)
SELECT
    day,
    year(day) AS year,
    quarter(day) AS quarter,
    month(day) AS month,
    monthname(day) AS month_name,
    day(day) AS day_of_month,
    dayofyear(day) AS day_of_year,
    isoyear(day) AS iso_year,
    week(day) AS iso_week,
    isodow(day) AS weekday,
    dayname(day) AS weekday_name,
    isodow(day) >= 6 AS is_weekend,
    date_trunc('month', day) AS month_start,
    date_trunc('week', day) AS week_start
FROM days
ORDER BY day;

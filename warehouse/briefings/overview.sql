-- overview: the day in one row, beside the median of the 28 days before

WITH volume AS (
    SELECT
        d.day,
        count(*) AS stories,
        count(DISTINCT d.thread_id) AS threads,
        sum(d.articles) AS articles
    FROM daily_stories AS d
    WHERE d.day BETWEEN $day - 28 AND $day
    GROUP BY d.day
),
happened AS (
    SELECT
        day,
        sum(events) AS events,
        sum(mentions) AS mentions,
        sum(events) FILTER (quad_class IN (1, 2)) AS cooperation,
        sum(events) FILTER (quad_class IN (3, 4)) AS conflict,
        sum(claimed) AS claimed,
        sum(possible) AS possible,
        sum(planned) AS planned,
        sum(denied) AS denied
    FROM daily_events
    WHERE day BETWEEN $day - 28 AND $day
    GROUP BY day
),
-- Stories about one unfolding event (a thread) repeat its toll, and differ in it: the highest counts,
-- once a country. Threads are not always found whole, so equal tolls of three or more in one country
-- on one day are taken for one. Tolls of weeks or years are none of a day.
thread_tolls AS (
    SELECT
        e.day, e.country, s.thread_id,
        max(e.deaths) AS deaths,
        max(e.injuries) AS injuries,
        bool_or(e.event_type = 'ASSAULT') AS in_violence
    FROM events AS e
    INNER JOIN stories AS s ON s.story_id = e.story_id
    WHERE e.day BETWEEN $day - 28 AND $day
        AND e.is_factual
        AND e.date_precision = 'day'
        AND coalesce(e.deaths, e.injuries) IS NOT NULL
    GROUP BY ALL
),
tolls AS (
    SELECT
        day, country,
        max(deaths) AS deaths,
        max(injuries) AS injuries,
        bool_or(in_violence) AS in_violence
    FROM thread_tolls
    GROUP BY
        day, country,
        CASE
            WHEN deaths >= 3 THEN 'deaths ' || deaths
            WHEN deaths IS NULL AND injuries >= 3 THEN 'injuries ' || injuries
            ELSE thread_id
        END
),
toll_days AS (
    SELECT day, sum(deaths) AS deaths, sum(injuries) AS injuries FROM tolls GROUP BY day
),
-- Days on which nothing was published say nothing of what is usual.
usual AS (
    SELECT
        count(*) AS days,
        median(v.articles) AS articles,
        median(v.stories) AS stories,
        median(coalesce(h.events, 0)) AS events,
        median(coalesce(h.cooperation, 0)) AS cooperation,
        median(coalesce(h.conflict, 0)) AS conflict,
        median(coalesce(t.deaths, 0)) AS deaths,
        median(coalesce(t.injuries, 0)) AS injuries
    FROM volume AS v
    LEFT JOIN happened AS h ON h.day = v.day
    LEFT JOIN toll_days AS t ON t.day = v.day
    WHERE v.day < $day
),
printed AS (
    SELECT count(DISTINCT source) AS sources
    FROM articles
    WHERE rowid IN (
        SELECT rowid FROM articles
        WHERE coalesce(publish_date, CAST(published_at AS DATE)) = $day
    )
)
SELECT
    coalesce(v.articles, 0) AS articles,
    coalesce(v.stories, 0) AS stories,
    coalesce(v.threads, 0) AS threads,
    coalesce(p.sources, 0) AS sources,
    coalesce(h.events, 0) AS events,
    coalesce(h.mentions, 0) AS mentions,
    coalesce(h.cooperation, 0) AS cooperation,
    coalesce(h.conflict, 0) AS conflict,
    coalesce(t.deaths, 0) AS deaths,
    coalesce(t.injuries, 0) AS injuries,
    coalesce(h.claimed, 0) AS claimed,
    coalesce(h.possible, 0) AS possible,
    coalesce(h.planned, 0) AS planned,
    coalesce(h.denied, 0) AS denied,
    u.days AS days_before,
    u.articles AS usual_articles,
    u.stories AS usual_stories,
    u.events AS usual_events,
    u.cooperation AS usual_cooperation,
    u.conflict AS usual_conflict,
    u.deaths AS usual_deaths,
    u.injuries AS usual_injuries
FROM usual AS u
CROSS JOIN printed AS p
LEFT JOIN volume AS v ON v.day = $day
LEFT JOIN happened AS h ON h.day = $day
LEFT JOIN toll_days AS t ON t.day = $day;

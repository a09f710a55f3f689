-- overview: the day in one row, beside the median of the 28 days before

WITH volume AS (
    SELECT
        day,
        count(*) AS stories,
        count(DISTINCT thread_id) AS threads,
        sum(articles) AS articles
    FROM daily_stories
    WHERE day BETWEEN $day - 28 AND $day
    GROUP BY day
),
-- What is dated to a week, month or year is no news of its last day.
happened AS (
    SELECT
        day,
        count(*) AS events,
        count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
        count(*) FILTER (quad_class IN (3, 4)) AS conflict,
        -- What was known by the end of the day: later stories tell more of earlier days.
        count(*) FILTER (CAST(first_published AS DATE) <= day) AS events_then,
        count(*) FILTER (quad_class IN (1, 2) AND CAST(first_published AS DATE) <= day)
            AS cooperation_then,
        count(*) FILTER (quad_class IN (3, 4) AND CAST(first_published AS DATE) <= day)
            AS conflict_then
    FROM events
    WHERE day BETWEEN $day - 28 AND $day
        AND is_factual
        AND date_precision IN ('day', 'none')
    GROUP BY day
),
toll_days AS (
    SELECT day, sum(deaths) AS deaths, sum(injuries) AS injuries
    FROM tolls($day - 28, $day)
    GROUP BY day
),
-- Days on which nothing was published say nothing of what is usual.
usual AS (
    SELECT
        count(*) AS days,
        median(v.articles) AS articles,
        median(v.stories) AS stories,
        median(coalesce(h.events_then, 0)) AS events,
        median(coalesce(h.cooperation_then, 0)) AS cooperation,
        median(coalesce(h.conflict_then, 0)) AS conflict,
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
    coalesce(h.cooperation, 0) AS cooperation,
    coalesce(h.conflict, 0) AS conflict,
    coalesce(h.events_then, 0) AS events_then,
    coalesce(h.cooperation_then, 0) AS cooperation_then,
    coalesce(h.conflict_then, 0) AS conflict_then,
    coalesce(t.deaths, 0) AS deaths,
    coalesce(t.injuries, 0) AS injuries,
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

-- loads: the nights that brought the day's articles, and what else came with them

SELECT
    i.day,
    i.dumps,
    i.bytes,
    i.flagged_dumps,
    i.articles,
    i.duplicates,
    i.undated,
    i.rejects,
    i.rejects - coalesce(i.rejects_by_reason['not_article'], 0) AS faults,
    i.rejects_by_reason,
    i.coded_article_share
FROM daily_ingest AS i
WHERE i.day IN (
    SELECT CAST(loaded_at AS DATE) FROM articles
    WHERE coalesce(publish_date, CAST(published_at AS DATE)) = $day
)
ORDER BY i.day DESC
LIMIT 7;

-- top_stories: what most sources told independently of each other, that is each in a text of its own

WITH printed AS (
    SELECT story_id, list(DISTINCT source) FILTER (source IS NOT NULL) AS sources
    FROM articles
    WHERE rowid IN (
        SELECT rowid FROM articles
        WHERE coalesce(publish_date, CAST(published_at AS DATE)) = $day
    )
    GROUP BY story_id
),
told AS (
    SELECT
        d.thread_id, d.story_id, d.title, d.articles, d.mentions,
        -- The source that the text comes from, where it is among those that printed it on the day.
        CASE WHEN list_contains(p.sources, s.source) THEN s.source ELSE list_min(p.sources) END
            AS source,
        coalesce(p.sources, []) AS sources
    FROM daily_stories AS d
    INNER JOIN stories AS s ON s.story_id = d.story_id
    INNER JOIN printed AS p ON p.story_id = d.story_id
    WHERE d.day = $day
),
-- A copy of somebody else's text confirms nothing: a story counts for the source it comes from.
spread AS (
    SELECT
        thread_id,
        count(DISTINCT source) AS independent_sources,
        len(list_distinct(flatten(list(sources)))) AS sources,
        list_sort(list_distinct(flatten(list(sources)))) AS source_names,
        count(*) AS stories,
        sum(articles) AS articles,
        sum(mentions) AS mentions
    FROM told
    GROUP BY thread_id
),
lead_story AS (
    SELECT thread_id, story_id, title
    FROM told
    QUALIFY row_number() OVER (
        PARTITION BY thread_id ORDER BY len(sources) DESC, articles DESC, mentions DESC, story_id
    ) = 1
)
SELECT
    s.thread_id,
    l.story_id,
    coalesce(l.title, left(a.body, 120)) AS title,
    s.independent_sources,
    s.sources,
    s.source_names[1:12] AS source_names,
    s.stories,
    s.articles,
    s.mentions,
    t.first_published,
    t.day_count,
    a.article_id,
    a.url,
    a.source,
    d.path AS dump_path,
    a.char_start,
    a.char_end,
    d.offset_unit
FROM spread AS s
INNER JOIN lead_story AS l ON l.thread_id = s.thread_id
INNER JOIN threads AS t ON t.thread_id = s.thread_id
INNER JOIN stories AS c ON c.story_id = l.story_id
INNER JOIN articles AS a ON a.article_id = c.canonical_article_id
INNER JOIN dumps AS d ON d.dump_id = a.dump_id
ORDER BY
    s.independent_sources DESC, s.sources DESC, s.stories DESC, s.articles DESC, s.mentions DESC,
    s.thread_id
LIMIT 10;

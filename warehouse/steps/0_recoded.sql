-- Articles that are coded anew without their dumps: what the extractor refused of them is withdrawn;
-- their mentions go with those of articles that no longer represent a story.
CREATE OR REPLACE TEMP TABLE recoded_articles AS
SELECT article_id, dump_id, char_start, char_end, loaded_at
FROM articles
-- By row number: then only the blocks with a wanted row are read in all columns.
WHERE rowid IN (
    SELECT rowid FROM articles WHERE article_id IN (SELECT article_id FROM staged_recoded)
);

CREATE OR REPLACE TEMP TABLE withdrawn_rejects AS
SELECT x.rowid AS row, x.dump_id
FROM rejects AS x
SEMI JOIN recoded_articles AS a
    ON a.dump_id = x.dump_id AND a.char_start = x.char_start AND a.char_end = x.char_end
WHERE x.reason = 'extract_failed';

DELETE FROM rejects WHERE rowid IN (SELECT row FROM withdrawn_rejects);

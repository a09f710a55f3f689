-- articles: one row an article, that is one story as it stood in one dump

CREATE TABLE articles (
    article_id VARCHAR NOT NULL,
    dump_id VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    char_start BIGINT NOT NULL,
    char_end BIGINT NOT NULL,
    title VARCHAR,
    byline VARCHAR,
    dateline VARCHAR,
    source VARCHAR,
    url VARCHAR,
    external_id VARCHAR,
    language VARCHAR,
    published_at TIMESTAMP,
    publish_date DATE,
    publish_date_source VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    text_hash VARCHAR NOT NULL,
    segment_confidence FLOAT NOT NULL,
    story_id VARCHAR NOT NULL,
    is_canonical BOOLEAN NOT NULL,
    similarity FLOAT NOT NULL,
    story_reason VARCHAR,
    version INTEGER NOT NULL,
    update_kind VARCHAR,
    update_marker VARCHAR,
    updates_article_id VARCHAR,
    run_id VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL
);

COMMENT ON TABLE articles IS
    'News stories as they stood in a dump, one row an article. Copies of one story share story_id; exactly one of them is canonical, and only that one is coded for events.';

COMMENT ON COLUMN articles.article_id IS 'Hash that identifies the article';
COMMENT ON COLUMN articles.dump_id IS 'The dump that it stood in';
COMMENT ON COLUMN articles.ordinal IS 'Its place among the articles of the dump, from 0';
COMMENT ON COLUMN articles.char_start IS 'First character of its span in the decoded dump';
COMMENT ON COLUMN articles.char_end IS 'One past the last character of its span';
COMMENT ON COLUMN articles.title IS 'Headline';
COMMENT ON COLUMN articles.byline IS 'Who wrote it, as printed';
COMMENT ON COLUMN articles.dateline IS 'Place and date line, as printed';
COMMENT ON COLUMN articles.source IS 'Who published it: agency, newspaper or domain';
COMMENT ON COLUMN articles.url IS 'Address of the story';
COMMENT ON COLUMN articles.external_id IS 'Identifier that the source gave it';
COMMENT ON COLUMN articles.language IS 'ISO 639-1 language code';
COMMENT ON COLUMN articles.published_at IS 'When it was published, UTC; NULL where only the day or nothing is known';
COMMENT ON COLUMN articles.publish_date IS 'Day of publication; NULL where unknown';
COMMENT ON COLUMN articles.publish_date_source IS 'Where the day came from: field, dateline, header, path, neighbours, option or none';
COMMENT ON COLUMN articles.body IS 'Text without headline, byline and dateline, one paragraph a line';
COMMENT ON COLUMN articles.text_hash IS 'Hash of the normalised words; equal means exact copies';
COMMENT ON COLUMN articles.segment_confidence IS 'How sure the segmenter is of the borders, 0 to 1';
COMMENT ON COLUMN articles.story_id IS 'The story that it is a copy of';
COMMENT ON COLUMN articles.is_canonical IS 'Whether it represents its story';
COMMENT ON COLUMN articles.similarity IS 'Similarity to the canonical article of the story, 0 to 1';
COMMENT ON COLUMN articles.story_reason IS 'Why it is canonical, or what tied it to its story';
COMMENT ON COLUMN articles.version IS 'Which version of its story it is, from 1; copies of one text are one version';
COMMENT ON COLUMN articles.update_kind IS 'What a marker says of it: snap, update, lead, wrapup, correction, refile, repeat, withdrawal or advisory; update without a marker where a later text of its source has grown; NULL otherwise';
COMMENT ON COLUMN articles.update_marker IS 'The marker as printed, such as UPDATE 2-';
COMMENT ON COLUMN articles.updates_article_id IS 'The article that it updates: the first of the version before; NULL where it is the first version';
COMMENT ON COLUMN articles.run_id IS 'The run that loaded it';
COMMENT ON COLUMN articles.loaded_at IS 'When it was loaded, UTC';

-- event_mentions: one row an event mention, that is one event as one sentence of a story's canonical article states it

CREATE TABLE event_mentions (
    mention_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    story_id VARCHAR NOT NULL,
    article_id VARCHAR NOT NULL,
    sentence_index INTEGER NOT NULL,
    sentence_text VARCHAR NOT NULL,
    sentence_start INTEGER NOT NULL,
    sentence_end INTEGER NOT NULL,
    trigger_text VARCHAR NOT NULL,
    trigger_start INTEGER NOT NULL,
    trigger_end INTEGER NOT NULL,
    actor_text VARCHAR,
    actor_start INTEGER,
    actor_end INTEGER,
    recipient_text VARCHAR,
    recipient_start INTEGER,
    recipient_end INTEGER,
    actor_name VARCHAR,
    actor_country VARCHAR,
    actor_sector VARCHAR,
    recipient_name VARCHAR,
    recipient_country VARCHAR,
    recipient_sector VARCHAR,
    event_type VARCHAR NOT NULL,
    event_mode VARCHAR,
    contexts VARCHAR[] NOT NULL,
    cameo_code VARCHAR,
    quad_class TINYINT NOT NULL,
    goldstein FLOAT,
    event_date DATE,
    date_precision VARCHAR NOT NULL,
    date_text VARCHAR,
    place_text VARCHAR,
    place_name VARCHAR,
    country VARCHAR,
    admin1 VARCHAR,
    latitude DOUBLE,
    longitude DOUBLE,
    geonames_id BIGINT,
    place_precision VARCHAR,
    time VARCHAR NOT NULL,
    polarity VARCHAR NOT NULL,
    certainty VARCHAR NOT NULL,
    attributed_to VARCHAR,
    deaths INTEGER,
    injuries INTEGER,
    quantities STRUCT(measure VARCHAR, least DOUBLE, most DOUBLE, unit VARCHAR)[],
    confidence FLOAT NOT NULL,
    why VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE event_mentions IS
    'One event as one sentence of a story''s canonical article states it. Offsets count characters of the article''s title + newline + body (body alone where there is no title), half-open.';

COMMENT ON COLUMN event_mentions.mention_id IS 'Hash that identifies the mention';
COMMENT ON COLUMN event_mentions.event_id IS 'The event that it states';
COMMENT ON COLUMN event_mentions.story_id IS 'The story that states it';
COMMENT ON COLUMN event_mentions.article_id IS 'The canonical article of that story';
COMMENT ON COLUMN event_mentions.sentence_index IS 'Number of the sentence in the article, from 0';
COMMENT ON COLUMN event_mentions.sentence_text IS 'The sentence';
COMMENT ON COLUMN event_mentions.sentence_start IS 'Offset of the sentence';
COMMENT ON COLUMN event_mentions.sentence_end IS 'Offset one past the sentence';
COMMENT ON COLUMN event_mentions.trigger_text IS 'The words that state the event';
COMMENT ON COLUMN event_mentions.trigger_start IS 'Offset of the trigger';
COMMENT ON COLUMN event_mentions.trigger_end IS 'Offset one past the trigger';
COMMENT ON COLUMN event_mentions.actor_text IS 'Words that name who acts';
COMMENT ON COLUMN event_mentions.actor_start IS 'Offset of the first character of actor_text';
COMMENT ON COLUMN event_mentions.actor_end IS 'Offset one past actor_text';
COMMENT ON COLUMN event_mentions.recipient_text IS 'Words that name whom it is done to';
COMMENT ON COLUMN event_mentions.recipient_start IS 'Offset of the first character of recipient_text';
COMMENT ON COLUMN event_mentions.recipient_end IS 'Offset one past recipient_text';
COMMENT ON COLUMN event_mentions.actor_name IS 'Who acts: canonical name';
COMMENT ON COLUMN event_mentions.actor_country IS 'Country of the actor, ISO 3166-1 alpha-3';
COMMENT ON COLUMN event_mentions.actor_sector IS 'Role of the actor, a PLOVER sector such as GOV, MIL, REB or CVL';
COMMENT ON COLUMN event_mentions.recipient_name IS 'Whom it is done to: canonical name';
COMMENT ON COLUMN event_mentions.recipient_country IS 'Country of the recipient, ISO 3166-1 alpha-3';
COMMENT ON COLUMN event_mentions.recipient_sector IS 'Role of the recipient, a PLOVER sector';
COMMENT ON COLUMN event_mentions.event_type IS 'What happened: a PLOVER event type, or a type of the project''s own (see event_types)';
COMMENT ON COLUMN event_mentions.event_mode IS 'How it happened: PLOVER mode within the type';
COMMENT ON COLUMN event_mentions.contexts IS 'Subject matter: PLOVER contexts';
COMMENT ON COLUMN event_mentions.cameo_code IS 'The nearest CAMEO code, two to four digits';
COMMENT ON COLUMN event_mentions.quad_class IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict, 0 neither';
COMMENT ON COLUMN event_mentions.goldstein IS 'Goldstein score from -10 (conflict) to 10 (cooperation)';
COMMENT ON COLUMN event_mentions.event_date IS 'When it happened: first day of the period that date_precision names';
COMMENT ON COLUMN event_mentions.date_precision IS 'day, week, month, quarter, year or none';
COMMENT ON COLUMN event_mentions.date_text IS 'The words that date it';
COMMENT ON COLUMN event_mentions.place_text IS 'The words that place it';
COMMENT ON COLUMN event_mentions.place_name IS 'Where it happened: canonical name of the place';
COMMENT ON COLUMN event_mentions.country IS 'Country of the place, ISO 3166-1 alpha-3';
COMMENT ON COLUMN event_mentions.admin1 IS 'First-order division of the country';
COMMENT ON COLUMN event_mentions.latitude IS 'Latitude in degrees, WGS 84';
COMMENT ON COLUMN event_mentions.longitude IS 'Longitude in degrees, WGS 84';
COMMENT ON COLUMN event_mentions.geonames_id IS 'GeoNames identifier of the place';
COMMENT ON COLUMN event_mentions.place_precision IS 'How exact the place is: city, admin1 or country';
COMMENT ON COLUMN event_mentions.time IS 'Relative to the telling: past, ongoing or future';
COMMENT ON COLUMN event_mentions.polarity IS 'positive, or negative where the text says that it did not happen';
COMMENT ON COLUMN event_mentions.certainty IS 'certain, claimed (by attributed_to), possible or hypothetical';
COMMENT ON COLUMN event_mentions.attributed_to IS 'Who says so, where the text attributes it';
COMMENT ON COLUMN event_mentions.deaths IS 'People killed, as the text states; NULL where it says nothing';
COMMENT ON COLUMN event_mentions.injuries IS 'People hurt, as the text states; NULL where it says nothing';
COMMENT ON COLUMN event_mentions.quantities IS 'What the clause counts, one a measure (deaths, injuries, missing, arrests, abducted, displaced, protesters, troops, money): least and most are NULL where the words leave them open ("at least 12", "up to 30"), unit is people or the ISO 4217 code of the money';
COMMENT ON COLUMN event_mentions.confidence IS 'How sure the extractor is, 0 to 1';
COMMENT ON COLUMN event_mentions.why IS 'The pattern, lexicon entry or classifier decision behind the coding';
COMMENT ON COLUMN event_mentions.run_id IS 'The run that coded it';

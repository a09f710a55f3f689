-- Mentions and events say what their words count. Of what is loaded already only the dead and the
-- injured are known, without upper bounds.
ALTER TABLE event_mentions ADD COLUMN quantities
    STRUCT(measure VARCHAR, least DOUBLE, most DOUBLE, unit VARCHAR)[];
ALTER TABLE events ADD COLUMN quantities
    STRUCT(measure VARCHAR, least DOUBLE, most DOUBLE, unit VARCHAR)[];
UPDATE event_mentions SET quantities = list_filter([
    {'measure': 'deaths', 'least': deaths, 'most': NULL, 'unit': 'people'},
    {'measure': 'injuries', 'least': injuries, 'most': NULL, 'unit': 'people'}
], lambda q: q.least IS NOT NULL);
UPDATE events SET quantities = list_filter([
    {'measure': 'deaths', 'least': deaths, 'most': NULL, 'unit': 'people'},
    {'measure': 'injuries', 'least': injuries, 'most': NULL, 'unit': 'people'}
], lambda q: q.least IS NOT NULL);
COMMENT ON COLUMN event_mentions.quantities IS 'What the clause counts, one a measure (deaths, injuries, missing, arrests, abducted, displaced, protesters, troops, money): least and most are NULL where the words leave them open ("at least 12", "up to 30"), unit is people or the ISO 4217 code of the money';
COMMENT ON COLUMN events.quantities IS 'What its mentions count, one a measure as in event_mentions, each from the most recently published story that says';

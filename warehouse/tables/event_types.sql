-- event_types: one row an event type and mode; event_mode is NULL in the row of the type itself

CREATE TABLE event_types (
    event_type VARCHAR NOT NULL,
    event_mode VARCHAR,
    name VARCHAR,
    description VARCHAR,
    source VARCHAR,
    quad_class TINYINT,
    goldstein FLOAT,
    intensity FLOAT,
    cameo_root VARCHAR,
    cameo_code VARCHAR,
    properties JSON
);

COMMENT ON TABLE event_types IS
    'The ontology: PLOVER''s types and modes, and the project''s own types for what PLOVER does not cover. One row a type (event_mode NULL) and one a mode.';

COMMENT ON COLUMN event_types.event_type IS 'The type, as in events.event_type';
COMMENT ON COLUMN event_types.event_mode IS 'The mode, as in events.event_mode; NULL in the row of the type itself';
COMMENT ON COLUMN event_types.name IS 'Readable name';
COMMENT ON COLUMN event_types.description IS 'What is coded so';
COMMENT ON COLUMN event_types.source IS 'Where the type comes from: plover, or the project''s own ontology';
COMMENT ON COLUMN event_types.quad_class IS '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict, 0 neither';
COMMENT ON COLUMN event_types.goldstein IS 'Goldstein score of the type or mode';
COMMENT ON COLUMN event_types.intensity IS 'Intensity score of the type or mode';
COMMENT ON COLUMN event_types.cameo_root IS 'The nearest CAMEO root code, two digits';
COMMENT ON COLUMN event_types.cameo_code IS 'The nearest CAMEO code';
COMMENT ON COLUMN event_types.properties IS 'Further columns of the ontology, as an object';

-- schema_version: one row for each schema version that this file has gone through

CREATE TABLE schema_version (
    version INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL,
    program_version VARCHAR,
    definitions VARCHAR
);

COMMENT ON TABLE schema_version IS
    'Marks the file as a newsmill warehouse and says which schema version it has: the highest version. One row a version.';

COMMENT ON COLUMN schema_version.version IS 'Number of the schema; the highest number is what the file has now';
COMMENT ON COLUMN schema_version.name IS 'Name of the migration that led here';
COMMENT ON COLUMN schema_version.applied_at IS 'When it was applied, UTC';
COMMENT ON COLUMN schema_version.program_version IS 'Version of newsmill that applied it';
COMMENT ON COLUMN schema_version.definitions IS 'SHA-256 of the view, macro and reference definitions last written to this file';

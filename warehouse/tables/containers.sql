-- containers: one row a file that held only what other files had brought before

CREATE TABLE containers (
    container_sha256 VARCHAR NOT NULL,
    container_path VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE containers IS
    'Input files whose dumps were loaded from another file, such as the packed copy of a dump; kept so that they are not read again.';

COMMENT ON COLUMN containers.container_sha256 IS 'SHA-256 of the file';
COMMENT ON COLUMN containers.container_path IS 'Path of the file';
COMMENT ON COLUMN containers.run_id IS 'The run that found it';

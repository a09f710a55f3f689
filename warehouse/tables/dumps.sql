-- dumps: one row a dump, that is an input file or one member of an archive

CREATE TABLE dumps (
    dump_id VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    container_path VARCHAR NOT NULL,
    container_sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    format VARCHAR NOT NULL,
    encoding VARCHAR,
    offset_unit VARCHAR NOT NULL,
    article_count BIGINT NOT NULL,
    reject_count BIGINT NOT NULL,
    flags VARCHAR[] NOT NULL,
    warnings VARCHAR[] NOT NULL,
    run_id VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL
);

COMMENT ON TABLE dumps IS
    'Raw material: one row an input file, or one member of an archive, that was read.';

COMMENT ON COLUMN dumps.dump_id IS 'Hash of the content, which identifies the dump whatever its name';
COMMENT ON COLUMN dumps.path IS 'Where the dump was read; archive!member for a member of an archive';
COMMENT ON COLUMN dumps.sha256 IS 'SHA-256 of the dump''s bytes, hexadecimal';
COMMENT ON COLUMN dumps.container_path IS 'The file on disk that holds the dump: the archive, or the dump itself';
COMMENT ON COLUMN dumps.container_sha256 IS 'SHA-256 of the file on disk; a file whose hash is here has been loaded';
COMMENT ON COLUMN dumps.bytes IS 'Size of the dump in bytes';
COMMENT ON COLUMN dumps.format IS 'Format that it was read as';
COMMENT ON COLUMN dumps.encoding IS 'Character encoding that it was decoded from, or docx or rtf; NULL where it is no text';
COMMENT ON COLUMN dumps.offset_unit IS 'What spans in it count: characters of the decoded text, or bytes or rows';
COMMENT ON COLUMN dumps.article_count IS 'How many articles the dump held';
COMMENT ON COLUMN dumps.reject_count IS 'How many pieces of it could not be used';
COMMENT ON COLUMN dumps.flags IS 'What an operator should look at, e.g. ambiguous_layout or replaced_characters';
COMMENT ON COLUMN dumps.warnings IS 'What was found amiss in sentences, e.g. a declared number of articles that differs';
COMMENT ON COLUMN dumps.run_id IS 'The run that loaded the dump';
COMMENT ON COLUMN dumps.loaded_at IS 'When it was loaded, UTC; the load day of everything from this dump';

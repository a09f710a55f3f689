-- Formats that are no text have spans in bytes or rows, and dumps have warnings in sentences.
ALTER TABLE dumps ADD COLUMN offset_unit VARCHAR DEFAULT 'characters';
-- As text, since DuckDB 1.5 cannot forbid NULL behind a default that it computes row by row.
ALTER TABLE dumps ADD COLUMN warnings VARCHAR[] DEFAULT '[]';
ALTER TABLE dumps ALTER COLUMN offset_unit DROP DEFAULT;
ALTER TABLE dumps ALTER COLUMN offset_unit SET NOT NULL;
ALTER TABLE dumps ALTER COLUMN warnings DROP DEFAULT;
ALTER TABLE dumps ALTER COLUMN warnings SET NOT NULL;
COMMENT ON COLUMN dumps.encoding IS 'Character encoding that it was decoded from, or docx or rtf; NULL where it is no text';
COMMENT ON COLUMN dumps.offset_unit IS 'What spans in it count: characters of the decoded text, or bytes or rows';
COMMENT ON COLUMN dumps.warnings IS 'What was found amiss in sentences, e.g. a declared number of articles that differs';

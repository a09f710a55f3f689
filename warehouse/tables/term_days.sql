-- term_days: one row a day and term: in how many stories of the day threading met it

CREATE TABLE term_days (
    day DATE NOT NULL,
    term UINTEGER NOT NULL,
    stories BIGINT NOT NULL
);

COMMENT ON TABLE term_days IS
    'Document frequencies by day: how rare a term is, and whether it comes in bursts or recurs at an even pace.';

COMMENT ON COLUMN term_days.day IS 'Day of publication';
COMMENT ON COLUMN term_days.term IS '32-bit hash of the term';
COMMENT ON COLUMN term_days.stories IS 'Stories of that day whose vector has it';

-- runs: one row a run, that is one execution of a flow

CREATE TABLE runs (
    run_id VARCHAR NOT NULL,
    flow VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    state VARCHAR NOT NULL,
    counts MAP(VARCHAR, BIGINT),
    seconds MAP(VARCHAR, DOUBLE),
    parameters JSON,
    program_version VARCHAR,
    model VARCHAR,
    ontology VARCHAR,
    error VARCHAR
);

COMMENT ON TABLE runs IS
    'Executions of flows, one row each: when, how it ended, what it counted, how long each stage took, and with which versions.';

COMMENT ON COLUMN runs.run_id IS 'Identifier of the run';
COMMENT ON COLUMN runs.flow IS 'Name of the flow';
COMMENT ON COLUMN runs.started_at IS 'When it began, UTC';
COMMENT ON COLUMN runs.finished_at IS 'When it ended, UTC; NULL while it runs';
COMMENT ON COLUMN runs.state IS 'running, completed, failed or cancelled';
COMMENT ON COLUMN runs.counts IS 'Rows by stage: counts[''articles''] and the like';
COMMENT ON COLUMN runs.seconds IS 'Seconds by stage';
COMMENT ON COLUMN runs.parameters IS 'Parameters that the flow was called with';
COMMENT ON COLUMN runs.program_version IS 'Version of newsmill';
COMMENT ON COLUMN runs.model IS 'Name and version of the spaCy model';
COMMENT ON COLUMN runs.ontology IS 'Version of the ontology of event types';
COMMENT ON COLUMN runs.error IS 'What went wrong, where the run failed';

-- Dumps, and what of them could not be used. Rows that are there already are left as they are.
CREATE OR REPLACE TEMP TABLE new_dumps AS
SELECT dump_id FROM staged_dumps WHERE dump_id NOT IN (SELECT dump_id FROM dumps);

INSERT INTO dumps BY NAME
SELECT s.*, r.run_id, r.loaded_at
FROM staged_dumps AS s
SEMI JOIN new_dumps AS n ON n.dump_id = s.dump_id
CROSS JOIN current_run AS r
ORDER BY s.path, s.dump_id;

CREATE OR REPLACE TEMP TABLE new_rejects AS
SELECT s.* FROM staged_rejects AS s
ANTI JOIN rejects AS known
    ON known.dump_id = s.dump_id
    AND known.char_start = s.char_start
    AND known.char_end = s.char_end
    AND known.reason = s.reason;

INSERT INTO rejects BY NAME
SELECT n.*, r.run_id
FROM new_rejects AS n
CROSS JOIN current_run AS r
ORDER BY n.dump_id, n.char_start;

INSERT INTO containers BY NAME
SELECT DISTINCT s.container_sha256, s.container_path, r.run_id
FROM staged_containers AS s
ANTI JOIN containers AS known ON known.container_sha256 = s.container_sha256
CROSS JOIN current_run AS r
ORDER BY s.container_sha256;

-- Version 1 is the first schema: tables/ and aggregates/ as they were first released. There is
-- nothing before it to bring forward, so this file has no statement.
SELECT 1;

-- names: what countries and types of event are called

SELECT 'country' AS kind, country AS code, NULL AS mode, name FROM countries
UNION ALL
SELECT 'type', event_type, event_mode, name FROM event_types WHERE name IS NOT NULL;

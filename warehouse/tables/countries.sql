-- countries: one row a country, with its code in the schemes that other event data use

CREATE TABLE countries (
    country VARCHAR NOT NULL,
    alpha2 VARCHAR,
    name VARCHAR NOT NULL,
    fips VARCHAR,
    cameo VARCHAR,
    cow SMALLINT
);

COMMENT ON TABLE countries IS
    'Country codes: ISO 3166-1 alpha-3 as used here, beside the codes of GDELT, CAMEO and Correlates of War.';

COMMENT ON COLUMN countries.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN countries.alpha2 IS 'ISO 3166-1 alpha-2';
COMMENT ON COLUMN countries.name IS 'English name';
COMMENT ON COLUMN countries.fips IS 'FIPS 10-4 code, which GDELT uses for places';
COMMENT ON COLUMN countries.cameo IS 'CAMEO code, which GDELT uses for actors';
COMMENT ON COLUMN countries.cow IS 'Correlates of War state number, which POLECAT uses';

-- The levels of the organisation, highest first; hosts, teams, shops and funds hang on them.
CREATE FUNCTION core.org_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN '{city,county,street,community,grid,building,household}'::text[];

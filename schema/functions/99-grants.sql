-- The daemon's role may call the functions of api and do nothing else.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA core, op, api FROM PUBLIC;
GRANT USAGE ON SCHEMA api TO lovebankd;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO lovebankd;

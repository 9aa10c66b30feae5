-- Whether a volunteer number could be somebody's mobile phone number: 11 digits from 13 to 19.
CREATE FUNCTION core.looks_like_phone(number bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN number BETWEEN 13000000000 AND 19999999999;

-- The business date of a moment.
CREATE FUNCTION core.shanghai_date(moment timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN (moment AT TIME ZONE 'Asia/Shanghai')::date;

-- What a volunteer has redeemed today stands on the account that the redemption changes anyway, not in a row of its own for each day,
-- which nobody read any more on the next. daily_use keeps the tills' days.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

ALTER TABLE ledger.account
	ADD redeemed_on date,                      -- the last day on which its owner redeemed points; NULL: never
	ADD redeemed    bigint NOT NULL DEFAULT 0, -- how many that day; refunds do not give them back
	ALTER redeemed_on SET STATISTICS 10,
	ALTER redeemed SET STATISTICS 10;

UPDATE ledger.account a SET redeemed_on = d.day, redeemed = d.points
	FROM (SELECT DISTINCT ON (x.id) x.id, x.day, x.points FROM ledger.daily_use x WHERE x.kind = 'v' ORDER BY x.id, x.day DESC) AS d
	WHERE a.owner = d.id AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted;

DELETE FROM ledger.daily_use WHERE kind = 'v';
ALTER TABLE ledger.daily_use DROP COLUMN kind;
ALTER TABLE ledger.daily_use RENAME id TO operator;
ALTER TABLE ledger.daily_use ALTER operator TYPE int, ADD PRIMARY KEY (operator, day);

INSERT INTO ledger.migration (number) VALUES (6);

-- Volunteers are counted by the requests that added them: op.ledger_status reads those that have come since it last counted.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

CREATE INDEX volunteer_request ON ledger.volunteer (request);

INSERT INTO ledger.migration (number) VALUES (5);

-- The schemas of the functions are made anew each time; the types that functions pass to each other come first.

DROP SCHEMA IF EXISTS api, op, core CASCADE;
SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';
SET check_function_bodies = off;
CREATE SCHEMA core;
CREATE SCHEMA op;
CREATE SCHEMA api;

-- Who calls which operation, and where their grants for it reach.
CREATE TYPE core.caller AS (
	operator    int,
	person      int,
	kid         text,
	op          text,
	nodes       ltree[],      -- paths of the nodes granted to this key for this operation
	request     bigint,       -- number the request will have; NULL in reads
	recorded_at timestamptz,  -- of its first entry or leaf; NULL in reads
	today       date,         -- in Shanghai
	personal    jsonb         -- opened personal values of the request: {commitment: {"salt": .., "value": ..}}
);

-- What a function says: code NULL means done.
CREATE TYPE core.outcome AS (
	code   text,
	field  text,
	params jsonb,
	result jsonb,
	leaves jsonb              -- array of leaf bodies, commands only
);

-- A line of an entry that is about to be posted.
CREATE TYPE core.line AS (
	entry       int,          -- which entry of this call, from 1
	account     bigint,
	amount      bigint,       -- debit positive, credit negative
	fund        int,          -- node of the fund it belongs to; 0 in the points book
	lots        bigint[],
	lot_amounts bigint[]
);

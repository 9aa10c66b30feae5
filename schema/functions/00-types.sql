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

-- What a function says: code NULL means done. Leaves as text are a line each, canonical but for author, request and version, which the
-- daemon writes where it finds a TAB (canonical JSON holds none): the members before "kid", those up to "request", the rest; none has a
-- comma at its ends. A line that begins with FF is a shape of the leaves after it: FF and a letter stand in it for a value, 'a' the first,
-- and each of those lines holds their values, parted by TABs.
CREATE TYPE core.outcome AS (
	code   text,
	field  text,
	params jsonb,
	result jsonb,
	leaves jsonb,             -- array of leaf bodies, commands only; or
	lines  text,              -- the same as text: of commands with many leaves; and
	count  int                -- how many they are
);

-- What a command is answered with: see api.commands.
CREATE TYPE core.said AS (
	place  int,
	answer text,
	result text,
	first  bigint,
	leaves text,
	count  int
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

-- A redemption that is judged, with what it is about as its batch found it.
CREATE TYPE core.redeeming AS (
	place           int,      -- in the batch
	jti             uuid,
	hash            bytea,
	code            text,     -- as asked: shop, volunteer, points, goods
	volunteer       bigint,
	points          bigint,
	goods           text,
	fault           text,     -- of its lifetime
	operator        int,      -- NULL: unknown key
	seen            bigint,   -- request of the same key and jti
	shop            int,      -- NULL: none of that code
	path            ltree,
	unsettled_limit bigint,
	shop_account    bigint,   -- NULL: not opened yet
	shop_balance    bigint,   -- before the batch; of one that is taken: after it
	shop_version    bigint,
	known           boolean,  -- the volunteer
	purse           bigint,   -- P2100 of the volunteer
	balance         bigint,   -- as the shop's
	version         bigint,
	used            bigint,   -- by the volunteer today
	lots            bigint[], -- of the purse that live, the first to expire first, some of them; of one that is taken: what it spends
	amounts         bigint[], -- what remains of each; of one that is taken: what is spent, signed like a balance of the lot
	lots_text       text      -- of one that is taken: as they stand in its leaf
);

-- A key that redeems.
CREATE TYPE core.till AS (
	revoked boolean,
	nodes   ltree[],          -- where it may redeem; NULL: nowhere
	used    bigint            -- points today
);

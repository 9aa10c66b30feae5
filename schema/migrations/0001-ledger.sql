-- The ledger's tables. Everything posted is append-only: a change of state is a new row in a table of its own.
-- Rules live in the functions; here stand the shapes, the references, and what must be unique for ever.
-- Rows of the hot path (postings, lots, records, redemptions) carry no foreign keys: each check would lock the row
-- that it looks at. The functions make them by joining what they refer to.
-- Amounts are whole minor units (points; fen), debit positive. Node, volunteer and entry numbers are the public ones.

-- Functions find everything by its full name, and the operators of ltree in the schema ledger.
-- No JIT: it cost a fifth of a set-based batch.
DO $$
BEGIN
	EXECUTE format('ALTER DATABASE %I SET search_path = ledger, pg_catalog', current_database());
	EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
	EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
END $$;
SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

CREATE SCHEMA ledger;
CREATE EXTENSION ltree SCHEMA ledger;

CREATE TABLE ledger.migration (
	number     int PRIMARY KEY,
	applied_at timestamptz NOT NULL DEFAULT now()
);

-- One row: which ledger this database is.
CREATE TABLE ledger.identity (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	aud  text NOT NULL CHECK (aud ~ '^[a-z0-9.-]{1,100}$')
);

-- ---------------------------------------------------------------- evidence

-- Every signed request that was carried out. The compact JWS is base64url of protected, payload and signature.
CREATE TABLE ledger.request (
	number      bigint PRIMARY KEY,
	leaf_first  bigint NOT NULL,            -- its leaves are leaf_first .. leaf_first + leaf_count - 1
	recorded_at timestamptz NOT NULL,       -- strictly increasing
	operator    int NOT NULL,               -- 0: the ledger itself (its first administrator's enrolment)
	leaf_count  int NOT NULL CHECK (leaf_count > 0),
	jti         uuid NOT NULL,              -- 128 random bits
	op          text NOT NULL,
	hash        bytea NOT NULL,             -- SHA-256 of the compact JWS
	protected   bytea NOT NULL,
	payload     bytea NOT NULL,
	signature   bytea NOT NULL,
	result      jsonb NOT NULL              -- the answer, given again when the same bytes come again
);
CREATE UNIQUE INDEX request_once ON ledger.request (operator, jti);

-- The log: canonical leaves in commit order, full tiles of their RFC 6962 tree, a checkpoint for each commit.
CREATE TABLE ledger.leaf (
	index bigint PRIMARY KEY,
	body  bytea NOT NULL CHECK (octet_length(body) <= 16384)
);
CREATE TABLE ledger.tile (
	level  smallint,
	index  bigint,
	hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
	PRIMARY KEY (level, index)
);
ALTER TABLE ledger.tile ALTER hashes SET STORAGE EXTERNAL;   -- hashes do not compress
CREATE TABLE ledger.checkpoint (
	size      bigint PRIMARY KEY,
	root      bytea NOT NULL CHECK (octet_length(root) = 32),
	signature bytea NOT NULL CHECK (octet_length(signature) = 64)
);

-- ---------------------------------------------------------------- erasable

-- Personal values. Other tables, requests and leaves hold the commitment only.
CREATE TABLE ledger.personal (
	commitment bytea PRIMARY KEY CHECK (octet_length(commitment) = 32),
	salt       bytea NOT NULL,
	value      text NOT NULL
);
-- Digests of imported files (a digest of few rows can be guessed, so it is personal too).
CREATE TABLE ledger.import_file (
	op      text,
	digest  text,
	request bigint NOT NULL,
	PRIMARY KEY (op, digest)
);

-- ---------------------------------------------------------------- organisation, people, authority

CREATE TABLE ledger.node (
	id      int PRIMARY KEY,
	parent  int REFERENCES ledger.node,
	kind    text NOT NULL CHECK (kind IN ('city', 'county', 'street', 'community', 'grid', 'building', 'household', 'host', 'team', 'shop', 'fund')),
	code    text NOT NULL UNIQUE,
	name    text NOT NULL,
	path    ltree NOT NULL UNIQUE,
	request bigint NOT NULL
);
CREATE INDEX node_path ON ledger.node USING gist (path);
CREATE INDEX node_parent ON ledger.node (parent);

CREATE TABLE ledger.person (
	id      int PRIMARY KEY,
	name    bytea,          -- commitment
	request bigint NOT NULL
);
CREATE TABLE ledger.operator (
	id      int PRIMARY KEY,
	person  int NOT NULL REFERENCES ledger.person,
	kid     text NOT NULL UNIQUE,
	jwk     jsonb NOT NULL,
	request bigint NOT NULL
);
CREATE TABLE ledger.operator_revocation (
	operator int PRIMARY KEY REFERENCES ledger.operator,
	reason   text NOT NULL,
	request  bigint NOT NULL
);
CREATE TABLE ledger.role_grant (
	id       int PRIMARY KEY,
	operator int NOT NULL REFERENCES ledger.operator,
	role     text NOT NULL,
	node     int NOT NULL REFERENCES ledger.node,
	request  bigint NOT NULL
);
CREATE INDEX role_grant_operator ON ledger.role_grant (operator);
CREATE TABLE ledger.role_revocation (
	role_grant int PRIMARY KEY REFERENCES ledger.role_grant,
	request    bigint NOT NULL
);

CREATE TABLE ledger.team (
	node    int PRIMARY KEY REFERENCES ledger.node,
	colour  text NOT NULL CHECK (colour IN ('red', 'orange', 'blue', 'green', 'white')),
	request bigint NOT NULL
);
CREATE TABLE ledger.volunteer (
	number    bigint PRIMARY KEY,   -- random, never an identity-card number
	community int NOT NULL REFERENCES ledger.node,
	name      bytea NOT NULL,       -- commitments
	phone     bytea,
	request   bigint NOT NULL
);
CREATE INDEX volunteer_community ON ledger.volunteer (community, number);

-- ---------------------------------------------------------------- accounts and entries

CREATE TABLE ledger.chart (
	number  text PRIMARY KEY,
	book    text NOT NULL CHECK (book IN ('points', 'money')),
	side    text NOT NULL CHECK (side IN ('debit', 'credit')),
	owner   text NOT NULL CHECK (owner IN ('scheme', 'volunteer', 'pool', 'shop', 'fund')),
	name    text NOT NULL,
	name_en text NOT NULL,
	edition date NOT NULL
);

CREATE TABLE ledger.purpose (
	id      int PRIMARY KEY,
	label   text NOT NULL UNIQUE,
	request bigint NOT NULL
);

-- An account is a number and an owner, in net assets, income and cost also restriction and purpose.
-- balance and version are those of its last posting.
CREATE TABLE ledger.account (
	id         bigint PRIMARY KEY,
	owner      bigint NOT NULL,           -- volunteer number; node of shop or fund; 0 the scheme
	balance    bigint NOT NULL DEFAULT 0,
	version    bigint NOT NULL DEFAULT 0,
	purpose    int NOT NULL DEFAULT 0,    -- 0: none
	restricted boolean NOT NULL DEFAULT false,
	number     text NOT NULL REFERENCES ledger.chart
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX account_name ON ledger.account (owner, number, purpose, restricted);

CREATE TABLE ledger.entry (
	number      bigint PRIMARY KEY,       -- without a gap
	recorded_at timestamptz NOT NULL,     -- strictly increasing
	request     bigint NOT NULL,
	reverses    bigint UNIQUE,
	occurred_on date NOT NULL,
	kind        text NOT NULL,
	book        text NOT NULL CHECK (book IN ('points', 'money'))
);
CREATE INDEX entry_request ON ledger.entry (request);

CREATE TABLE ledger.posting (
	account     bigint NOT NULL,
	version     bigint NOT NULL,
	entry       bigint NOT NULL,
	amount      bigint NOT NULL CHECK (amount <> 0),
	balance     bigint NOT NULL,
	line        smallint NOT NULL,
	lots        bigint[],                 -- the lots it moves, and how much of each (signed like a balance of the lot)
	lot_amounts bigint[],
	PRIMARY KEY (account, version)
);
CREATE INDEX posting_entry ON ledger.posting (entry, line);

-- Points come and go in lots, the one that expires first is spent first.
CREATE TABLE ledger.lot (
	id         bigint PRIMARY KEY,
	account    bigint NOT NULL,
	entry      bigint NOT NULL,           -- that made it
	amount     bigint NOT NULL CHECK (amount > 0),
	remaining  bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount),
	expires_on date NOT NULL              -- lives to the end of this day in Shanghai
) WITH (fillfactor = 70);
CREATE INDEX lot_account ON ledger.lot (account, expires_on, id);

-- ---------------------------------------------------------------- points

CREATE TABLE ledger.rule (
	id                     int PRIMARY KEY,
	effective_from         date NOT NULL,
	points                 int NOT NULL,    -- points for so many minutes
	minutes                int NOT NULL,
	daily_minutes          int NOT NULL,    -- that bear points, per volunteer and day
	lot_days               int NOT NULL,
	fen_per_point          bigint NOT NULL, -- what a captured point costs the shop's fund
	till_daily_points      bigint NOT NULL,
	volunteer_daily_points bigint NOT NULL,
	request                bigint NOT NULL
);
CREATE INDEX rule_from ON ledger.rule (effective_from, id);

CREATE TABLE ledger.activity (
	id        bigint PRIMARY KEY,
	team      int NOT NULL REFERENCES ledger.team,
	community int NOT NULL REFERENCES ledger.node,   -- served
	name      text NOT NULL,
	place     text,
	content   text,
	category  text NOT NULL,
	in_charge bytea,                -- commitment
	served    int NOT NULL,         -- people
	person    int NOT NULL,         -- who recorded
	request   bigint NOT NULL
);
CREATE INDEX activity_team ON ledger.activity (team, id);
CREATE INDEX activity_community ON ledger.activity (community, id);
CREATE TABLE ledger.service_record (
	id        bigint PRIMARY KEY,
	activity  bigint NOT NULL,
	volunteer bigint NOT NULL,
	starts_at timestamptz NOT NULL,
	ends_at   timestamptz NOT NULL,
	minutes   int NOT NULL CHECK (minutes > 0),
	request   bigint NOT NULL,
	CHECK (ends_at > starts_at)
);
CREATE INDEX service_record_activity ON ledger.service_record (activity, id);
CREATE INDEX service_record_volunteer ON ledger.service_record (volunteer, starts_at);
CREATE TABLE ledger.service_decision (
	record           bigint PRIMARY KEY,
	confirmed        boolean NOT NULL,      -- false: rejected
	credited_minutes int NOT NULL,          -- that bore points under the daily cap
	points           bigint NOT NULL,
	entry            bigint,                -- NULL when it gave no points
	person           int NOT NULL,
	reason           text,
	request          bigint NOT NULL
);

CREATE TABLE ledger.shop (
	node            int PRIMARY KEY REFERENCES ledger.node,
	fund            int NOT NULL,          -- that pays its settlements
	unsettled_limit bigint NOT NULL,       -- points it may have unsettled at most
	return_limit    bigint NOT NULL,       -- points it may owe after refunds
	request         bigint NOT NULL
);
CREATE TABLE ledger.redemption (
	entry     bigint PRIMARY KEY,
	shop      int NOT NULL,
	volunteer bigint NOT NULL,
	points    bigint NOT NULL CHECK (points > 0),
	fen       bigint NOT NULL,             -- at the rate of its day
	operator  int NOT NULL,
	goods     text,
	request   bigint NOT NULL
);
CREATE INDEX redemption_shop ON ledger.redemption (shop, entry);
CREATE TABLE ledger.redemption_refund (
	entry      bigint PRIMARY KEY,
	redemption bigint NOT NULL,
	shop       int NOT NULL,
	points     bigint NOT NULL CHECK (points > 0),
	fen        bigint NOT NULL,
	request    bigint NOT NULL
);
CREATE INDEX redemption_refund_of ON ledger.redemption_refund (redemption);
CREATE INDEX redemption_refund_shop ON ledger.redemption_refund (shop, entry);
-- Running totals for the daily caps: kind 't' operator of a till, 'v' volunteer. Derived; yesterday's rows are of no use.
CREATE TABLE ledger.daily_use (
	id     bigint,
	day    date,
	kind   "char",
	points bigint NOT NULL,
	PRIMARY KEY (id, day, kind)
) WITH (fillfactor = 70);

CREATE TABLE ledger.settlement (
	id         bigint PRIMARY KEY,
	shop       int NOT NULL REFERENCES ledger.shop,
	fund       int NOT NULL,
	from_entry bigint NOT NULL,            -- redemptions and refunds with from_entry < entry <= upto_entry
	upto_entry bigint NOT NULL,
	points     bigint NOT NULL,
	fen        bigint NOT NULL,
	person     int NOT NULL,
	request    bigint NOT NULL
);
CREATE INDEX settlement_shop ON ledger.settlement (shop, upto_entry);
CREATE TABLE ledger.settlement_approval (
	settlement bigint REFERENCES ledger.settlement,
	ordinal    int CHECK (ordinal IN (1, 2)),
	person     int NOT NULL,
	entry      bigint,                     -- of the second one: 5101 / 2202
	request    bigint NOT NULL,
	PRIMARY KEY (settlement, ordinal)
);
CREATE TABLE ledger.settlement_payment (
	settlement     bigint PRIMARY KEY REFERENCES ledger.settlement,
	entry          bigint NOT NULL,        -- 2202 / 1002
	points_entry   bigint NOT NULL,        -- P2400 / P3300
	bank_reference text NOT NULL,
	paid_on        date NOT NULL,
	person         int NOT NULL,
	request        bigint NOT NULL
);

-- ---------------------------------------------------------------- money

CREATE TABLE ledger.fund (
	node        int PRIMARY KEY REFERENCES ledger.node,
	host        int NOT NULL REFERENCES ledger.node,
	kind        text NOT NULL CHECK (kind IN ('general', 'community', 'micro', 'designated', 'named')),
	min_balance bigint NOT NULL,
	opened_on   date NOT NULL,
	request     bigint NOT NULL
);
CREATE INDEX fund_host ON ledger.fund (host);
CREATE UNIQUE INDEX fund_general ON ledger.fund (host) WHERE kind = 'general';
ALTER TABLE ledger.shop ADD FOREIGN KEY (fund) REFERENCES ledger.fund;
ALTER TABLE ledger.settlement ADD FOREIGN KEY (fund) REFERENCES ledger.fund;
CREATE TABLE ledger.fund_opening (
	entry   bigint PRIMARY KEY REFERENCES ledger.entry,
	fund    int NOT NULL REFERENCES ledger.fund,
	amount  bigint NOT NULL,
	request bigint NOT NULL
);
CREATE TABLE ledger.fund_transfer (
	entry     bigint PRIMARY KEY REFERENCES ledger.entry,
	kind      text NOT NULL CHECK (kind IN ('seed', 'charge', 'transfer')),
	from_fund int NOT NULL REFERENCES ledger.fund,
	to_fund   int NOT NULL REFERENCES ledger.fund,
	amount    bigint NOT NULL,
	note      text,
	person    int NOT NULL,
	request   bigint NOT NULL
);
CREATE TABLE ledger.campaign (
	id        int PRIMARY KEY,
	code      text NOT NULL UNIQUE,
	fund      int NOT NULL REFERENCES ledger.fund,
	filing_no text NOT NULL,
	name      text NOT NULL,
	starts_on date NOT NULL,
	ends_on   date NOT NULL,
	request   bigint NOT NULL,
	CHECK (ends_on >= starts_on)
);
CREATE INDEX campaign_fund ON ledger.campaign (fund);
CREATE TABLE ledger.income (
	entry          bigint PRIMARY KEY REFERENCES ledger.entry,
	fund           int NOT NULL REFERENCES ledger.fund,
	channel        text NOT NULL,
	campaign       int REFERENCES ledger.campaign,
	purpose        int NOT NULL,           -- 0: unrestricted
	amount         bigint NOT NULL,
	donor          bytea,                  -- commitment
	donor_kind     text NOT NULL,
	anonymous      boolean NOT NULL,
	bank_reference text,
	note           text,
	person         int NOT NULL,
	request        bigint NOT NULL
);
CREATE TABLE ledger.disbursement (
	id         bigint PRIMARY KEY,
	fund       int NOT NULL REFERENCES ledger.fund,
	purpose    int NOT NULL,               -- what it is for; 0: anything
	amount     bigint NOT NULL,
	payee      bytea NOT NULL,             -- commitment
	payee_kind text NOT NULL,
	resolution text NOT NULL,              -- reference of the committee's resolution
	content    text NOT NULL,
	person     int NOT NULL,
	requested_on date NOT NULL,
	request    bigint NOT NULL
);
CREATE INDEX disbursement_fund ON ledger.disbursement (fund, id);
CREATE TABLE ledger.disbursement_approval (
	disbursement bigint REFERENCES ledger.disbursement,
	ordinal      int CHECK (ordinal IN (1, 2)),
	person       int NOT NULL,
	entry        bigint,                   -- of the second one: 5101 / 2209 and the release
	request      bigint NOT NULL,
	PRIMARY KEY (disbursement, ordinal)
);
CREATE TABLE ledger.disbursement_payment (
	disbursement   bigint PRIMARY KEY REFERENCES ledger.disbursement,
	entry          bigint NOT NULL,        -- 2209 / 1002
	bank_reference text NOT NULL,
	paid_on        date NOT NULL,
	person         int NOT NULL,
	request        bigint NOT NULL
);
CREATE TABLE ledger.entry_reversal (
	entry   bigint PRIMARY KEY REFERENCES ledger.entry,
	reason  text NOT NULL,
	person  int NOT NULL,
	request bigint NOT NULL
);

-- ---------------------------------------------------------------- nothing posted is ever changed

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% of ledger.% is refused: what is posted is never changed', TG_OP, TG_TABLE_NAME
		USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE t text;
BEGIN
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename NOT IN ('account', 'lot', 'daily_use', 'personal', 'import_file') LOOP
		EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', t);
	END LOOP;
END $$;
-- An account and a lot keep their names; only what the last posting left behind moves.
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF id, number, owner, purpose, restricted ON ledger.account
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF id, account, entry, amount, expires_on ON ledger.lot
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.account FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.lot FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- ---------------------------------------------------------------- chart of accounts, edition 2025

INSERT INTO ledger.chart (number, book, side, owner, name, name_en, edition) VALUES
	('P1000', 'points', 'debit',  'scheme',    '已发行积分',     'points issued',               '2025-01-01'),
	('P2100', 'points', 'credit', 'volunteer', '可用积分',       'points available',            '2025-01-01'),
	('P2200', 'points', 'credit', 'volunteer', '冻结积分',       'points held',                 '2025-01-01'),
	('P2300', 'points', 'credit', 'pool',      '家庭积分',       'family pool',                 '2025-01-01'),
	('P2400', 'points', 'credit', 'shop',      '待结算积分',     'points unsettled at a shop',  '2025-01-01'),
	('P2500', 'points', 'credit', 'pool',      '公共积分池',     'public pool',                 '2025-01-01'),
	('P2900', 'points', 'debit',  'volunteer', '追缴欠分',       'claw-back debt',              '2025-01-01'),
	('P3100', 'points', 'credit', 'scheme',    '过期积分',       'points expired',              '2025-01-01'),
	('P3300', 'points', 'credit', 'scheme',    '已结算积分',     'points settled',              '2025-01-01'),
	('1001',  'money',  'debit',  'fund',      '库存现金',       'cash',                        '2025-01-01'),
	('1002',  'money',  'debit',  'fund',      '银行存款',       'bank',                        '2025-01-01'),
	('1009',  'money',  'debit',  'fund',      '其他货币资金',   'in transit',                  '2025-01-01'),
	('1122',  'money',  'debit',  'fund',      '其他应收款',     'other receivables',           '2025-01-01'),
	('1201',  'money',  'debit',  'fund',      '存货-捐赠物资',  'donated goods',               '2025-01-01'),
	('1891',  'money',  'debit',  'fund',      '受托代理资产',   'agency assets',               '2025-01-01'),
	('2202',  'money',  'credit', 'fund',      '应付超市款',     'payable to shops',            '2025-01-01'),
	('2206',  'money',  'credit', 'fund',      '应交税金',       'taxes',                       '2025-01-01'),
	('2209',  'money',  'credit', 'fund',      '其他应付款',     'other payable',               '2025-01-01'),
	('2401',  'money',  'credit', 'fund',      '预计负债',       'provision',                   '2025-01-01'),
	('2601',  'money',  'credit', 'fund',      '受托代理负债',   'agency liability',            '2025-01-01'),
	('3101',  'money',  'credit', 'fund',      '非限定性净资产', 'unrestricted net assets',     '2025-01-01'),
	('3102',  'money',  'credit', 'fund',      '限定性净资产',   'restricted net assets',       '2025-01-01'),
	('3199',  'money',  'credit', 'fund',      '基金间往来',     'between funds of one host',   '2025-01-01'),
	('4101',  'money',  'credit', 'fund',      '捐赠收入',       'donations',                   '2025-01-01'),
	('4301',  'money',  'credit', 'fund',      '提供服务收入',   'service income',              '2025-01-01'),
	('4401',  'money',  'credit', 'fund',      '政府补助收入',   'grants',                      '2025-01-01'),
	('4501',  'money',  'credit', 'fund',      '商品销售收入',   'sales',                       '2025-01-01'),
	('4901',  'money',  'credit', 'fund',      '其他收入',       'other income',                '2025-01-01'),
	('5101',  'money',  'debit',  'fund',      '业务活动成本',   'programme cost',              '2025-01-01'),
	('5201',  'money',  'debit',  'fund',      '管理费用',       'management',                  '2025-01-01'),
	('5301',  'money',  'debit',  'fund',      '筹资费用',       'fundraising',                 '2025-01-01'),
	('5401',  'money',  'debit',  'fund',      '其他费用',       'other cost',                  '2025-01-01');

INSERT INTO ledger.migration (number) VALUES (1);

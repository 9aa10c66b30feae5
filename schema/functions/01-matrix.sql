-- Who may do what: role by operation. Where is decided by the grant's node: one named field of each operation must lie
-- under it, and each operation's function checks that. Part of the program like the functions.
CREATE TABLE core.matrix (
	role text,
	op   text,
	PRIMARY KEY (role, op)
);

INSERT INTO core.matrix (op, role)
SELECT ops.op, unnest(CASE roles WHEN '*' THEN '{administrator,leader,worker,till,manager,treasurer,approver,auditor}'
	ELSE string_to_array(roles, ' ') END)
FROM (VALUES
	-- operators and their roles: whoever governs a part of the tree
	('operator_enrol',       'administrator'),
	('operator_revoke',      'administrator'),
	('operator_list',        'administrator auditor'),
	('operator_rotate',      '*'),
	('role_grant',           'administrator'),
	('role_revoke',          'administrator'),
	-- the organisation, its teams and shops: everybody sees their own part
	('org_add',              'administrator'),
	('org_list',             '*'),
	('org_tree',             '*'),
	('team_add',             'administrator'),
	('team_list',            '*'),
	('shop_add',             'administrator'),
	('shop_list',            '*'),
	-- the register of volunteers; leaders see who served with their team, auditors see masked names
	('volunteer_add',        'worker'),
	('volunteer_import',     'worker'),
	('volunteer_show',       'leader worker auditor'),
	-- erasure of personal values
	('person_erase',         'administrator'),
	('person_purge',         'administrator'),
	-- rules of points, of the whole ledger
	('rule_set',             'administrator'),
	('rule_show',            '*'),
	-- service: the leader records, the worker of the community served decides
	('service_record',       'leader'),
	('service_confirm',      'worker'),
	('service_reject',       'worker'),
	('service_list',         'leader worker auditor'),
	-- points: a till never sees what a volunteer has; a worker redeems for those who come to the desk
	('points_show',          'worker auditor'),
	('points_history',       'worker auditor'),
	('redemption_make',      'worker till'),
	('redemption_refund',    'worker till'),
	('redemption_list',      'worker till manager auditor'),
	-- settlement: the shop claims, two of the committee approve, the treasurer pays
	('settlement_claim',     'manager'),
	('settlement_approve',   'approver'),
	('settlement_pay',       'treasurer'),
	('settlement_list',      'till manager treasurer approver auditor'),
	-- funds: set up by administrators, their money moved by treasurers
	('fund_open',            'administrator treasurer'),   -- a treasurer only with an opening balance, an administrator only without
	('fund_transfer',        'treasurer'),
	('fund_list',            'administrator worker treasurer approver auditor'),
	('fund_balance',         'worker treasurer approver auditor'),
	('fund_rollup',          'worker treasurer approver auditor'),
	('fund_statement',       'worker treasurer approver auditor'),
	('campaign_open',        'treasurer'),
	('campaign_list',        'treasurer approver auditor'),
	('income_receive',       'treasurer'),
	('income_import',        'treasurer'),
	('income_list',          'treasurer approver auditor'),
	('disbursement_request', 'treasurer'),
	('disbursement_approve', 'approver'),
	('disbursement_pay',     'treasurer'),
	('disbursement_list',    'treasurer approver auditor'),
	-- the journal: everybody who answers for a part of it, within that part
	('entry_show',           'worker manager treasurer approver auditor'),
	('entry_list',           'worker manager treasurer approver auditor'),
	('entry_reverse',        'treasurer'),
	('ledger_trial_balance', 'treasurer approver auditor'),
	('ledger_journal',       'treasurer approver auditor'),
	('ledger_status',        '*'),
	-- evidence: for auditors the whole of their part, for everybody the receipts of what they did, and the ledger's keys
	('ledger_leaves',        'auditor'),
	('ledger_requests',      'auditor'),
	('ledger_rows',          'auditor'),
	('receipt_show',         '*'),
	('ledger_keys',          '*'),
	('ledger_key_add',       'administrator'),
	('ledger_key_end',       'administrator')
) AS ops (op, roles);

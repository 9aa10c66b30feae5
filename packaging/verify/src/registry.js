/* Who and what the leaves have registered so far, in log order: organisation, purposes, funds, people's keys, the ledger's keys. */
"use strict";

/* Which roles may do what, as the program has it (schema/functions/01-matrix.sql): commands only. */
const ALL_ROLES = ["administrator", "leader", "worker", "till", "manager", "treasurer", "approver", "auditor"];
const MATRIX = {
	operator_enrol: ["administrator"],
	operator_revoke: ["administrator"],
	operator_rotate: ALL_ROLES,
	role_grant: ["administrator"],
	role_revoke: ["administrator"],
	org_add: ["administrator"],
	team_add: ["administrator"],
	shop_add: ["administrator"],
	volunteer_add: ["worker"],
	volunteer_import: ["worker"],
	person_erase: ["administrator"],
	person_purge: ["administrator"],
	rule_set: ["administrator"],
	service_record: ["leader"],
	service_confirm: ["worker"],
	service_reject: ["worker"],
	redemption_make: ["worker", "till"],
	redemption_refund: ["worker", "till"],
	settlement_claim: ["manager"],
	settlement_approve: ["approver"],
	settlement_pay: ["treasurer"],
	fund_open: ["administrator", "treasurer"],
	fund_transfer: ["treasurer"],
	campaign_open: ["treasurer"],
	income_receive: ["treasurer"],
	income_import: ["treasurer"],
	disbursement_request: ["treasurer"],
	disbursement_approve: ["approver"],
	disbursement_pay: ["treasurer"],
	entry_reverse: ["treasurer"],
	ledger_key_add: ["administrator"],
	ledger_key_end: ["administrator"],
};

/* What kind of entry a command posts; all its other leaves are of the command's own name. */
const ENTRY_OF = {
	service_confirm: "service_credit",
	redemption_make: "redemption",
	redemption_refund: "redemption_refund",
	fund_open: "fund_opening",
	fund_transfer: "fund_transfer",
	income_receive: "income",
	income_import: "income",
	disbursement_approve: "disbursement_approval",
	disbursement_pay: "disbursement_payment",
	settlement_approve: "settlement_approval",
	settlement_pay: "settlement_payment",
	entry_reverse: "entry_reversal",
};

class Registry {
	constructor() {
		this.aud = null;
		this.nodes = new Map();
		this.purposes = new Map();
		this.funds = new Map();
		this.operators = new Map();
		this.byKid = new Map();
		this.grants = new Map();
		this.ledgerKeys = new Map();
	}

	/* Takes over the rows of a leaf. */
	learn(index, leaf) {
		const rows = leaf.rows || {};
		const each = (table, fn) => Array.isArray(rows[table]) && rows[table].forEach((row) => row && typeof row === "object" && fn(row));
		each("identity", (row) => (this.aud = row.aud));
		each("node", (row) => this.nodes.set(row.id, row));
		each("purpose", (row) => this.purposes.set(row.id, row.label));
		each("fund", (row) => this.funds.set(row.node, { host: row.host, leaf: index }));
		each("operator", (row) => {
			const operator = { ...row, enrolled: index, revoked: null, grants: [] };
			this.operators.set(row.id, operator);
			this.byKid.set(row.kid, operator);
		});
		each("operator_revocation", (row) => this.end(this.operators.get(row.operator), "revoked", index));
		each("role_grant", (row) => {
			const grant = { ...row, granted: index, revoked: null };
			this.grants.set(row.id, grant);
			this.operators.get(row.operator)?.grants.push(grant);
		});
		each("role_revocation", (row) => this.end(this.grants.get(row.role_grant), "revoked", index));
		each("ledger_key", (row) => this.ledgerKeys.set(row.id, { ...row, added: index, ended: null }));
		each("ledger_key_end", (row) => this.end(this.ledgerKeys.get(row.ledger_key), "ended", index));
	}

	end(item, member, index) {
		if (item) item[member] = index;
	}

	code(node) {
		return this.nodes.get(node)?.code ?? null;
	}

	fundCoded(code) {
		for (const node of this.funds.keys()) if (this.code(node) === code) return node;
		return 0;
	}

	/* Live roles, as of now: the check goes in log order. */
	roles(operator) {
		return [...new Set(operator.grants.filter((grant) => grant.revoked === null).map((grant) => grant.role))];
	}

	/* The key of a use that was in force for a log of that size. */
	inForce(use, kid, size) {
		for (const key of this.ledgerKeys.values())
			if (key.use === use && key.kid === kid && key.added < size && (key.ended === null || key.ended >= size)) return key;
		return null;
	}
}

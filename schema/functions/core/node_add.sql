-- Adds a node below another and returns its row; the caller has decided that it may.
CREATE FUNCTION core.node_add(caller core.caller, parent ledger.node, kind text, code text, name text) RETURNS ledger.node
LANGUAGE plpgsql AS $$
DECLARE
	added ledger.node;
BEGIN
	added.id := core.next_id('ledger.node');
	added.parent := parent.id;
	added.kind := kind;
	added.code := code;
	added.name := name;
	added.path := parent.path || added.id::text;
	added.request := caller.request;
	INSERT INTO ledger.node SELECT added.*;
	RETURN added;
END $$;

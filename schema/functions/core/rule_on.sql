-- The rule in force on a day: the latest that had begun, of two from the same day the later set. All NULL before the first.
CREATE FUNCTION core.rule_on(day date) RETURNS ledger.rule
LANGUAGE plpgsql STABLE AS $$
DECLARE
	rule ledger.rule;
BEGIN
	SELECT r.* INTO rule FROM ledger.rule r WHERE r.effective_from <= day ORDER BY r.effective_from DESC, r.id DESC LIMIT 1;
	RETURN rule;
END $$;

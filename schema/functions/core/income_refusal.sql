-- What is wrong with lines of income: the first fault of the first bad line; code NULL when they are good. bulk: faults name their line.
-- Gifts and grants may be restricted, other income may not; public fundraising needs a campaign of the fund that runs on the day.
CREATE FUNCTION core.income_refusal(caller core.caller, asked jsonb, bulk boolean) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fault record;
BEGIN
	SELECT l.n, f.* INTO fault FROM core.income_lines(caller, asked) l, LATERAL (VALUES
		(1, l.fund IS NULL, 'unknown_fund', 'fund', jsonb_build_object('code', asked -> l.n - 1 ->> 'fund')),
		(2, l.occurred_on > caller.today, 'dated_in_future', 'occurred_on', jsonb_build_object('today', caller.today)),
		(3, l.channel = 'public' AND l.campaign_asked IS NULL, 'campaign_required', 'campaign', NULL),
		(4, l.channel <> 'public' AND l.campaign_asked IS NOT NULL, 'campaign_not_allowed', 'campaign', NULL),
		(5, l.channel = 'public' AND l.campaign IS NULL, 'unknown_campaign', 'campaign', jsonb_build_object('code', l.campaign_asked)),
		(6, l.channel = 'public' AND l.occurred_on NOT BETWEEN l.starts_on AND l.ends_on, 'outside_campaign_window', 'occurred_on',
			jsonb_build_object('starts_on', l.starts_on, 'ends_on', l.ends_on)),
		(7, l.label IS NOT NULL AND l.account NOT IN ('4101', '4401'), 'cannot_be_restricted', 'purpose', NULL),
		(8, l.account IN ('4101', '4401') AND l.donor IS NULL AND NOT l.anonymous, 'donor_required', 'donor', NULL)
	) AS f (place, found, code, field, params)
	WHERE f.found ORDER BY l.n, f.place LIMIT 1;
	IF fault.n IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN core.refuse(fault.code, CASE WHEN bulk THEN format('lines/%s/', fault.n - 1) ELSE '' END || fault.field, fault.params);
END $$;

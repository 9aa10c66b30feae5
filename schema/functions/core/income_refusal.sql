-- What is wrong with lines of income: the first fault of the first bad line; code NULL when they are good. bulk: faults name their line.
-- Gifts and grants may be restricted, other income may not; public fundraising needs a campaign of the fund that runs on the day.
CREATE FUNCTION core.income_refusal(caller core.caller, asked jsonb, bulk boolean) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	bad record;
BEGIN
	SELECT j.* INTO bad FROM (
		SELECT l.*, CASE
			WHEN l.fund IS NULL THEN 'unknown_fund'
			WHEN l.occurred_on > caller.today THEN 'dated_in_future'
			WHEN l.channel = 'public' AND l.campaign_asked IS NULL THEN 'campaign_required'
			WHEN l.channel <> 'public' AND l.campaign_asked IS NOT NULL THEN 'campaign_not_allowed'
			WHEN l.channel = 'public' AND l.campaign IS NULL THEN 'unknown_campaign'
			WHEN l.channel = 'public' AND l.occurred_on NOT BETWEEN l.starts_on AND l.ends_on THEN 'outside_campaign_window'
			WHEN l.label IS NOT NULL AND l.account NOT IN ('4101', '4401') THEN 'cannot_be_restricted'
			WHEN l.account IN ('4101', '4401') AND l.donor IS NULL AND NOT l.anonymous THEN 'donor_required' END AS code
		FROM core.income_lines(caller, asked) AS l) AS j
	WHERE j.code IS NOT NULL ORDER BY j.n LIMIT 1;
	IF bad.n IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN core.refuse(bad.code, CASE WHEN bulk THEN format('lines/%s/', bad.n - 1) ELSE '' END
		|| CASE bad.code WHEN 'unknown_fund' THEN 'fund' WHEN 'cannot_be_restricted' THEN 'purpose' WHEN 'donor_required' THEN 'donor'
			WHEN 'dated_in_future' THEN 'occurred_on' WHEN 'outside_campaign_window' THEN 'occurred_on' ELSE 'campaign' END,
		CASE bad.code WHEN 'unknown_fund' THEN jsonb_build_object('code', asked -> bad.n - 1 ->> 'fund')
			WHEN 'dated_in_future' THEN jsonb_build_object('today', caller.today)
			WHEN 'unknown_campaign' THEN jsonb_build_object('code', bad.campaign_asked)
			WHEN 'outside_campaign_window' THEN jsonb_build_object('starts_on', bad.starts_on, 'ends_on', bad.ends_on) END);
END $$;

-- A row of income as it stands in a leaf, in canonical text. Inlined where it is called.
CREATE FUNCTION core.income_text(i ledger.income) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '"income":[{"amount":"' || (i).amount || '","anonymous":' || (i).anonymous || coalesce(',"bank_reference":' || to_json((i).bank_reference), '')
		|| coalesce(',"campaign":' || (i).campaign, '') || ',"channel":"' || (i).channel || '"'
		|| coalesce(',"donor":"' || core.base64url((i).donor) || '"', '') || ',"donor_kind":"' || (i).donor_kind || '","entry":' || (i).entry
		|| ',"fund":' || (i).fund || coalesce(',"note":' || to_json((i).note), '') || ',"person":' || (i).person
		|| ',"purpose":' || (i).purpose || ',"request":' || (i).request || '}]'
$$;

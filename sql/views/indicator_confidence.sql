-- The confidence of every value in the light of the checks. Both facts of a check share its outcome, also those of two years:
-- it cannot tell which of them is wrong. `confidence` is the parser's own and stays as it is; `checked_confidence` is
--   half of it                          if a check disagrees
--   1 - (1 - confidence) / 2            if a check agrees that says where the value lies (a rate, growth, parts that make the total)
--   1 - (1 - confidence) * 4 / 5        if none but bounds agree
-- and `confidence` where no check came to a result. Values of rank 2 and on, and those of a whole region, are not checked.
SELECT v.document_id, v.revision, v.ordinal, v.report_year, v.indicator_id, v.rank, v.value, v.confidence,
       coalesce(c.checks_agree, 0) AS checks_agree, coalesce(c.checks_disagree, 0) AS checks_disagree,
       CASE WHEN c.checks_disagree > 0 THEN v.confidence / 2
            WHEN c.equalities_agree > 0 THEN 1 - (1 - v.confidence) / 2
            WHEN c.checks_agree > 0 THEN 1 - (1 - v.confidence) * 4 / 5
            ELSE v.confidence END AS checked_confidence
FROM indicator_values v
LEFT JOIN (
  SELECT document_id, ordinal,
         count(DISTINCT CASE WHEN outcome = 'agrees' THEN witness END) AS checks_agree,
         count(DISTINCT CASE WHEN outcome = 'agrees' AND expected_low IS NOT NULL THEN witness END) AS equalities_agree,
         count(DISTINCT CASE WHEN outcome = 'disagrees' THEN witness END) AS checks_disagree
  FROM (SELECT CASE WHEN side.other THEN k.other_document_id ELSE k.document_id END AS document_id,
               CASE WHEN side.other THEN k.other_ordinal ELSE k.ordinal END AS ordinal,
               concat(k.check_id, ' ', k.document_id) AS witness, k.outcome, k.expected_low
        FROM indicator_checks k CROSS JOIN (VALUES (false), (true)) AS side (other))
  GROUP BY document_id, ordinal) c ON c.document_id = v.document_id AND c.ordinal = v.ordinal

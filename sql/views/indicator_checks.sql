-- Every check of `catalog_checks` that applies to a report, with the two facts it relates side by side: one row per pair of facts.
-- A rate stands against its part and against its whole, a part against its total (the others are told in `detail`); count
-- checks by distinct `check_id` and `document_id`. `expected_low` and `expected_high` say where the value should lie; a check that
-- only sets a bound has no `expected_low`. With growth (yoy), the other fact is that of last year's newest report of the
-- publisher, if the warehouse has it.
--   agrees     the ranges (`indicator_ranges`) meet; of a bound, it holds whatever the true amounts are
--   disagrees  no amounts within the ranges satisfy the check
--   unknown    the two do not compare, the wording is too vague, or the excess is within the slack of the check
WITH pairs AS (
  SELECT k.check_id, k.kind, k.other_role, k.parts, k.slack, k.tolerance, k.same_period, k.across,
         a.document_id, a.ordinal, b.document_id AS other_document_id, b.ordinal AS other_ordinal
  FROM catalog_checks k
  JOIN indicator_ranges a ON a.indicator_id = k.indicator_id
  JOIN indicator_ranges b ON b.document_id = a.document_id AND b.indicator_id = k.other_indicator_id
  UNION ALL
  SELECT k.check_id, k.kind, k.other_role, k.parts, k.slack, k.tolerance, k.same_period, k.across,
         a.document_id, a.ordinal, b.document_id, b.ordinal
  FROM indicator_ranges a
  JOIN indicator_ranges b ON b.document_id = a.document_id AND b.indicator_id = a.part_of AND b.ordinal <> a.ordinal AND b.unit = a.unit
  JOIN catalog_checks k ON k.kind = 'part_of'
  UNION ALL
  SELECT k.check_id, k.kind, k.other_role, k.parts, k.slack, k.tolerance, k.same_period, k.across,
         a.document_id, a.ordinal, b.document_id, b.ordinal
  FROM indicator_ranges a
  JOIN indicator_yearly b ON b.indicator_id = a.indicator_id AND b.publisher = a.publisher AND b.region_code = a.region_code
                         AND b.report_year = a.report_year - 1
  JOIN catalog_checks k ON k.kind = 'yoy'
  WHERE a.yoy_pct IS NOT NULL
), compared AS (
  SELECT p.*, a.revision, a.report_year, a.publisher, a.region_code, a.indicator_id, a.value, a.text, a.sentence, a.char_start,
         a.char_end, a.low, a.high, a.period, a.yoy_pct,
         b.indicator_id AS other_indicator_id, b.value AS other_value, b.text AS other_text, b.sentence AS other_sentence,
         b.low AS other_low, b.high AS other_high, b.period AS other_period, b.report_year AS other_year,
         f.indicator_id IS NOT NULL AS has_further_values,
         CASE WHEN p.kind <> 'rate' AND p.across IS NULL AND a.unit <> b.unit THEN 'counted in different units'
              WHEN p.kind = 'yoy' AND a.period <> b.period
                OR p.kind IN ('at_most', 'part_of', 'parts') AND p.same_period AND a.period = 'as_of' AND b.period = 'annual'
              THEN 'one is a running total, the other of a year' END AS obstacle
  FROM pairs p
  JOIN indicator_ranges a ON a.document_id = p.document_id AND a.ordinal = p.ordinal
  JOIN indicator_ranges b ON b.document_id = p.other_document_id AND b.ordinal = p.other_ordinal
  LEFT JOIN indicators f ON f.document_id = a.document_id AND f.revision = a.revision AND f.indicator_id = a.indicator_id
                        AND f.rank = 2 AND p.kind = 'parts'
), together AS (
  -- What the pairs of one check say together: parts add up, a share takes its part and its whole.
  SELECT *, count(*) OVER pairs AS stated, sum(low) OVER pairs AS sum_low,
         CASE WHEN count(high) OVER pairs = count(*) OVER pairs THEN sum(high) OVER pairs END AS sum_high,
         -- They make the total if each is stated once, for the time of the total.
         parts = count(*) OVER pairs
           AND NOT bool_or(has_further_values OR period = 'annual' AND other_period = 'as_of') OVER pairs AS makes_total,
         string_agg(concat(indicator_id, ' ', text), ', ') OVER listed AS all_parts,
         CAST(max(CASE WHEN other_role = 'part' THEN other_low END) OVER pairs AS DOUBLE) AS part_low,
         CAST(max(CASE WHEN other_role = 'part' THEN other_high END) OVER pairs AS DOUBLE) AS part_high,
         CAST(max(CASE WHEN other_role = 'whole' THEN other_low END) OVER pairs AS DOUBLE) AS whole_low,
         CAST(max(CASE WHEN other_role = 'whole' THEN other_high END) OVER pairs AS DOUBLE) AS whole_high,
         string_agg(concat(other_indicator_id, ' ', other_text), ' of ') OVER by_role AS share,
         CASE kind WHEN 'parts' THEN max(obstacle) OVER pairs
                   WHEN 'rate' THEN CASE WHEN min(other_period) OVER pairs <> max(other_period) OVER pairs
                                         THEN 'one is a running total, the other of a year' END
                   ELSE obstacle END AS hindrance,
         -- Growth of 8% was rounded to whole points, of 8.2% to tenths.
         greatest(CAST(tolerance AS DOUBLE),
                  power(10.0, -character_length(rtrim(split_part(CAST(yoy_pct AS VARCHAR), '.', 2), '0'))) / 2) AS yoy_margin
  FROM compared
  WINDOW pairs AS (PARTITION BY check_id, document_id),
         listed AS (PARTITION BY check_id, document_id ORDER BY ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
         by_role AS (PARTITION BY check_id, document_id ORDER BY other_role ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), expected AS (
  SELECT *,
         CASE kind WHEN 'parts' THEN CASE WHEN makes_total THEN TRY_CAST(other_low - (sum_high - high) AS DECIMAL(28, 6)) END
                   WHEN 'rate' THEN TRY_CAST(100 * part_low / nullif(whole_high, 0) - CAST(tolerance AS DOUBLE) AS DECIMAL(28, 6))
                   WHEN 'yoy' THEN TRY_CAST(CAST(other_low AS DOUBLE) * (1 + (CAST(yoy_pct AS DOUBLE) - yoy_margin) / 100) AS DECIMAL(28, 6))
         END AS expected_low,
         CASE kind WHEN 'parts' THEN TRY_CAST(other_high - (sum_low - low) AS DECIMAL(28, 6))
                   WHEN 'rate' THEN TRY_CAST(100 * part_high / nullif(whole_low, 0) + CAST(tolerance AS DOUBLE) AS DECIMAL(28, 6))
                   WHEN 'yoy' THEN TRY_CAST(CAST(other_high AS DOUBLE) * (1 + (CAST(yoy_pct AS DOUBLE) + yoy_margin) / 100) AS DECIMAL(28, 6))
                   ELSE other_high END AS expected_high,
         -- The bound that holds whatever the other amounts are.
         CASE kind WHEN 'parts' THEN other_low - (sum_high - high) ELSE other_low END AS sure_high,
         kind IN ('rate', 'yoy') OR kind = 'parts' AND coalesce(makes_total, false) AS is_equal,
         CASE kind WHEN 'rate' THEN concat(indicator_id, ' ', text, ' should be the share of ', share)
                   WHEN 'yoy' THEN concat(indicator_id, ' ', text, ' should follow from ', other_text, ' in ', other_year, ' with growth of ',
                                          regexp_replace(CAST(yoy_pct AS VARCHAR), '[.]?0+$', ''), '%')
                   WHEN 'parts' THEN concat(all_parts, CASE WHEN makes_total THEN ' should make ' ELSE ' together should not exceed ' END,
                                            other_indicator_id, ' ', other_text)
                   ELSE concat(indicator_id, ' ', text, ' should not exceed ', other_indicator_id, ' ', other_text) END AS claim
  FROM together
  WHERE kind <> 'rate' OR stated = 2
), judged AS (
  SELECT *,
         CASE WHEN hindrance IS NOT NULL THEN 'unknown'
              WHEN CAST(low AS DOUBLE) > CAST(expected_high AS DOUBLE) * (1 + CAST(slack AS DOUBLE)) OR high < expected_low THEN 'disagrees'
              WHEN NOT is_equal AND high <= sure_high THEN 'agrees'
              -- A value of which only the lower end is known may be up to twice that; a guess that spans a fifth proves nothing.
              WHEN is_equal AND low <= expected_high AND coalesce(high, 2 * value) >= expected_low
                   AND 5 * (expected_high - expected_low) <= greatest(value, expected_high) THEN 'agrees'
              ELSE 'unknown' END AS outcome
  FROM expected
)
SELECT check_id, kind, document_id, revision, report_year, publisher, region_code, indicator_id, value, text, sentence, char_start,
       char_end, other_indicator_id, other_value, other_text, other_sentence, other_document_id, expected_low, expected_high, outcome,
       CAST(concat(claim, CASE WHEN outcome = 'agrees' THEN ': it holds'
                          WHEN outcome = 'disagrees' THEN ': it does not'
                          WHEN hindrance IS NOT NULL THEN concat(': unknown, ', hindrance)
                          WHEN low > expected_high AND slack > 0
                          THEN concat(': unknown, exceeded by no more than ', CAST(100 * slack AS BIGINT), ' per cent')
                          ELSE ': unknown, too vague to tell' END) AS VARCHAR) AS detail,
       ordinal, other_ordinal
FROM judged

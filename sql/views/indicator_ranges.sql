-- The values that are checked: of each report and indicator the one a reader would quote, if it is a result and the publisher's
-- own, with the ends between which the true amount lies as far as the wording tells. An end that nobody can know is null.
--   85件      exact               4.2万件, 98%   half of the last digit written to either side
--   300余件   300 to 400: up to one more of the last digit that is not 0; 近300件 from one less
--   约300件   250 to 350: half of that digit to either side, and no less than a twentieth
--   98%以上   no upper end        不足3件        0 to 3
WITH digits AS (
  SELECT r.document_id, r.revision, r.report_year, r.publisher, r.region_code, i.ordinal, i.indicator_id, i.value, i.max, i.unit,
         i.precision, i.period, i.part_of, i.yoy_pct, i.text, i.sentence, i.char_start, i.char_end,
         split_part(CAST(i.value AS VARCHAR), '.', 1) AS before_point,
         rtrim(split_part(CAST(i.value AS VARCHAR), '.', 2), '0') AS after_point,
         coalesce(regexp_match(i.text, '[.．]([0-9０-９]+)')[1], '') AS written_after_point
  FROM reports r
  JOIN indicators i ON i.document_id = r.document_id AND i.revision = r.revision
  WHERE i.rank = 1 AND i.scope = 'own' AND i.role IN ('result', 'responsibility', 'other')
), last_digit AS (
  SELECT *,
         -- Powers of ten: of the last digit that is not 0, and of the unit that the last digit written counts.
         CASE WHEN after_point <> '' THEN -character_length(after_point)
              ELSE character_length(before_point) - character_length(rtrim(before_point, '0')) END AS step_power,
         CASE WHEN text LIKE '%万亿%' THEN 12 WHEN text ~ '亿[^万]*$' THEN 8 WHEN text LIKE '%万%' THEN 4 ELSE 0 END
           + CASE WHEN text ~ '[0-9０-９]千' THEN 3 WHEN text ~ '[0-9０-９]百' THEN 2 WHEN unit = '%' AND text LIKE '%成%' THEN 1 ELSE 0 END
           AS unit_power,
         greatest(character_length(after_point), character_length(written_after_point)) AS decimals
  FROM digits
), margins AS (
  SELECT *,
         TRY_CAST(power(10.0, step_power) AS DECIMAL(28, 6)) AS step,
         CASE WHEN text ~ '[万亿]' AND text !~ '[0-9０-９]' THEN TRY_CAST(power(10.0, step_power) / 2 AS DECIMAL(28, 6))
              WHEN unit_power > 0 OR decimals > 0 OR unit = '%' THEN TRY_CAST(power(10.0, unit_power - decimals) / 2 AS DECIMAL(28, 6))
              ELSE CAST(0 AS DECIMAL(28, 6)) END AS rounding
  FROM last_digit
)
SELECT document_id, revision, report_year, publisher, region_code, ordinal, indicator_id, value, unit, precision, period, part_of,
       yoy_pct, text, sentence, char_start, char_end,
       TRY_CAST(CASE WHEN max IS NOT NULL OR precision = 'at_least' THEN value
                     WHEN precision = 'exact' THEN value - rounding
                     WHEN precision = 'about' THEN value - greatest(step / 2, value / 20)
                     WHEN text LIKE '%近%' THEN greatest(value - step, 0)
                     ELSE 0 END AS DECIMAL(28, 6)) AS low,
       TRY_CAST(CASE WHEN max IS NOT NULL THEN max
                     WHEN precision = 'exact' THEN value + rounding
                     WHEN precision = 'about' THEN value + greatest(step / 2, value / 20)
                     WHEN precision = 'at_most' THEN value
                     WHEN text ~ '[余多]' THEN value + step END AS DECIMAL(28, 6)) AS high
FROM margins

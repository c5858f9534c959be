-- After Apache Superset 6.1 from PyPI, whose API was run against `fazhi serve`; what SQLAlchemy asks for it is in sqlalchemy2.py.

-- a series by month: 2 columns rows
SELECT DATE_TRUNC('month', published_on) AS published_on, COUNT(*) AS count
FROM public.reports
WHERE published_on >= TO_DATE('1949-01-01', 'YYYY-MM-DD') AND published_on < TO_DATE('2099-01-01', 'YYYY-MM-DD')
GROUP BY DATE_TRUNC('month', published_on) ORDER BY count DESC LIMIT 5;
-- between times: 1 column rows
SELECT COUNT(*) FROM public.captures
WHERE fetched_at >= TO_TIMESTAMP('2001-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US');
-- a sum of a decimal: 3 columns rows
SELECT report_year AS report_year, sum(value) AS total, COUNT(*) AS count
FROM public.indicator_values WHERE unit = '件' GROUP BY report_year ORDER BY total DESC LIMIT 5;

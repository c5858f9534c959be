-- One row per annual report, as it is now: of several posts of one text the primary, of a corrected report the latest text.
-- Reposts and replaced texts are in `documents`. A report whose page is gone (404, 410) stays, with the day it was found gone in
-- `withdrawn_on`.
SELECT d.document_id, d.revision, d.url, d.pipeline, d.title, d.report_year, d.publisher, d.publisher_level, d.region_code,
       d.region_code_current, d.township_code, d.region_name, d.province_code, d.index_number, d.document_number, d.topics,
       d.written_on, d.published_on, d.signed_on, d.validity, d.disclosure, d.source, d.capture_id, d.duplicate_of, d.version_of,
       d.withdrawn_on
FROM documents d
WHERE d.kind = 'report' AND d.duplicate_of IS NULL
  AND NOT EXISTS (SELECT 1 FROM documents later WHERE later.version_of = d.document_id)

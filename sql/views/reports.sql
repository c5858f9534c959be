-- One row per annual report, as it is now.
SELECT document_id, revision, url, pipeline, title, report_year, publisher, publisher_level, region_code,
       region_code_current, township_code, region_name, province_code, index_number, document_number, topics,
       written_on, published_on, signed_on, validity, disclosure, source, capture_id, duplicate_of, version_of
FROM documents
WHERE kind = 'report'

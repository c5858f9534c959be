-- From a number to its sentence and to the archived bytes that hold the sentence. Every post of a report is evidence, so that
-- reposts and replaced texts are here too: to count reports, leave out those with `duplicate_of`, or use `indicator_values`.
-- Of an article that is split over several pages, the archived bytes are those of the first; `part_captures` names the others.
SELECT i.indicator_id, i.ordinal, i.rank, c.name_zh, i.value, i.unit, i.text, i.sentence, i.char_start, i.char_end, i.rule, i.confidence,
       d.report_year, d.publisher, d.title, d.url, d.document_id, d.revision, d.capture_id,
       k.fetched_at, k.digest, k.warc_file, k.warc_offset, k.warc_length,
       d.duplicate_of, d.version_of, d.withdrawn_on, d.part_captures
FROM documents d
JOIN indicators i ON i.document_id = d.document_id AND i.revision = d.revision
JOIN indicator_catalog c ON c.indicator_id = i.indicator_id
LEFT JOIN captures k ON k.capture_id = d.capture_id
WHERE d.kind = 'report'

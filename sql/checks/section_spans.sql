-- Every section starts with its numbering and lies within the text.
SELECT s.document_id, s.ordinal, s.label, s.char_start, s.char_end
FROM documents d
JOIN sections s ON s.document_id = d.document_id AND s.revision = d.revision
LEFT JOIN texts t ON t.document_id = s.document_id AND t.revision = s.revision
WHERE t.body IS NULL OR s.char_end > character_length(t.body)
   OR substr(t.body, s.char_start + 1, character_length(s.label)) <> s.label

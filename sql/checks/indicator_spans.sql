-- The offsets of every indicator lead to its text.
SELECT f.document_id, f.ordinal, f.text, substr(t.body, f.char_start + 1, f.char_end - f.char_start) AS found
FROM documents d
JOIN indicators f ON f.document_id = d.document_id AND f.revision = d.revision
LEFT JOIN texts t ON t.document_id = f.document_id AND t.revision = f.revision
WHERE t.body IS NULL OR substr(t.body, f.char_start + 1, f.char_end - f.char_start) <> f.text

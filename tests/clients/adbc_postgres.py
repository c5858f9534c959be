#!/usr/bin/env python3
"""adbc_driver_postgresql: Arrow tables over PostgreSQL's protocol, and pandas and polars reading through it.

The driver reads a query that has no parameters through `COPY (...) TO STDOUT (FORMAT binary)` unless it is told not to.
"""

import datetime
import decimal

from checks import check, contains, equal, needs, run, url, wanted

dbapi = needs("adbc_driver_postgresql.dbapi")
pyarrow = needs("pyarrow")

WITHOUT_COPY = {"adbc.postgresql.use_copy": "false"}
QUERY = (
    "SELECT document_id, report_year, value, confidence, published_on, topics, loaded_at, simhash, title "
    "FROM indicators JOIN documents USING (document_id, report_year) ORDER BY document_id, ordinal LIMIT 50"
)
# numeric has no width in the protocol: the driver makes text of it, which keeps every digit.
TYPES = {
    "document_id": pyarrow.string(),
    "report_year": pyarrow.int32(),
    "value": None,
    "confidence": pyarrow.float64(),
    "published_on": pyarrow.date32(),
    "topics": pyarrow.list_(pyarrow.string()),
    "loaded_at": pyarrow.timestamp("us", tz="UTC"),
    "simhash": pyarrow.int64(),
    "title": pyarrow.string(),
}


def fetched(query, options, parameters=None):
    with dbapi.connect(url()) as connection, connection.cursor(adbc_stmt_kwargs=options) as cursor:
        cursor.execute(query, parameters)
        return cursor.fetch_arrow_table()


def check_types(table):
    for field in table.schema:
        expected = TYPES[field.name]
        if expected is None:
            for value in table[field.name].to_pylist():
                equal(decimal.Decimal(value).as_tuple().exponent, -6)
        elif pyarrow.types.is_list(expected):
            assert pyarrow.types.is_list(field.type) and field.type.value_type == pyarrow.string(), field
        else:
            equal((field.name, str(field.type)), (field.name, str(expected)))
    assert table.num_rows == 50, table.num_rows
    assert any("法治" in title for title in table["title"].to_pylist())


@check
def arrow_without_copy():
    """ADBC reads an Arrow table without COPY (adbc.postgresql.use_copy=false), with the right types"""
    check_types(fetched(QUERY, WITHOUT_COPY))


@check
def arrow_with_copy():
    """ADBC reads an Arrow table as it does by default, through COPY"""
    check_types(fetched(QUERY, {}))


@check
def parameters():
    """ADBC binds parameters"""
    table = fetched("SELECT count(*) AS n FROM reports WHERE report_year >= $1 AND title LIKE $2", WITHOUT_COPY, (1949, "%法治%"))
    assert table["n"].to_pylist()[0] > 0, table


@check
def values():
    """ADBC keeps values: null, dates, timestamps, decimals, lists, Chinese"""
    query = (
        "SELECT CAST(NULL AS integer) AS n, CAST('2024-02-29' AS date) AS d, CAST('1234567.000001' AS decimal(28,6)) AS v, "
        "CAST('2024-03-15T08:30:15Z' AS timestamptz) AS t, ARRAY['甲', NULL, '乙'] AS l, '法治' AS s, true AS b"
    )
    row = fetched(query, WITHOUT_COPY).to_pylist()[0]
    equal(row["n"], None)
    equal(row["d"], datetime.date(2024, 2, 29))
    equal(decimal.Decimal(row["v"]), decimal.Decimal("1234567.000001"))
    equal(row["t"], datetime.datetime(2024, 3, 15, 8, 30, 15, tzinfo=datetime.timezone.utc))
    equal((row["l"], row["s"], row["b"]), (["甲", None, "乙"], "法治", True))


@check
def metadata():
    """ADBC finds tables, columns and schemas"""
    with dbapi.connect(url()) as connection:
        schema = connection.adbc_get_table_schema("reports")
        contains(schema.names, "document_id", "topics")
        catalogs = connection.adbc_get_objects(depth="tables", db_schema_filter="public").read_all().to_pylist()
        tables = [
            (table["table_name"], table["table_type"])
            for catalog in catalogs
            for db_schema in catalog["catalog_db_schemas"] or []
            for table in db_schema["db_schema_tables"] or []
        ]
        contains(tables, ("documents", "table"), ("reports", "view"))
        info = connection.adbc_get_info()
        contains(info, "vendor_name", "vendor_version")


@check
def writing():
    """ADBC ingestion of a table is refused"""
    with dbapi.connect(url()) as connection, connection.cursor() as cursor:
        try:
            cursor.adbc_ingest("t", pyarrow.table({"a": [1]}), mode="create")
        except dbapi.Error as error:
            # Of this failure the driver passes on the message alone.
            contains(str(error), "in a read-only transaction")
            return
    raise AssertionError("a table was created")


@check
def pandas_reads():
    """pandas reads through ADBC"""
    pandas = wanted("pandas")
    with dbapi.connect(url()) as connection:
        frame = pandas.read_sql(QUERY, connection)
    equal(len(frame), 50)


@check
def polars_adbc():
    """polars reads a query by ADBC (read_database_uri)"""
    polars = wanted("polars")
    frame = polars.read_database_uri(QUERY, url(), engine="adbc")
    equal(frame.height, 50)
    equal(frame.schema["report_year"], polars.Int32)
    equal(frame.schema["published_on"], polars.Date)
    equal(frame.schema["topics"], polars.List(polars.String))


@check
def polars_connectorx():
    """polars reads a query by connectorx (read_database_uri)"""
    polars = wanted("polars")
    wanted("connectorx")
    # It has no `verify-full`, and checks certificates against `sslrootcert` all the same.
    address = url().replace("sslmode=verify-full", "sslmode=require")
    query = "SELECT document_id, report_year, published_on, simhash, title FROM documents ORDER BY document_id"
    for protocol in ("binary", "cursor", "csv"):
        frame = polars.read_database_uri(query, address, engine="connectorx", protocol=protocol)
        assert frame.height > 0 and frame.schema["published_on"] == polars.Date, frame.schema


@check
def polars_connection():
    """polars reads through psycopg and SQLAlchemy (read_database)"""
    polars = wanted("polars")
    psycopg = wanted("psycopg")
    with psycopg.connect("") as connection:
        frame = polars.read_database(QUERY, connection)
    equal(frame.height, 50)
    equal(frame.schema["published_on"], polars.Date)
    assert frame.schema["value"].is_decimal(), frame.schema
    engine = wanted("sqlalchemy").create_engine(url("postgresql+psycopg"))
    equal(polars.read_database("SELECT 1 AS a", engine).rows(), [(1,)])


run()

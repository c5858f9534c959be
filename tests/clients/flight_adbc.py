#!/usr/bin/env python3
"""Asks a running `fazhi serve` through ADBC's Flight SQL driver, as pandas, polars and DuckDB do.

usage: flight_adbc.py grpc://127.0.0.1:50051 [USER PASSWORD]   (grpc+tls:// with --insecure-tls or --ca FILE)

Needs `adbc_driver_flightsql`, `adbc_driver_manager` and `pyarrow`; a warehouse with reports, of `fazhi demo` for example.
Prints a line for each check and ends with 1 at the first that fails.
"""

import argparse
import datetime
import decimal
import sys
import warnings

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flight
import adbc_driver_manager
import pyarrow as pa

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="grpc://HOST:PORT, or grpc+tls://HOST:PORT")
    parser.add_argument("user", nargs="?")
    parser.add_argument("password", nargs="?")
    parser.add_argument("--ca", help="the certificate to trust, PEM")
    parser.add_argument("--insecure-tls", action="store_true", help="trust any certificate")
    return parser.parse_args()


def connect(args, **changes):
    options = adbc_driver_flightsql.DatabaseOptions
    settings = {}
    if args.user is not None:
        settings |= {"username": args.user, "password": args.password or ""}
    if args.ca:
        with open(args.ca, encoding="ascii") as file:
            settings[options.TLS_ROOT_CERTS.value] = file.read()
    if args.insecure_tls:
        settings[options.TLS_SKIP_VERIFY.value] = "true"
    return flight.connect(args.address, db_kwargs=settings | changes)


def fails(cursor, sql, *words, parameters=None):
    try:
        cursor.execute(sql, parameters)
        cursor.fetchall()
    except adbc_driver_manager.Error as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        return error
    raise AssertionError(f"it was not refused: {sql}")


@check
def a_connection_that_keeps_to_dbapi(args, connection):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with connect(args) as another, another.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
            another.commit()
            another.rollback()


@check
def what_the_server_says_of_itself(args, connection):
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "fazhi", info
    assert info["driver_name"].startswith("ADBC Flight SQL"), info


@check
def tables_and_views_and_their_columns(args, connection):
    found = connection.adbc_get_objects(depth="all", db_schema_filter="public").read_all().to_pylist()
    assert [catalog["catalog_name"] for catalog in found] == ["fazhi"], found
    (schema,) = found[0]["catalog_db_schemas"]
    tables = {table["table_name"]: table for table in schema["db_schema_tables"]}
    assert tables["documents"]["table_type"] == "TABLE"
    assert any(table["table_type"] == "VIEW" for table in tables.values())
    columns = {column["column_name"] for column in tables["documents"]["table_columns"]}
    assert {"publisher", "report_year", "topics", "written_on"} <= columns, columns
    assert sorted(connection.adbc_get_table_types()) == ["SYSTEM TABLE", "TABLE", "VIEW"]


@check
def schemas_and_tables_by_depth(args, connection):
    found = connection.adbc_get_objects(depth="db_schemas").read_all().to_pylist()
    schemas = [schema["db_schema_name"] for schema in found[0]["catalog_db_schemas"]]
    assert sorted(schemas) == ["information_schema", "pg_catalog", "public"], schemas
    found = connection.adbc_get_objects(depth="tables", table_name_filter="ind%", table_types_filter=["TABLE"]).read_all()
    tables = [
        table["table_name"]
        for catalog in found.to_pylist()
        for schema in catalog["catalog_db_schemas"]
        for table in schema["db_schema_tables"] or []
    ]
    assert set(tables) == {"indicators", "indicator_catalog"}, tables


@check
def the_schema_of_a_table_is_that_of_its_rows(args, connection):
    with connection.cursor() as cursor:
        for table in ["documents", "indicators", "quantities", "captures", "regions"]:
            described = connection.adbc_get_table_schema(table, db_schema_filter="public")
            cursor.execute(f"SELECT * FROM {table} LIMIT 10")
            sent = cursor.fetch_arrow_table().schema
            assert described.names == sent.names, table
            assert described.types == sent.types, table


@check
def types_and_values(args, connection):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT CAST('-12345678901234567890.123456' AS DECIMAL(28,6)) AS amount, DATE '2024-02-29' AS day,
                      TIMESTAMP '2024-02-29 12:34:56' AS time, '法治政府建设' AS text, [1, NULL, 3] AS list,
                      CAST(NULL AS DATE) AS missing, true AS yes, 1.5 AS half, CAST(7 AS SMALLINT) AS small"""
        )
        (row,) = cursor.fetch_arrow_table().to_pylist()
    assert row["amount"] == decimal.Decimal("-12345678901234567890.123456"), row
    assert row["day"] == datetime.date(2024, 2, 29)
    assert row["time"] == datetime.datetime(2024, 2, 29, 12, 34, 56)
    assert row["text"] == "法治政府建设"
    assert row["list"] == [1, None, 3]
    assert row["missing"] is None and row["yes"] is True and float(row["half"]) == 1.5 and row["small"] == 7


@check
def columns_of_the_warehouse(args, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, unit, sentence FROM quantities WHERE value IS NOT NULL LIMIT 100")
        table = cursor.fetch_arrow_table()
        assert table.num_rows > 0
        assert table.schema.field("value").type == pa.decimal128(28, 6), table.schema
        cursor.execute("SELECT topics, written_on, report_year FROM documents")
        table = cursor.fetch_arrow_table()
        assert pa.types.is_list(table.schema.field("topics").type), table.schema
        assert pa.types.is_date32(table.schema.field("written_on").type), table.schema
        cursor.execute("SELECT fetched_at FROM captures LIMIT 1")
        assert pa.types.is_timestamp(cursor.fetch_arrow_table().schema.field(0).type)


@check
def parameters(args, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT report_year, count(*) FROM documents WHERE report_year IS NOT NULL GROUP BY 1 ORDER BY 1")
        for year, count in cursor.fetchall():
            cursor.execute("SELECT count(*) FROM documents WHERE report_year = $1", (year,))
            assert cursor.fetchone() == (count,), year
        given = (5, "云溪县", decimal.Decimal("2.50"), datetime.date(2024, 2, 29), True, None)
        cursor.execute("SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f", given)
        assert cursor.fetchone() == given
        cursor.execute("SELECT title FROM documents WHERE title = $1", ("'; DROP TABLE documents; --",))
        assert cursor.fetchall() == []


@check
def rows_of_parameters(args, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT $1 + 1 AS n", pa.record_batch({"n": [1, 2, 3]}))
        assert cursor.fetchall() == [(2,), (3,), (4,)]


@check
def columns_before_rows(args, connection):
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema("SELECT publisher, count(*) AS n FROM documents GROUP BY publisher")
        assert schema.names == ["publisher", "n"], schema
        wanted = cursor.adbc_prepare("SELECT * FROM documents WHERE report_year = $1 AND publisher = $2")
        assert wanted.names == ["$1", "$2"] and pa.types.is_integer(wanted.types[0]), wanted


@check
def a_million_rows(args, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, repeat('x', 100) AS text FROM generate_series(1, 1000000)")
        reader = cursor.fetch_record_batch()
        rows = sum(batch.num_rows for batch in reader)
        assert rows == 1_000_000, rows


@check
def a_result_that_is_left_does_not_block(args, connection):
    for _ in range(20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT value, repeat('x', 100) AS text FROM generate_series(1, 1000000)")
            cursor.fetch_record_batch().read_next_batch()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@check
def a_query_is_cancelled(args, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, repeat('x', 1000) AS text FROM generate_series(1, 5000000)")
        reader = cursor.fetch_record_batch()
        reader.read_next_batch()
        cursor.adbc_cancel()
        try:
            for _ in reader:
                pass
        except (adbc_driver_manager.Error, pa.ArrowCancelled, OSError):
            return
        raise AssertionError("it was not cancelled")


@check
def what_writes_is_refused(args, connection):
    with connection.cursor() as cursor:
        for sql in ["INSERT INTO documents SELECT * FROM documents", "DROP TABLE documents", "COPY documents TO '/tmp/x'"]:
            fails(cursor, sql, "25006", "read-only")
        try:
            cursor.adbc_ingest("new_table", pa.table({"a": [1]}), mode="create")
        except adbc_driver_manager.Error:
            pass
        else:
            raise AssertionError("a table was made")
        fails(cursor, "SELECT 1; SELECT 2", "42601")


@check
def mistakes_are_told(args, connection):
    with connection.cursor() as cursor:
        fails(cursor, "SELEC 1", "42601")
        fails(cursor, "SELECT casse FROM documents", "42703")
        fails(cursor, "SELECT * FROM no_such_table", "42P01")
        fails(cursor, "SELECT count(*) FROM documents WHERE report_year = $1", "$1")


@check
def a_wrong_password_is_refused(args, connection):
    if args.user is None:
        return "no users here"
    for user, password in [(args.user, "wrong"), ("nobody", args.password), (args.user, "")]:
        try:
            with connect(args, username=user, password=password) as another, another.cursor() as cursor:
                cursor.execute("SELECT 1")
        except adbc_driver_manager.Error as error:
            assert "do not fit" in str(error), error
        else:
            raise AssertionError("it was let in")
    return None


@check
def pandas(args, connection):
    try:
        import pandas
    except ImportError:
        return "not installed"
    frame = pandas.read_sql("SELECT publisher, report_year FROM documents", connection)
    assert list(frame.columns) == ["publisher", "report_year"] and len(frame) > 0
    return pandas.__version__


@check
def polars(args, connection):
    try:
        import polars
    except ImportError:
        return "not installed"
    frame = polars.read_database("SELECT publisher, value FROM documents JOIN indicators USING (document_id)", connection)
    assert frame.columns == ["publisher", "value"] and len(frame) > 0
    return polars.__version__


def main():
    args = arguments()
    with connect(args) as connection:
        for function in CHECKS:
            name = function.__name__.replace("_", " ")
            try:
                note = function(args, connection)
            except Exception as error:  # the first failure is the report
                print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"ok      {name}" + (f" ({note})" if note else ""), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""SQLAlchemy 2 over psycopg: reflection of everything there is, bound parameters, and pandas reading through it."""

import datetime
import decimal

from checks import TABLES, VIEWS, check, contains, equal, needs, run, url, wanted

sqlalchemy = needs("sqlalchemy")
needs("psycopg")

from sqlalchemy import Date, MetaData, bindparam, cast, create_engine, extract, func, inspect, literal, select, text, types  # noqa: E402
from sqlalchemy.dialects import postgresql  # noqa: E402

ENGINE = create_engine(url("postgresql+psycopg"))


@check
def first_connection():
    """SQLAlchemy knows the server's version and schema"""
    with ENGINE.connect() as connection:
        equal(connection.execute(text("SELECT 1")).scalar(), 1)
        assert connection.dialect.server_version_info >= (14,), connection.dialect.server_version_info
        equal(connection.dialect.default_schema_name, "public")


@check
def names():
    """SQLAlchemy lists schemas, tables and views"""
    inspector = inspect(ENGINE)
    contains(inspector.get_schema_names(), "public")
    equal(sorted(inspector.get_table_names()), TABLES)
    equal(sorted(inspector.get_view_names()), VIEWS)
    equal(inspector.get_materialized_view_names(), [])
    equal(sorted(inspector.get_table_names(schema="public")), TABLES)
    assert inspector.has_table("documents") and inspector.has_table("reports") and not inspector.has_table("nowhere")
    equal(inspector.get_sequence_names(), [])


@check
def columns():
    """SQLAlchemy reflects columns with their types"""
    inspector = inspect(ENGINE)
    found = {column["name"]: column for column in inspector.get_columns("documents")}
    kinds = {name: type(column["type"]) for name, column in found.items()}
    equal(kinds["document_id"], types.TEXT)
    equal(kinds["report_year"], types.INTEGER)
    equal(kinds["simhash"], types.BIGINT)
    equal(kinds["written_on"], types.DATE)
    equal(kinds["topics"], postgresql.ARRAY)
    equal(type(found["topics"]["type"].item_type), types.TEXT)
    loaded_at = found["loaded_at"]["type"]
    assert isinstance(loaded_at, postgresql.TIMESTAMP) and loaded_at.timezone, loaded_at
    equal((found["document_id"]["nullable"], found["title"]["nullable"]), (False, True))
    value = {column["name"]: column["type"] for column in inspector.get_columns("indicators")}["value"]
    equal((type(value), value.precision, value.scale), (types.NUMERIC, 28, 6))
    for name in TABLES + VIEWS:
        unknown = [column["name"] for column in inspector.get_columns(name) if isinstance(column["type"], types.NullType)]
        equal((name, unknown), (name, []))


@check
def said_of_relations():
    """SQLAlchemy reflects comments and queries of views"""
    inspector = inspect(ENGINE)
    contains(inspector.get_table_comment("documents")["text"], "One row per article page")
    contains(inspector.get_table_comment("reports")["text"], "One row per annual report")
    contains(inspector.get_view_definition("reports"), "SELECT", "duplicate_of IS NULL")


@check
def keys():
    """SQLAlchemy finds no keys, indexes or constraints, without an error"""
    inspector = inspect(ENGINE)
    for name in ["documents", "reports"]:
        equal(inspector.get_pk_constraint(name)["constrained_columns"], [])
        equal(inspector.get_foreign_keys(name), [])
        equal(inspector.get_indexes(name), [])
        equal(inspector.get_unique_constraints(name), [])
        equal(inspector.get_check_constraints(name), [])
    equal(inspector.get_enums(), [])
    equal(inspector.get_domains(), [])


@check
def everything():
    """SQLAlchemy MetaData.reflect(views=True)"""
    metadata = MetaData()
    metadata.reflect(ENGINE, views=True)
    equal(sorted(metadata.tables), sorted(TABLES + VIEWS))
    contains(metadata.tables["documents"].comment, "One row per article page")


@check
def query():
    """SQLAlchemy a Core query with bound parameters, joins, grouping, IN"""
    metadata = MetaData()
    metadata.reflect(ENGINE, views=True, only=["documents", "indicators"])
    documents, indicators = metadata.tables["documents"], metadata.tables["indicators"]
    joined = documents.join(indicators, documents.c.document_id == indicators.c.document_id)
    years = (
        select(documents.c.report_year, func.count().label("facts"), func.sum(indicators.c.value).label("total"))
        .select_from(joined)
        .where(documents.c.kind == "report", indicators.c.value > bindparam("least"))
        .where(documents.c.report_year.in_([2019, 2020, 2021, 2022, 2023]))
        .group_by(documents.c.report_year)
        .order_by(documents.c.report_year.desc())
        .limit(3)
    )
    with ENGINE.connect() as connection:
        rows = connection.execute(years, {"least": decimal.Decimal("0.5")}).all()
        assert rows and all(type(row.total) is decimal.Decimal and row.facts > 0 for row in rows), rows
        equal([row.report_year for row in rows], sorted((row.report_year for row in rows), reverse=True))
        row = connection.execute(
            select(documents.c.topics, documents.c.loaded_at, documents.c.title.cast(types.Text))
            .where(documents.c.title.contains("法治"), documents.c.published_on > datetime.date(1949, 10, 1))
            .limit(1)
        ).one()
        assert isinstance(row.topics, list) and row.loaded_at.tzinfo and "法治" in row.title, row


@check
def stream():
    """SQLAlchemy reads through a server-side cursor"""
    with ENGINE.connect() as connection:
        rows = connection.execution_options(yield_per=500).execute(text("SELECT x FROM generate_series(1, 5000) AS a(x)"))
        equal(sum(row.x for row in rows), 5000 * 5001 // 2)


@check
def pooled():
    """SQLAlchemy gives connections back and checks them"""
    engine = create_engine(url("postgresql+psycopg"), pool_pre_ping=True, pool_size=2)
    for _ in range(5):
        with engine.begin() as connection:
            equal(connection.execute(text("SELECT count(*) FROM regions")).scalar() >= 0, True)
    engine.dispose()


@check
def pandas_reads():
    """pandas reads a query, a table and portions through SQLAlchemy"""
    pandas = wanted("pandas")
    frame = pandas.read_sql(
        text("SELECT publisher, report_year, value, confidence, published_on FROM indicators JOIN reports USING (document_id, report_year) WHERE value > :least"),
        ENGINE,
        params={"least": 10},
        coerce_float=False,
        parse_dates=["published_on"],
    )
    assert len(frame) and set(map(type, frame["value"])) == {decimal.Decimal}, frame.dtypes
    equal(str(frame["report_year"].dtype), "int64")
    equal(str(frame["confidence"].dtype), "float64")
    assert str(frame["published_on"].dtype).startswith("datetime64"), frame.dtypes
    table = pandas.read_sql_table("indicator_catalog", ENGINE)
    contains(list(table.columns), "name_zh", "accepted_units")
    contains(list(table["unit"]), "件")
    portions = pandas.read_sql("SELECT * FROM regions ORDER BY region_code", ENGINE, chunksize=500)
    with ENGINE.connect() as connection:
        equal(sum(len(portion) for portion in portions), connection.execute(text("SELECT count(*) FROM regions")).scalar())


@check
def literal_casts():
    """SQLAlchemy casts and date functions"""
    with ENGINE.connect() as connection:
        day = cast(literal("2024-02-29"), Date)
        row = connection.execute(select(day, extract("year", day), func.date_trunc("month", day), func.now())).one()
        equal(row[0], datetime.date(2024, 2, 29))
        equal(int(row[1]), 2024)
        equal((row[2].year, row[2].month, row[2].day), (2024, 2, 1))
        assert row[3].tzinfo, row[3]


run()

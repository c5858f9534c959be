// JDBC (PostgreSQL's driver): metadata, parameters, portions, time limits, cancelling.
// Run as a single file: java -cp postgresql.jar Jdbc.java. Where the server is comes from the same variables as for libpq.

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;

public final class Jdbc {
    private interface Check {
        void make(Connection connection) throws Exception;
    }

    private static final String ENDLESS =
        "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(x) WHERE x % 3 = 7";

    private static int failed = 0;

    public static void main(String[] arguments) {
        check("JDBC knows the server", Jdbc::server);
        check("JDBC getTables tells tables from views, with comments", Jdbc::tables);
        check("JDBC getSchemas, getCatalogs, getTableTypes", Jdbc::schemas);
        check("JDBC getColumns", Jdbc::columns);
        check("JDBC getTypeInfo", Jdbc::types);
        check("JDBC getPrimaryKeys, getIndexInfo, getImportedKeys, getExportedKeys find nothing", Jdbc::keys);
        check("JDBC getFunctions, getProcedures, getTablePrivileges", Jdbc::others);
        check("JDBC result metadata", Jdbc::resultMetadata);
        check("JDBC parameters of every type, over and over", Jdbc::parameters);
        check("JDBC simple query mode", Jdbc::simple);
        check("JDBC setFetchSize without autocommit", Jdbc::portions);
        check("JDBC setMaxRows", Jdbc::maxRows);
        check("JDBC setReadOnly, isolation, schema, isValid", Jdbc::session);
        check("JDBC setQueryTimeout", Jdbc::timeout);
        check("JDBC cancel", Jdbc::cancel);
        check("JDBC a failed statement in a transaction", Jdbc::transaction);
        check("JDBC writing is refused", Jdbc::writing);
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void check(String name, Check check) {
        try (Connection connection = connect(Map.of())) {
            check.make(connection);
            System.out.println("ok: " + name);
        } catch (Exception | AssertionError error) {
            failed++;
            System.out.println("FAILED: " + name + ": " + error.toString().replaceAll("\\s+", " "));
        }
    }

    private static String setting(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static Connection connect(Map<String, String> options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", setting("PGUSER", "fazhi"));
        properties.setProperty("password", setting("PGPASSWORD", ""));
        properties.setProperty("sslmode", setting("PGSSLMODE", "prefer"));
        if (System.getenv("PGSSLROOTCERT") != null) {
            properties.setProperty("sslrootcert", System.getenv("PGSSLROOTCERT"));
        }
        options.forEach(properties::setProperty);
        String url = "jdbc:postgresql://%s:%s/%s".formatted(
            setting("PGHOST", "127.0.0.1"), setting("PGPORT", "5432"), setting("PGDATABASE", "fazhi"));
        return DriverManager.getConnection(url, properties);
    }

    private static void equal(Object found, Object expected) {
        if (!Objects.equals(found, expected)) {
            throw new AssertionError("found " + found + " in place of " + expected);
        }
    }

    private static void holds(boolean condition, Object found) {
        if (!condition) {
            throw new AssertionError("found " + found);
        }
    }

    private static List<String> column(ResultSet rows, String name) throws SQLException {
        List<String> values = new ArrayList<>();
        while (rows.next()) {
            values.add(rows.getString(name));
        }
        rows.close();
        return values;
    }

    private static Object one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getObject(1);
        }
    }

    private static SQLException refused(Check check, Connection connection, String state) throws Exception {
        try {
            check.make(connection);
        } catch (SQLException error) {
            equal(error.getSQLState() + " " + error.getMessage().lines().findFirst().orElse(""),
                state + " " + error.getMessage().lines().findFirst().orElse(""));
            return error;
        }
        throw new AssertionError("it was not refused with " + state);
    }

    private static void server(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        equal(metadata.getDatabaseProductName(), "PostgreSQL");
        holds(metadata.getDatabaseMajorVersion() >= 14, metadata.getDatabaseProductVersion());
        equal(connection.getCatalog(), "fazhi");
        equal(metadata.getUserName().isEmpty(), false);
        holds(metadata.getMaxColumnNameLength() > 0, metadata.getMaxColumnNameLength());
        equal(connection.getSchema(), "public");
    }

    private static void tables(Connection connection) throws SQLException {
        Map<String, String> kinds = new TreeMap<>();
        Map<String, String> remarks = new TreeMap<>();
        ResultSet rows = connection.getMetaData().getTables(null, "public", "%", null);
        while (rows.next()) {
            kinds.put(rows.getString("TABLE_NAME"), rows.getString("TABLE_TYPE"));
            remarks.put(rows.getString("TABLE_NAME"), rows.getString("REMARKS"));
        }
        equal(kinds.get("documents"), "TABLE");
        equal(kinds.get("reports"), "VIEW");
        equal(kinds.size(), 18);
        holds(String.valueOf(remarks.get("documents")).startsWith("One row per article page"), remarks);
        rows = connection.getMetaData().getTables("fazhi", null, "indicator%", new String[] {"VIEW"});
        equal(column(rows, "TABLE_NAME"), List.of(
            "indicator_checks", "indicator_confidence", "indicator_ranges", "indicator_values", "indicator_yearly"));
    }

    private static void schemas(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        List<String> schemas = column(metadata.getSchemas(), "TABLE_SCHEM");
        holds(schemas.contains("public") && schemas.contains("pg_catalog"), schemas);
        equal(column(metadata.getCatalogs(), "TABLE_CAT"), List.of("fazhi"));
        List<String> types = column(metadata.getTableTypes(), "TABLE_TYPE");
        holds(types.contains("TABLE") && types.contains("VIEW"), types);
    }

    private static void columns(Connection connection) throws SQLException {
        Map<String, String> found = new TreeMap<>();
        ResultSet rows = connection.getMetaData().getColumns(null, "public", "documents", null);
        int last = 0;
        while (rows.next()) {
            equal(rows.getInt("ORDINAL_POSITION"), last + 1);
            last = rows.getInt("ORDINAL_POSITION");
            found.put(rows.getString("COLUMN_NAME"),
                rows.getInt("DATA_TYPE") + " " + rows.getString("TYPE_NAME") + " " + rows.getString("IS_NULLABLE"));
        }
        equal(found.get("document_id"), Types.VARCHAR + " text NO");
        equal(found.get("report_year"), Types.INTEGER + " int4 YES");
        equal(found.get("simhash"), Types.BIGINT + " int8 YES");
        equal(found.get("topics").split(" ")[1], "_text");
        equal(found.get("written_on"), Types.DATE + " date YES");
        equal(found.get("loaded_at").split(" ")[1], "timestamptz");
        rows = connection.getMetaData().getColumns(null, "public", "indicators", "value");
        holds(rows.next(), "no column `value`");
        equal(rows.getInt("DATA_TYPE"), Types.NUMERIC);
        equal(rows.getInt("COLUMN_SIZE") + "," + rows.getInt("DECIMAL_DIGITS"), "28,6");
        rows = connection.getMetaData().getColumns(null, null, "reports", "%");
        holds(column(rows, "COLUMN_NAME").contains("publisher"), "no column `publisher`");
    }

    private static void types(Connection connection) throws SQLException {
        TreeSet<String> names = new TreeSet<>(column(connection.getMetaData().getTypeInfo(), "TYPE_NAME"));
        holds(names.containsAll(List.of("int4", "int8", "numeric", "text", "date", "timestamptz", "bool", "float8")), names);
    }

    private static void keys(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        equal(column(metadata.getPrimaryKeys(null, "public", "documents"), "COLUMN_NAME"), List.of());
        equal(column(metadata.getIndexInfo(null, "public", "documents", false, true), "COLUMN_NAME"), List.of());
        equal(column(metadata.getImportedKeys(null, "public", "documents"), "FKCOLUMN_NAME"), List.of());
        equal(column(metadata.getExportedKeys(null, "public", "documents"), "FKCOLUMN_NAME"), List.of());
        column(metadata.getBestRowIdentifier(null, "public", "documents", DatabaseMetaData.bestRowSession, true), "COLUMN_NAME");
        column(metadata.getVersionColumns(null, "public", "documents"), "COLUMN_NAME");
    }

    private static void others(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        column(metadata.getFunctions(null, "public", "%"), "FUNCTION_NAME");
        column(metadata.getProcedures(null, "public", "%"), "PROCEDURE_NAME");
        column(metadata.getTablePrivileges(null, "public", "documents"), "PRIVILEGE");
        column(metadata.getColumnPrivileges(null, "public", "documents", "%"), "PRIVILEGE");
        column(metadata.getUDTs(null, "public", "%", null), "TYPE_NAME");
        column(metadata.getClientInfoProperties(), "NAME");
        holds(!metadata.getSQLKeywords().isEmpty(), "no keywords");
    }

    private static void resultMetadata(Connection connection) throws SQLException {
        String sql = "SELECT d.document_id, d.topics, i.value, i.max, d.written_on, d.loaded_at, i.confidence FROM documents d"
            + " JOIN indicators i USING (document_id) LIMIT 1";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            ResultSetMetaData metadata = statement.getMetaData();
            List<String> types = new ArrayList<>();
            for (int at = 1; at <= metadata.getColumnCount(); at++) {
                types.add(metadata.getColumnTypeName(at));
                metadata.isAutoIncrement(at);
                metadata.isNullable(at);
                metadata.getTableName(at);
            }
            equal(types, List.of("text", "_text", "numeric", "numeric", "date", "timestamptz", "float8"));
            equal(metadata.getPrecision(3) + "," + metadata.getScale(3), "28,6");
            ResultSet rows = statement.executeQuery();
            holds(rows.next(), "no rows");
            holds(rows.getArray(2).getArray() instanceof String[], rows.getObject(2));
            holds(rows.getObject(3) instanceof BigDecimal, rows.getObject(3));
            equal(rows.getBigDecimal(3).scale(), 6);
            holds(rows.getObject(6, OffsetDateTime.class) != null, rows.getObject(6));
        }
    }

    private static void parameters(Connection connection) throws SQLException {
        String sql = "SELECT CAST(? AS integer), CAST(? AS decimal(28,6)), CAST(? AS date), ?::text, CAST(? AS integer), CAST(? AS bigint),"
            + " CAST(? AS boolean), CAST(? AS double precision), CAST(? AS timestamptz), CAST(? AS text[])";
        // From the fifth time on the driver prepares the statement and asks for binary values.
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int turn = 0; turn < 8; turn++) {
                OffsetDateTime moment = OffsetDateTime.parse("2024-03-15T08:30:15.123456Z").plusDays(turn);
                Array topics = connection.createArrayOf("text", new Object[] {"甲", null, "a,\"b\""});
                statement.setInt(1, turn);
                statement.setBigDecimal(2, new BigDecimal("1234567890123456789012.00000" + turn));
                statement.setDate(3, Date.valueOf("2024-02-29"));
                statement.setString(4, "法治" + turn);
                statement.setNull(5, Types.INTEGER);
                statement.setLong(6, 9007199254740993L + turn);
                statement.setBoolean(7, turn % 2 == 0);
                statement.setDouble(8, turn + 0.5);
                statement.setObject(9, moment);
                statement.setArray(10, topics);
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    equal(rows.getInt(1), turn);
                    equal(rows.getBigDecimal(2), new BigDecimal("1234567890123456789012.00000" + turn));
                    equal(rows.getDate(3), Date.valueOf("2024-02-29"));
                    equal(rows.getString(4), "法治" + turn);
                    equal(rows.getInt(5), 0);
                    equal(rows.wasNull(), true);
                    equal(rows.getLong(6), 9007199254740993L + turn);
                    equal(rows.getBoolean(7), turn % 2 == 0);
                    equal(rows.getDouble(8), turn + 0.5);
                    equal(rows.getObject(9, OffsetDateTime.class).toInstant(), moment.toInstant());
                    equal(Arrays.asList((String[]) rows.getArray(10).getArray()), Arrays.asList("甲", null, "a,\"b\""));
                }
            }
        }
        sql = "SELECT count(*) FROM reports WHERE report_year >= ? AND title LIKE ? AND (published_on >= ? OR published_on IS NULL)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int turn = 0; turn < 8; turn++) {
                statement.setInt(1, 2000);
                statement.setString(2, "%法治%");
                statement.setDate(3, Date.valueOf("1949-10-01"));
                ResultSet rows = statement.executeQuery();
                rows.next();
                holds(rows.getLong(1) > 0, rows.getLong(1));
            }
        }
    }

    private static void simple(Connection ignored) throws SQLException {
        try (Connection connection = connect(Map.of("preferQueryMode", "simple"));
            PreparedStatement statement = connection.prepareStatement("SELECT ?::int + 1, ?")) {
            statement.setInt(1, 41);
            statement.setString(2, "it's 法治");
            ResultSet rows = statement.executeQuery();
            rows.next();
            equal(rows.getInt(1) + rows.getString(2), "42it's 法治");
        }
    }

    private static void portions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(100);
            ResultSet rows = statement.executeQuery("SELECT x FROM generate_series(1, 12345) AS a(x)");
            long sum = 0;
            while (rows.next()) {
                sum += rows.getLong(1);
            }
            equal(sum, 12345L * 12346 / 2);
            // One that is left before its end.
            rows = statement.executeQuery("SELECT x FROM generate_series(1, 12345) AS a(x)");
            rows.next();
            rows.close();
        }
        connection.commit();
        equal(((Number) one(connection, "SELECT 1")).intValue(), 1);
        connection.rollback();
    }

    private static void maxRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(7);
            ResultSet rows = statement.executeQuery("SELECT x FROM generate_series(1, 100) AS a(x)");
            int found = 0;
            while (rows.next()) {
                found++;
            }
            equal(found, 7);
        }
    }

    private static void session(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.getTransactionIsolation();
        connection.setSchema("public");
        connection.setClientInfo("ApplicationName", "checks");
        connection.setAutoCommit(false);
        equal(((Number) one(connection, "SELECT 1")).intValue(), 1);
        connection.commit();
        holds(connection.isValid(5), "no valid connection");
        connection.getWarnings();
    }

    private static void timeout(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            long began = System.nanoTime();
            refused(ignored -> statement.executeQuery(ENDLESS), connection, "57014");
            holds(System.nanoTime() - began < 10_000_000_000L, "it took long");
        }
        equal(((Number) one(connection, "SELECT 1")).intValue(), 1);
    }

    private static void cancel(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            // A request that comes before the query has none to end: it is made until there was one.
            Thread thread = new Thread(() -> {
                try {
                    while (true) {
                        Thread.sleep(300);
                        statement.cancel();
                    }
                } catch (InterruptedException | SQLException end) {
                    // The query has ended.
                }
            });
            thread.start();
            SQLException error = refused(ignored -> statement.executeQuery(ENDLESS), connection, "57014");
            thread.interrupt();
            thread.join();
            holds(error.getMessage().contains("canceling statement due to user request"), error);
        }
    }

    private static void transaction(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        refused(failing -> one(failing, "SELECT nope FROM reports"), connection, "42703");
        refused(failing -> one(failing, "SELECT 1"), connection, "25P02");
        connection.rollback();
        equal(((Number) one(connection, "SELECT 1")).intValue(), 1);
    }

    private static void writing(Connection connection) throws Exception {
        for (String sql : List.of("DELETE FROM regions", "CREATE TABLE t (a int)", "INSERT INTO regions (name) VALUES (?)")) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                if (sql.contains("?")) {
                    statement.setString(1, "x");
                }
                statement.executeUpdate();
            } catch (SQLException error) {
                equal(error.getSQLState(), "25006");
                continue;
            }
            throw new AssertionError(sql + " succeeded");
        }
    }
}

/// What is asked of SigNoz's tables (schema v3). Values go in as `param_…` and never into the text.
///
/// The engine filters and adds up: what comes back is a row a group and minute, with its count and its latest sample.
/// A time is a whole number of nanoseconds, so that no zone and no rounding touches it; a span's bucket is in seconds,
/// rounded down to half an hour, and is compared too, because the table is ordered by it.
enum ClickHouseQueries {
    /// Exceptions, with the span that each sample was recorded in.
    static let exceptions = """
        SELECT g.grp AS grp, g.minute AS minute, g.events AS events, g.nanoseconds AS nanoseconds,
            g.service AS service, g.type AS type, g.message AS message, g.stacktrace AS stacktrace,
            g.trace AS trace, g.span AS span, g.resources AS resources, s.name AS name, s.kind AS kind,
            s.parent AS parent, s.duration AS duration, s.status AS status, s.attributes AS attributes
        FROM (
            SELECT toString(groupID) AS grp, toUnixTimestamp(toStartOfMinute(timestamp)) AS minute,
                count() AS events, toUnixTimestamp64Nano(max(timestamp)) AS nanoseconds,
                argMax(serviceName, timestamp) AS service, argMax(exceptionType, timestamp) AS type,
                argMax(substring(exceptionMessage, 1, 16384), timestamp) AS message,
                argMax(substring(exceptionStacktrace, 1, 65536), timestamp) AS stacktrace,
                argMax(toString(traceID), timestamp) AS trace, argMax(spanID, timestamp) AS span,
                argMax(resourceTagsMap, timestamp) AS resources
            FROM {traces:Identifier}.distributed_signoz_error_index_v2
            WHERE timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND timestamp < fromUnixTimestamp64Nano({until:Int64})
            GROUP BY groupID, minute
            ORDER BY minute, grp
            LIMIT {page:UInt64}
        ) AS g
        ANY LEFT JOIN (
            SELECT toString(trace_id) AS trace, span_id AS span, name, kind_string AS kind, parent_span_id AS parent,
                duration_nano AS duration, status_message AS status, attributes_string AS attributes
            FROM {traces:Identifier}.distributed_signoz_index_v3
            WHERE ts_bucket_start >= {bucket_from:UInt64} AND ts_bucket_start <= {bucket_until:UInt64}
                AND trace_id GLOBAL IN (
                    SELECT traceID FROM {traces:Identifier}.distributed_signoz_error_index_v2
                    WHERE timestamp >= fromUnixTimestamp64Nano({from:Int64})
                        AND timestamp < fromUnixTimestamp64Nano({until:Int64}))
        ) AS s ON g.trace = s.trace AND g.span = s.span
        ORDER BY minute, grp
        """

    /// Spans that failed without an exception.
    static let spans = """
        SELECT toString(cityHash64(service, name, kind, status, code)) AS grp, minute, count() AS events,
            max(nanoseconds_one) AS nanoseconds, service, name, kind, status, code,
            argMax(trace_one, nanoseconds_one) AS trace, argMax(span_one, nanoseconds_one) AS span,
            argMax(parent_one, nanoseconds_one) AS parent, argMax(duration_one, nanoseconds_one) AS duration,
            argMax(attributes_one, nanoseconds_one) AS attributes,
            argMax(resources_one, nanoseconds_one) AS resources
        FROM (
            SELECT resource_string_service$$name AS service, name, kind_string AS kind,
                substring(status_message, 1, 4096) AS status, toString(response_status_code) AS code,
                toUnixTimestamp(toStartOfMinute(timestamp)) AS minute,
                toUnixTimestamp64Nano(timestamp) AS nanoseconds_one, toString(trace_id) AS trace_one,
                span_id AS span_one, parent_span_id AS parent_one, duration_nano AS duration_one,
                attributes_string AS attributes_one, resources_string AS resources_one
            FROM {traces:Identifier}.distributed_signoz_index_v3
            WHERE ts_bucket_start >= {bucket_from:UInt64} AND ts_bucket_start <= {bucket_until:UInt64}
                AND timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND timestamp < fromUnixTimestamp64Nano({until:Int64})
                AND has_error = true
                AND (toString(trace_id), span_id) GLOBAL NOT IN (
                    SELECT toString(traceID), spanID FROM {traces:Identifier}.distributed_signoz_error_index_v2
                    WHERE timestamp >= fromUnixTimestamp64Nano({near_from:Int64})
                        AND timestamp < fromUnixTimestamp64Nano({near_until:Int64}))
        )
        GROUP BY service, name, kind, status, code, minute
        ORDER BY minute, grp
        LIMIT {page:UInt64}
        """

    /// Log records of the level and above, or with an exception. Digits are masked, so that one message is one group.
    static let logs = """
        SELECT toString(cityHash64(service, severity, scope, type, masked)) AS grp, minute, count() AS events,
            max(nanoseconds_one) AS nanoseconds, service, severity, max(number_one) AS number, scope, type,
            argMax(body_one, nanoseconds_one) AS body, argMax(trace_one, nanoseconds_one) AS trace,
            argMax(span_one, nanoseconds_one) AS span, argMax(attributes_one, nanoseconds_one) AS attributes,
            argMax(resources_one, nanoseconds_one) AS resources
        FROM (
            SELECT resources_string['service.name'] AS service, toString(severity_text) AS severity,
                severity_number AS number_one, scope_name AS scope, attributes_string['exception.type'] AS type,
                substring(body, 1, 65536) AS body_one,
                replaceRegexpAll(substring(body, 1, 1024), '[0-9]+', '#') AS masked,
                intDiv(timestamp, 60000000000) * 60 AS minute, timestamp AS nanoseconds_one, trace_id AS trace_one,
                span_id AS span_one, attributes_string AS attributes_one, resources_string AS resources_one
            FROM {logs:Identifier}.distributed_logs_v2
            WHERE ts_bucket_start >= {bucket_from:UInt64} AND ts_bucket_start <= {bucket_until:UInt64}
                AND timestamp >= {from:UInt64} AND timestamp < {until:UInt64}
                AND (severity_number >= {level:UInt8}
                    OR severity_number = 0 AND has({words:Array(String)}, lower(severity_text))
                    OR {traces_too:UInt8} = 1 AND mapContains(attributes_string, 'exception.stacktrace'))
        )
        GROUP BY service, severity, scope, type, masked, minute
        ORDER BY minute, grp
        LIMIT {page:UInt64}
        """

    /// The spans of one trace, oldest first.
    static let traceSpans = """
        SELECT toUnixTimestamp64Nano(timestamp) AS nanoseconds, span_id AS span, parent_span_id AS parent, name,
            resource_string_service$$name AS service, kind_string AS kind, duration_nano AS duration,
            toUInt8(has_error) AS failed, substring(status_message, 1, 1024) AS status
        FROM {traces:Identifier}.distributed_signoz_index_v3
        WHERE ts_bucket_start >= {bucket_from:UInt64} AND ts_bucket_start <= {bucket_until:UInt64}
            AND trace_id = {trace:String}
        ORDER BY timestamp, span_id
        LIMIT {page:UInt64}
        """

    /// The log records of one trace, oldest first.
    static let traceLogs = """
        SELECT timestamp AS nanoseconds, span_id AS span, toString(severity_text) AS severity,
            severity_number AS number, substring(body, 1, 2048) AS body,
            resources_string['service.name'] AS service
        FROM {logs:Identifier}.distributed_logs_v2
        WHERE ts_bucket_start >= {bucket_from:UInt64} AND ts_bucket_start <= {bucket_until:UInt64}
            AND timestamp >= {from:UInt64} AND timestamp < {until:UInt64} AND trace_id = {trace:String}
        ORDER BY timestamp, id
        LIMIT {page:UInt64}
        """
}

CREATE DATABASE signoz_traces;
CREATE DATABASE signoz_logs;
CREATE TABLE signoz_traces.distributed_signoz_error_index_v2 (
    timestamp DateTime64(9), errorID FixedString(32), groupID FixedString(32), traceID FixedString(32), spanID String,
    serviceName LowCardinality(String), exceptionType LowCardinality(String), exceptionMessage String,
    exceptionStacktrace String, exceptionEscaped Bool, resourceTagsMap Map(LowCardinality(String), String)
) ENGINE = MergeTree ORDER BY (timestamp, groupID);
CREATE TABLE signoz_traces.distributed_signoz_index_v3 (
    ts_bucket_start UInt64, resource_fingerprint String, timestamp DateTime64(9), trace_id FixedString(32), span_id String,
    parent_span_id String, name LowCardinality(String), kind_string String, duration_nano UInt64,
    status_code Int16, status_message String, attributes_string Map(LowCardinality(String), String),
    resources_string Map(LowCardinality(String), String), response_status_code LowCardinality(String), has_error Bool,
    `resource_string_service$$name` LowCardinality(String) DEFAULT resources_string['service.name']
) ENGINE = MergeTree ORDER BY (ts_bucket_start, has_error, name, timestamp);
CREATE TABLE signoz_logs.distributed_logs_v2 (
    ts_bucket_start UInt64, resource_fingerprint String, timestamp UInt64, observed_timestamp UInt64, id String,
    trace_id String, span_id String, severity_text LowCardinality(String), severity_number UInt8, body String,
    attributes_string Map(LowCardinality(String), String), resources_string Map(LowCardinality(String), String),
    scope_name String
) ENGINE = MergeTree ORDER BY (ts_bucket_start, timestamp, id);
INSERT INTO signoz_traces.distributed_signoz_error_index_v2 SELECT
    fromUnixTimestamp64Nano(toInt64(1795226400000000000 + number * 7000000000)), lower(hex(MD5(toString(number)))),
    lower(hex(MD5(toString(number % 3)))), lower(hex(MD5(concat('trace', toString(number % 10))))), toString(1000 + number % 10),
    'orders-api', 'TimeoutException', concat('no answer from pricing ', toString(number % 3)),
    'java.util.concurrent.TimeoutException: no answer\n\tat com.acme.orders.Pricing.quote(Pricing.java:42)\n\tat com.acme.orders.Orders.open(Orders.java:88)',
    false, map('service.name', 'orders-api', 'service.version', '1.4.0', 'host.name', 'web-1')
FROM numbers(500);
INSERT INTO signoz_traces.distributed_signoz_index_v3
    (ts_bucket_start, timestamp, trace_id, span_id, parent_span_id, name, kind_string, duration_nano, status_code,
     status_message, attributes_string, resources_string, response_status_code, has_error)
SELECT intDiv(1795226390 + number, 1800) * 1800, fromUnixTimestamp64Nano(toInt64(1795226390000000000 + number * 1000000000)),
    lower(hex(MD5(concat('trace', toString(number))))), toString(1000 + number), toString(number), 'GET /orders', 'Server',
    30000000000, 2, 'deadline exceeded', map('http.route', '/orders', 'it''s', 'a \\ "quote"'),
    map('service.name', 'orders-api'), '504', true
FROM numbers(10);
INSERT INTO signoz_traces.distributed_signoz_index_v3
    (ts_bucket_start, timestamp, trace_id, span_id, parent_span_id, name, kind_string, duration_nano, status_code,
     status_message, attributes_string, resources_string, response_status_code, has_error)
SELECT intDiv(1795230000 + number, 1800) * 1800, fromUnixTimestamp64Nano(toInt64(1795230000000000000 + number * 1000000000)),
    lower(hex(MD5(concat('lone', toString(number))))), toString(5000 + number), '', 'GET /stock', 'Client', 9000000, 2,
    'upstream connect error', map(), map('service.name', 'stock-api'), '503', number < 40
FROM numbers(60);
INSERT INTO signoz_logs.distributed_logs_v2 SELECT
    intDiv(1795233600 + number, 1800) * 1800, 'f', 1795233600000000123 + number * 1000000000, 1795233600000000123, toString(number),
    lower(hex(MD5(concat('trace', toString(number % 10))))), '77',
    multiIf(number % 4 = 0, 'ERROR', number % 4 = 1, 'INFO', number % 4 = 2, 'Fatal', ''),
    multiIf(number % 4 = 0, 17, number % 4 = 1, 9, 0), concat('payment ', toString(number), ' was refused'),
    map('code.file.path', 'pay.py', 'count', toString(number)), map('service.name', 'pay-api'), 'pay'
FROM numbers(400);

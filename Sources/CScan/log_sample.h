#ifndef APPLIANCE_LOG_SAMPLE_H
#define APPLIANCE_LOG_SAMPLE_H

/// What logs look like, in a few lines: how common a pattern is, is counted here. It decides nothing but speed.
static const char log_sample[] =
    "{\"timestamp\":\"2026-03-14T09:26:53.589793Z\",\"level\":\"INFO\",\"fields\":{\"message\":\"request completed\","
    "\"duration_ms\":184,\"status\":200,\"path\":\"/api/v1/items/407?page=2\"},\"target\":\"domain::orders::service\","
    "\"trace_id\":\"18072e8c35bf992dc9e9c616612e7696\",\"span_id\":\"5143119a2b8f1ff1\"}\n"
    "{\"time\": \"2026-03-14T09:26:54+09:00\", \"level\": \"debug\", \"msg\": \"cache refreshed in background\", "
    "\"pid\": 4321, \"host\": \"node-17.internal\", \"count\": 60, \"ok\": true, \"user\": {\"id\": 5120, \"plan\": null}}\n"
    "{\"@timestamp\":\"2026-03-14T09:26:55.100Z\",\"@version\":\"1\",\"message\":\"Started job 33 of 450\",\"logger_name\":"
    "\"com.acme.jobs.Runner\",\"thread_name\":\"pool-3-thread-14\",\"severity\":\"INFO\",\"service\":\"checkout\","
    "\"level_value\":20000,\"size\":5,\"retry\":0,\"total\":612}\n"
    "2026-03-14 09:26:56,123 INFO  [http-nio-8080-exec-5] com.acme.web.OrderController - order 50412 of customer 633 "
    "accepted; items=3 total=45.60 (queue depth 12)\n"
    "Mar 14 09:26:57 node-17 nginx[5061]: 10.4.60.15 - - [14/Mar/2026:09:26:57 +0000] \"GET /static/app.js HTTP/1.1\" 200 "
    "51234 \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n"
    "time=2026-03-14T09:26:58Z level=info msg=\"session extended\" user=4021 ttl=600s method=GET request_id=req-6f4d50aa\n";

#endif

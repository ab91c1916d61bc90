/// The usual names, as `LogFields.normalized` spells them.
enum Names {
    static let scopes = [
        "", "fields.", "span.", "extra.", "context.", "mdc.", "attributes.", "labels.", "contextmap.", "data.", "tags.",
        "jsonpayload.",
    ]
    static let time = [
        "timestamp", "time", "ts", "@t", "datetime", "date", "eventtime", "asctime", "instant", "timemillis",
        "timeunixnano", "createdat", "logtime", "localtime", "t.$date", "t",
    ]
    static let level = [
        "level", "severity", "lvl", "loglevel", "log.level", "levelname", "severitytext", "@l", "priorityname",
        "leveltext", "errorseverity", "severitylabel", "levelvalue",
    ]
    static let severityNumber = ["severitynumber"]
    static let priority = ["priority", "syslog.severity", "syslog.severity.code"]
    static let pythonLevel = ["levelno"]
    static let message = [
        "message", "msg", "@m", "@mt", "event", "body", "log", "text", "shortmessage", "log.original",
        "textpayload",
    ]
    static let errorMessage = [
        "error", "err", "error.message", "err.message", "errormessage", "errmsg", "exception.message", "reason",
    ]
    static let errorType = [
        "error.type", "err.type", "error.name", "err.name", "exception.type", "exception.class", "exctype",
        "errortype", "exceptionclass", "error.kind", "thrown.name", "exception.exceptionclass",
        "context.exception.class",
        "error.class", "exception.name",
    ]
    static let exceptionMessage = [
        "error.message", "err.message", "exception.message", "thrown.message", "exception.exceptionmessage",
        "context.exception.message", "excvalue", "errormessage",
    ]
    static let trace = [
        "stacktrace", "error.stacktrace", "error.stack", "err.stack", "exception.stacktrace", "excinfo", "exception",
        "stack", "exc", "traceback", "@x", "errorverbose", "thrown.extendedstacktrace", "error.stacktrace.text",
        "backtrace", "panic", "throwable", "exceptiontrace", "exctext", "exception.stack", "error.exception",
    ]
    static let code = [
        "errorcode", "code", "error.code", "err.code", "errcode", "error.errorcode", "sqlstate", "errorid",
        "statuscode.error", "statecode", "sqlstatecode",
    ]
    static let target = [
        "target", "logger", "loggername", "log.logger", "sourcecontext", "category", "module", "caller",
    ]
    static let requestID = [
        "requestid", "reqid", "request.id", "httprequest.id", "http.request.id", "xrequestid", "correlationid",
        "req.id",
        "request.requestid",
    ]
    static let traceID = ["traceid", "trace.id", "dd.traceid", "otel.traceid", "trace"]
    static let spanID = ["spanid", "span.id", "dd.spanid", "otel.spanid"]
    static let service = [
        "service.name", "service", "servicename", "app", "application", "appname", "application.name", "dd.service",
        "resource.service.name", "app.name", "resource.labels.servicename", "resource.labels.containername",
    ]
    static let release = [
        "release", "service.version", "version", "appversion", "app.version", "build.version", "dd.version",
    ]
    /// The most telling first.
    static let revision = [
        "git.commit.sha", "git.commit", "git.sha", "git.revision", "vcs.ref.head.revision", "vcs.revision",
        "vcs.revision.id", "revision", "commit", "gitcommit", "gitsha", "commitsha", "service.revision",
        "git.commit.id", "commitid",
    ]
    static let environment = ["environment", "env", "deployment.environment", "service.environment", "dd.env"]
    static let host = ["host", "host.name", "hostname", "host.hostname", "node", "machine"]
    /// The event's own, then those of its attributes, the most telling first.
    static let repositoryURL = [
        "repositoryurl", "git.repository.url", "vcs.repository.url", "vcs.repository.url.full", "git.repositoryurl",
        "repository.url", "repo.url",
    ]
    /// Names of durations, and what makes milliseconds of their numbers.
    static let durations: [([String], Double)] = [
        (
            [
                "durationms", "elapsedms", "latencyms", "tookms", "responsetimems", "timems", "durationmillis",
                "duration",
                "elapsed", "latency", "responsetime", "took", "elapsedtime", "executiontime", "durationmilliseconds",
            ], 1
        ),
        (["durations", "durationseconds", "elapsedseconds", "latencyseconds", "durationsec", "requesttime"], 1000),
        (["durationus", "elapsedus", "latencyus", "durationmicros"], 1e-3),
        (["event.duration", "durationns", "elapsedns", "latencyns", "durationnano", "durationnanos"], 1e-6),
    ]
}

import Events

/// The knowledge of the built-in triage, as one table: the first rule that fits is taken, so the narrow ones
/// stand above the wide ones. A test shows each with a line that a real program writes.
extension TriageRule {
    static let all: [TriageRule] =
        resources + connections + security + databases + data + code + concurrency + servers + wide

    // MARK: what a machine runs out of

    private static let resources: [TriageRule] = [
        TriageRule(
            "out of memory, killed",
            words: ["out of memory: kill", "oom-kill", "oomkilled", "memory cgroup out of memory"],
            .critical, "the kernel killed a process because memory ran out",
            [
                "Look for the killed process and its memory in the kernel log",
                "Compare its limit with its real use before the kill",
            ]),
        TriageRule(
            "out of memory", types: ["outofmemoryerror", "memoryerror", "outofmemoryexception", "nomemoryerror"],
            words: [
                "java heap space", "gc overhead limit", "cannot allocate memory", "heap out of memory",
                "allowed memory size of", "memory allocation of",
            ],
            .critical, "the process needs more memory than it may have, or leaks it",
            [
                "Compare memory before the error with a normal day", "Find the largest consumer in a heap dump",
                "Raise the limit only once it is known what grows",
            ]),
        TriageRule(
            "disk full", types: ["diskfullexception"],
            words: [
                "no space left on device", "enospc", "disk full", "not enough space on the disk",
                "could not extend file", "disk quota exceeded",
            ],
            .critical, "a file system is full, or its quota is used up",
            [
                "Find the full file system (df -h, df -i) and what grew on it",
                "Free space, then check what was written while it was full",
            ]),
        TriageRule(
            "read-only file system", words: ["read-only file system", "erofs"],
            .critical, "a file system has been mounted read-only, often after an I/O error",
            ["Read the kernel log for I/O errors of its device", "Check the disk before mounting it writable again"]),
        TriageRule(
            "I/O error", words: ["input/output error", "i/o error, dev", "buffer i/o error", "blk_update_request"],
            .critical, "a disk or its controller does not read or write",
            ["Check the disk's health and the kernel log", "Move the data away before anything else"]),
        TriageRule(
            "too many open files", words: ["too many open files", "emfile", "enfile", "file descriptor limit"],
            .high, "file descriptors ran out: files or connections are opened and not closed, or the limit is low",
            [
                "Count the process's descriptors by kind (ls /proc/PID/fd)", "Find the call that opens without closing",
                "Raise the limit if the number is legitimate",
            ]),
        TriageRule(
            "stack overflow",
            types: ["stackoverflowerror", "recursionerror", "systemstackerror", "stackoverflowexception"],
            words: [
                "maximum call stack size", "maximum recursion depth", "stack overflow", "stack level too deep",
                "goroutine stack exceeds",
            ],
            .high, "a function calls itself without end, or over data that is nested too deep",
            ["Find the repeating frames of the stack", "Check which input is nested or refers to itself"]),
        TriageRule(
            "no threads left",
            words: [
                "unable to create native thread", "unable to create new native thread", "can't start new thread",
                "resource temporarily unavailable&fork", "cannot fork",
            ],
            .critical, "threads or processes ran out: they are started and never end, or the limit is low",
            ["Count the threads by name", "Find the pool that is made anew for each call"]),
    ]

    // MARK: getting through to others

    private static let connections: [TriageRule] = [
        TriageRule(
            "connection pool exhausted",
            types: [
                "pooltimeoutexception", "pooltimeouterror", "poolexhaustedexception", "connectionpooltimeoutexception",
            ],
            words: [
                "connection is not available, request timed out", "pool exhausted", "connection pool&exhausted",
                "pool timed out", "timeout waiting for connection from pool", "queuepool limit", "pool is full",
                "max pool size was reached", "could not obtain a database connection",
                "timeout exceeded when trying to connect",
            ],
            .high, "every connection of the pool is in use: calls hold them too long, or do not give them back",
            [
                "Find what holds a connection while it waits for something else",
                "Compare the pool's size with the number of simultaneous calls", "Look for slow queries at that time",
            ]),
        TriageRule(
            "too many connections",
            words: [
                "too many connections", "too many clients already", "remaining connection slots are reserved",
                "max_connections",
            ],
            .critical, "the server accepts no more connections",
            [
                "List who holds connections on the server",
                "Add up the pools of all instances against the server's limit",
            ]),
        TriageRule(
            "name resolution", types: ["unknownhostexception", "gaierror"],
            words: [
                "unknown host", "name or service not known", "temporary failure in name resolution", "getaddrinfo",
                "enotfound", "no such host", "could not resolve host", "failed to lookup address",
                "host not found in upstream", "nxdomain",
            ],
            .high, "a host name cannot be resolved: the name is wrong, or name service is down",
            ["Resolve the name on the failing host", "Compare the configured name with the one that is served"]),
        TriageRule(
            "TLS certificate expired", types: ["certificateexpiredexception"],
            words: [
                "certificate has expired", "certificate is not yet valid", "certificate expired", "cert_has_expired",
                "notafter:", "certificate&expired",
            ],
            .critical, "a certificate's time is over, or a clock is wrong",
            [
                "Read the certificate's dates and compare both clocks",
                "Renew and deploy it, and watch the date from now on",
            ]),
        TriageRule(
            "TLS not trusted",
            types: [
                "sslhandshakeexception", "sslpeerunverifiedexception", "sslcertverificationerror",
                "certpathvalidatorexception",
            ],
            words: [
                "certificate verify failed", "unable to find valid certification path", "self signed certificate",
                "self-signed certificate", "unable to get local issuer certificate", "x509:", "handshake failure",
                "tls handshake",
            ],
            .high, "two sides do not agree on TLS: an unknown issuer, a wrong name, or no common version",
            [
                "Compare the certificate's issuer and names with what the client trusts",
                "Check what changed last on either side",
            ]),
        TriageRule(
            "connection refused", types: ["connectionrefusederror", "connectexception"],
            words: ["connection refused", "econnrefused", "actively refused", "upstream&refused", "connect() failed"],
            .high, "nothing listens at the other end: the service is down, or address or port are wrong",
            ["Check that the service runs and listens there", "Compare the configured address with where it was moved"]),
        TriageRule(
            "connection reset", types: ["connectionreseterror", "brokenpipeerror", "connectionabortederror"],
            words: [
                "connection reset", "econnreset", "broken pipe", "epipe", "connection aborted",
                "prematurely closed connection", "socket hang up", "unexpected eof",
                "server closed the connection unexpectedly", "connection was closed", "forcibly closed",
            ],
            .medium, "the other side closed the connection: it restarted, timed out, or refused the request",
            ["Look at the other side's log at the same second", "Compare idle time-outs of client, proxy and server"]),
        TriageRule(
            "no route", types: ["noroutetohostexception"],
            words: ["no route to host", "network is unreachable", "ehostunreach", "enetunreach"],
            .high, "the network does not lead to that host",
            ["Check route, firewall and the host itself"]),
        TriageRule(
            "database statement timeout", types: ["querycanceled", "sqltimeoutexception"],
            words: [
                "canceling statement due to statement timeout", "lock wait timeout",
                "canceling statement due to lock timeout", "query execution was interrupted",
                "execution timeout expired",
            ],
            .high, "a statement ran, or waited for a lock, longer than it may",
            ["Find the statement and who held its locks", "Compare its plan with the one of a good day"]),
        TriageRule(
            "timeout",
            types: [
                "timeoutexception", "timeouterror", "sockettimeoutexception", "readtimeout", "connecttimeout",
                "readtimeouterror", "timeout", "httptimeoutexception", "taskcanceledexception",
                "connecttimeoutexception", "readtimeoutexception", "queryexecutiontimeout",
            ],
            words: [
                "timed out", "timeout", "etimedout", "deadline exceeded", "deadline has elapsed", "execution expired",
                "i/o timeout",
            ],
            .high, "a call waited longer than it may: the other side is slow or away, or the limit is too short",
            [
                "Find which call waits, and how the other side was at that time",
                "Check what it holds while it waits (connections, locks)",
                "Check that the time-out was not changed lately",
            ]),
    ]

    // MARK: being allowed to

    private static let security: [TriageRule] = [
        TriageRule(
            "rate limited",
            types: ["toomanyrequestsexception", "ratelimiterror", "throttlingexception", "requestnotpermitted"],
            words: [
                "too many requests", "rate limit", "status 429", "http 429", "429 too", "quota exceeded", "throttled",
                "throttling",
            ],
            .medium, "the other side limits how many calls it takes",
            ["Count the calls and find what made them more", "Wait between tries, with growing pauses"]),
        TriageRule(
            "login failed",
            types: ["authenticationexception", "badcredentialsexception", "autherror", "authenticationerror"],
            words: [
                "authentication failed", "password authentication failed", "access denied for user", "login failed",
                "invalid credentials", "401 unauthorized", "status 401", "unauthorized", "invalid token",
                "token has expired", "jwt expired", "token expired", "bad credentials",
            ],
            .high, "the other side does not accept the name, password or token",
            [
                "Check whether the secret was renewed or expired, and whether this instance has the new one",
                "Rule out an attack if many names or sources are involved",
            ]),
        TriageRule(
            "permission denied",
            types: [
                "accessdeniedexception", "permissionerror", "securityexception", "unauthorizedaccessexception",
                "accesscontrolexception",
            ],
            words: [
                "permission denied", "eacces", "eperm", "operation not permitted", "access is denied", "access denied",
                "403 forbidden", "status 403", "insufficient privilege", "must be owner of",
            ],
            .high, "the process may not do this: owner, mode, role or policy do not allow it",
            [
                "Compare the process's user with the owner and mode of the object",
                "Check what changed: deployment, role, mount, policy",
            ]),
    ]

    // MARK: databases

    private static let databases: [TriageRule] = [
        TriageRule(
            "deadlock",
            types: [
                "deadlockloserdataaccessexception", "deadlockdetected", "lockacquisitionexception",
                "cannotacquirelockexception",
            ],
            words: [
                "deadlock detected", "deadlock found", "was deadlocked", "database is locked", "deadlock victim",
                "all goroutines are asleep",
            ],
            .high, "two sides wait for each other's locks, because they take them in another order",
            [
                "Read which two statements or threads take part",
                "Let both take the locks in the same order, and retry the loser",
            ]),
        TriageRule(
            "serialization failure",
            types: [
                "serializationfailure", "optimisticlockexception", "staleobjectstateexception",
                "objectoptimisticlockingfailureexception", "dbupdateconcurrencyexception", "staleobjecterror",
            ],
            words: [
                "could not serialize access", "row was updated or deleted by another transaction", "optimistic lock",
            ],
            .medium, "two transactions changed the same rows at once",
            ["Retry the transaction", "Find out why the same rows are changed so often"]),
        TriageRule(
            "unique constraint", types: ["uniqueviolation", "duplicatekeyexception", "recordnotunique"],
            words: [
                "duplicate key value", "unique constraint", "duplicate entry", "unique violation",
                "e11000 duplicate key",
            ],
            .medium,
            "a row with this key is there already: the same thing was written twice, or a sequence lags behind",
            ["Check whether a message or request was handled twice", "Compare the sequence with the largest key"]),
        TriageRule(
            "foreign key constraint", types: ["foreignkeyviolation", "invalidforeignkey"],
            words: ["foreign key constraint", "violates foreign key", "foreign key mismatch"],
            .medium, "a row refers to one that is not there, or would be left without its parent",
            ["Check the order of writes and deletes", "Look for the missing parent row"]),
        TriageRule(
            "constraint violation",
            types: [
                "constraintviolationexception", "dataintegrityviolationexception", "integrityerror", "checkviolation",
                "notnullviolation", "sqlintegrityconstraintviolationexception",
            ],
            words: [
                "violates not-null constraint", "violates check constraint", "cannot be null", "not null constraint",
                "value too long for type", "data too long for column", "out of range for type",
                "numeric field overflow",
            ],
            .medium, "a value breaks a rule of the table: missing, too long, or outside what is allowed",
            ["Find where the value comes from", "Check it before it is written"]),
        TriageRule(
            "schema does not match",
            types: ["undefinedtable", "undefinedcolumn", "pendingmigrationerror", "badsqlgrammarexception"],
            words: [
                "relation&does not exist", "column&does not exist", "no such table", "no such column", "unknown column",
                "table&doesn't exist", "pending migration", "migrations are pending", "unapplied migration",
                "invalid object name", "flyway",
            ],
            .critical, "the program and the database schema are not of the same version: a migration is missing",
            [
                "Compare the schema's version with what the release expects",
                "Run the missing migration, or go back to the release before",
            ]),
        TriageRule(
            "SQL syntax", types: ["sqlsyntaxerrorexception", "syntaxerrororaccessruleviolation"],
            words: ["syntax error at or near", "error in your sql syntax", "near \"&syntax error"],
            .high, "a statement is put together wrongly",
            ["Print the statement as it was sent", "Rule out that input became part of it"]),
        TriageRule(
            "replication or recovery conflict",
            words: [
                "conflict with recovery", "read-only transaction", "in a read-only",
                "the database system is starting up", "the database system is shutting down",
                "the database system is in recovery",
            ],
            .high, "the database is not the writable primary at the moment",
            ["Check whether a failover or restart took place", "Check that the client connects to the primary"]),
    ]

    // MARK: what comes in

    private static let data: [TriageRule] = [
        TriageRule(
            "JSON not readable",
            types: [
                "jsonparseexception", "jsondecodeerror", "jsonreaderexception", "mismatchedinputexception",
                "jsonmappingexception", "malformedjsonexception", "jsonsyntaxexception", "jsonexception",
                "invaliddefinitionexception", "unrecognizedpropertyexception",
            ],
            words: [
                "unexpected token&json", "unexpected end of json", "invalid character&looking for beginning",
                "expecting value: line", "is not valid json", "cannot unmarshal", "error parsing json",
                "unexpected character (", "expected value at line", "missing field `", "invalid type: &expected",
            ],
            .medium, "a text is not the JSON that is expected: empty, an error page, or another shape",
            ["Look at what came in: its first bytes tell what it is", "Check whether the sender changed its form"]),
        TriageRule(
            "text encoding",
            types: [
                "unicodedecodeerror", "unicodeencodeerror", "malformedinputexception", "charactercodingexception",
                "invalidbytesequenceerror", "utf8error",
            ],
            words: [
                "codec can't decode", "invalid byte sequence", "invalid utf-8", "malformed utf-8",
                "stream did not contain valid utf-8",
            ],
            .medium, "bytes are read in an encoding that they are not in",
            ["Find which source sends them and in what encoding", "Name the encoding where it is read"]),
        TriageRule(
            "number not readable",
            types: ["numberformatexception", "parseinterror", "formatexception", "parsefloaterror"],
            words: [
                "for input string", "invalid literal for int", "could not convert string to float", "strconv.",
                "invalid digit found", "input string was not in a correct format", "invalid value for integer",
            ],
            .medium, "a text that should be a number is not one, often because it is empty",
            ["Find where the text comes from", "Check it before converting it"]),
        TriageRule(
            "date not readable", types: ["datetimeparseexception", "parseexception"],
            words: ["could not be parsed at index", "does not match format", "parsing time", "invalid isoformat"],
            .medium, "a date is not in the form that is expected",
            ["Compare the form with what the sender writes", "Check locale and time zone"]),
        TriageRule(
            "request too large", types: ["payloadtoolargeerror", "maxuploadsizeexceededexception"],
            words: [
                "request entity too large", "payload too large", "client intended to send too large body",
                "message larger than max", "413 ",
            ],
            .low, "a request is larger than a limit on its way",
            ["Compare the size with the limits of proxy and program"]),
    ]

    // MARK: mistakes of a program

    private static let code: [TriageRule] = [
        TriageRule(
            "null dereference", types: ["nullpointerexception", "nullreferenceexception", "npe"],
            words: [
                "cannot invoke \"", "because&is null", "object reference not set", "nil pointer dereference",
                "cannot read propert&of undefined", "cannot read propert&of null", "cannot set propert&of undefined",
                "undefined method&for nil", "'nonetype' object", "call to a member function&on null",
                "null is not an object", "on a null object reference", "attempt to read property&on null",
            ],
            .high, "a value that is missing (null) is used as if it were there",
            [
                "Find which value on the failing line can be missing, and where it should have been set",
                "Decide what missing means there, and handle it",
            ]),
        TriageRule(
            "nil map write", words: ["assignment to entry in nil map"],
            .high, "a Go map is written before it was made",
            ["Make the map (make) where the value that holds it is built"]),
        TriageRule(
            "unwrap on None", words: ["called `option::unwrap()` on a `none`", "option::expect", "on a `none` value"],
            .high, "Rust code unwraps an Option that is None",
            ["Find which value can be None on the failing line", "Return an error there instead of unwrapping"]),
        TriageRule(
            "unwrap on Err", words: ["called `result::unwrap()` on an `err`", "on an `err` value"],
            .high, "Rust code unwraps a Result that is an error",
            ["Read the error inside the message: that is the cause", "Pass the error on (?) instead of unwrapping"]),
        TriageRule(
            "index out of range",
            types: [
                "indexoutofboundsexception", "arrayindexoutofboundsexception", "stringindexoutofboundsexception",
                "indexerror", "indexoutofrangeexception", "rangeerror",
            ],
            words: [
                "index out of range", "index out of bounds", "list index out of range", "slice bounds out of range",
                "out of bounds for length", "undefined offset", "undefined array key", "index was outside the bounds",
            ],
            .high, "an index is past the end of a list, which is shorter or emptier than thought",
            ["Check what makes the list short or empty", "Check the length before the access"]),
        TriageRule(
            "missing key", types: ["keyerror", "nosuchelementexception", "keynotfoundexception", "nosuchkeyexception"],
            words: [
                "key not found", "no value present", "was not present in the dictionary", "undefined index",
                "no entry found for key",
            ],
            .high, "something is looked up under a key that is not there",
            ["Find out who should have put it there", "Handle the case that it is missing"]),
        TriageRule(
            "division by zero", types: ["zerodivisionerror", "dividebyzeroexception", "divisionbyzeroerror"],
            words: ["/ by zero", "division by zero", "divide by zero", "divided by 0"],
            .high, "a divisor is zero, often because a count is zero",
            ["Find which value on the failing line can be zero", "Decide what the result is then"]),
        TriageRule(
            "wrong cast", types: ["classcastexception", "invalidcastexception"],
            words: ["cannot be cast to", "interface conversion", "unable to cast object"],
            .high, "a value is of another type than the code takes for granted",
            ["Find out where that value is made", "Check its type before using it"]),
        TriageRule(
            "missing class or method",
            types: [
                "classnotfoundexception", "noclassdeffounderror", "nosuchmethoderror", "nosuchfielderror",
                "modulenotfounderror", "importerror", "loaderror", "abstractmethoderror", "unsatisfiedlinkerror",
                "typeloadexception", "missingmethodexception", "filenotfoundexception.assembly",
            ],
            words: [
                "no module named", "cannot find module", "cannot load such file", "could not load file or assembly",
                "undefined symbol", "cannot open shared object file", "class not found", "call to undefined function",
                "failed opening required",
            ],
            .critical, "a library is missing, or is there in another version than the program was built for",
            [
                "Compare the deployed libraries with those of the last good release",
                "Look for two versions of the same library",
            ]),
        TriageRule(
            "undefined attribute or method",
            types: ["attributeerror", "nomethoderror", "nameerror", "referenceerror", "unboundlocalerror"],
            words: [
                "has no attribute", "undefined method", "is not defined", "is not a function",
                "undefined local variable", "undefined variable", "call to undefined method",
            ],
            .high, "a name is used that the value does not have: misspelt, renamed, or the value is of another type",
            ["Check what the last change renamed", "Check of which type the value is there"]),
        TriageRule(
            "type error", types: ["typeerror", "argumenterror"],
            words: [
                "unsupported operand type", "takes&positional argument", "missing&required positional argument",
                "must be of type", "wrong number of arguments", "argument of type", "unexpected keyword argument",
            ],
            .high, "a function gets values of another kind or number than it takes",
            [
                "Compare the call on the failing line with the function's declaration",
                "Check what the last change did to either",
            ]),
        TriageRule(
            "assertion", types: ["assertionerror", "assertionfailederror", "assertionexception"],
            words: [
                "assertion failed", "assertion `", "assertion violated", "assert failed", "unreachable code",
                "precondition failed", "invariant",
            ],
            .high, "something that the code takes for granted is not so",
            [
                "Read the condition on the failing line: it says what was thought impossible",
                "Find the input that makes it possible",
            ]),
        TriageRule(
            "illegal state",
            types: [
                "illegalstateexception", "invalidoperationexception", "lazyinitializationexception",
                "objectdisposedexception",
            ],
            words: [
                "illegal state", "already closed", "is closed", "after close", "not initialized", "already borrowed",
                "already mutably borrowed",
            ],
            .medium, "something is used before it is ready, or after it was closed",
            ["Follow who opens and closes it, and in which order"]),
        TriageRule(
            "illegal argument",
            types: [
                "illegalargumentexception", "argumentexception", "argumentnullexception", "argumentoutofrangeexception",
                "valueerror", "invalidargumentexception", "invalidargument",
            ],
            words: ["illegal argument", "invalid argument", "invalid value"],
            .medium, "a function refuses a value that it was given",
            ["Find where the value comes from", "Check it where it enters the program"]),
        TriageRule(
            "number overflow", types: ["overflowerror", "arithmeticexception", "overflowexception", "arithmeticerror"],
            words: [
                "attempt to add with overflow", "attempt to subtract with overflow",
                "attempt to multiply with overflow", "integer overflow", "arithmetic overflow", "long overflow",
            ],
            .high, "a number is larger, or smaller, than its type can hold",
            ["Find which value grew and why", "Use a wider type, or check the range"]),
        TriageRule(
            "crash in native code",
            words: [
                "segmentation fault", "sigsegv", "segfault at", "sigabrt", "sigbus", "core dumped",
                "general protection", "access violation", "double free", "heap corruption",
            ],
            .critical, "native code used memory that is not its own",
            ["Keep the core file, and read its stack", "Check native libraries that changed lately"]),
    ]

    // MARK: several at once

    private static let concurrency: [TriageRule] = [
        TriageRule(
            "changed while read", types: ["concurrentmodificationexception"],
            words: [
                "concurrent map", "data race", "changed size during iteration", "mutated during iteration",
                "collection was modified",
            ],
            .high, "a collection is changed while something else walks over it",
            ["Find who else changes it", "Copy it, or lock it, for the walk"]),
        TriageRule(
            "work rejected",
            types: [
                "rejectedexecutionexception", "bulkheadfullexception", "callnotpermittedexception",
                "brokencircuitexception",
            ],
            words: [
                "rejected from java.util.concurrent", "queue is full", "queue full", "circuit breaker",
                "circuitbreaker", "worker_connections are not enough",
            ],
            .high, "more work comes in than is done: a queue is full, or a circuit breaker is open",
            ["Find what became slow, or what sends more", "Look at the error that opened the breaker"]),
        TriageRule(
            "poisoned lock", words: ["poisonerror", "poisoned lock", "mutex poisoned", "lock poisoned"],
            .high, "a thread panicked while it held a lock",
            ["Find the first panic before this: that is the cause"]),
    ]

    // MARK: servers and what they stand on

    private static let servers: [TriageRule] = [
        TriageRule(
            "no upstream",
            words: [
                "no live upstreams", "upstream&unavailable", "502 bad gateway", "503 service unavailable",
                "504 gateway", "service unavailable", "bad gateway", "no healthy upstream",
            ],
            .critical, "no server behind the proxy answers",
            ["Check the servers behind it and their health checks", "Compare with the last deployment"]),
        TriageRule(
            "address in use", types: ["bindexception"], words: ["address already in use", "eaddrinuse", "bind() to"],
            .critical, "the port is taken: an old process still runs, or two use the same port",
            ["Find who listens there (ss -ltnp)", "Stop the old process first"]),
        TriageRule(
            "bad configuration",
            types: [
                "beancreationexception", "configurationexception", "improperlyconfigured",
                "nosuchbeandefinitionexception", "configerror",
            ],
            words: [
                "could not resolve placeholder", "missing required environment", "environment variable&not set",
                "missing environment variable", "invalid configuration", "unknown directive", "error creating bean",
            ],
            .critical, "a setting is missing or wrong, so the program does not start right",
            ["Compare the settings with those of the last good release"]),
        TriageRule(
            "file not found",
            types: ["filenotfoundexception", "filenotfounderror", "nosuchfileexception", "directorynotfoundexception"],
            words: [
                "no such file or directory", "enoent", "cannot find the path", "could not find file", "file not found",
            ],
            .medium, "a file is not where the program looks",
            ["Check path and working directory, and what should have made the file", "Check mounts and the deployment"]),
        TriageRule(
            "broker or stream away",
            types: [
                "kafkaexception", "amqpconnectionexception", "alreadyclosedexception", "notleaderforpartitionexception",
                "redisconnectionexception", "rediscommandtimeoutexception",
            ],
            words: [
                "broker&not available", "not leader for partition", "leader not available", "rebalance",
                "misconf redis", "readonly you can't write against a read only replica", "clusterdown",
            ],
            .high, "the message broker or cache does not take part as it should",
            ["Check the cluster's members and their leader"]),
        TriageRule(
            "task hung", words: ["blocked for more than", "soft lockup", "rcu_sched", "hung task", "watchdog: bug"],
            .critical, "the kernel sees a task that does not go on, often because of storage",
            ["Check the storage below", "Read the task's stack in the kernel log"]),
    ]

    // MARK: when nothing narrower fits

    private static let wide: [TriageRule] = [
        TriageRule(
            "cancelled",
            types: ["cancellationexception", "cancellederror", "interruptedexception", "operationcanceledexception"],
            words: ["context canceled", "was cancelled", "operation was canceled", "request aborted"],
            .low, "work was given up because its caller went away or the program stops",
            ["Check whether a restart or a time-out of the caller explains it"]),
        TriageRule(
            "not implemented",
            types: [
                "notimplementederror", "unsupportedoperationexception", "notimplementedexception",
                "notsupportedexception",
            ],
            words: ["not implemented", "not yet implemented", "unsupported operation"],
            .medium, "code is reached that was never written for this case",
            ["Find what leads there now"]),
        TriageRule(
            "panic",
            words: [
                "panicked at", "panic:", "fatal error:", "kernel panic", "uncaught exception", "unhandled exception",
                "unhandled promise", "uncaught&error",
            ],
            .high, "an error that nothing handles ends the task or the process",
            ["Read the first own frame of the stack", "Handle the error where it can be answered"]),
    ]
}

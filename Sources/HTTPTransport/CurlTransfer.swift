import CCurlShim
import Glibc

/// One exchange on libcurl, from the thread that it is run on; the only file that knows libcurl.
///
/// A curl_multi handle is driven by curl_multi_poll, which curl_multi_wakeup interrupts at once when the reader
/// cancels (https://curl.se/libcurl/c/curl_multi_wakeup.html: the one call that may come from another thread).
/// The stall timer is ours: libcurl's own (LOW_SPEED_TIME) fires late.
final class CurlTransfer {
    private let request: HTTPRequest
    private let policy: EgressPolicy
    private let exchange: Exchange
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var strings: [UnsafeMutablePointer<curl_slist>] = []
    private let start = ContinuousClock.now
    /// When the connection stood, or the last piece came, or the reader asked again after a pause.
    private var lastProgress = ContinuousClock.now
    private var isConnected = false
    private var hasBody = false
    private var headReader = HeadReader()
    private var refused: SocketAddress?
    private var isHeadTooLarge = false
    /// What is left of an upload, and why it broke off.
    private var uploading: HTTPUpload.Reader?

    /// Runs a whole exchange and returns when the connection is closed.
    ///
    /// - Returns: what the exchange is to be finished with.
    static func run(
        _ request: HTTPRequest, to endpoint: Endpoint, policy: EgressPolicy, exchange: Exchange,
        on handles: borrowing CurlHandles
    ) -> Outcome {
        let transfer = CurlTransfer(handles, request: request, policy: policy, exchange: exchange)
        let handle = WakeHandle(multi: handles.multi)
        exchange.attach { handle.wake() }
        let outcome = transfer.configure(endpoint) ?? transfer.drive()
        // In this order: no wake-up of another's exchange, and no connection left when the reader hears of the end.
        exchange.detach()
        transfer.close()
        return outcome
    }

    private init(_ handles: borrowing CurlHandles, request: HTTPRequest, policy: EgressPolicy, exchange: Exchange) {
        (easy, multi, self.request) = (handles.easy, handles.multi, request)
        (self.policy, self.exchange) = (policy, exchange)
        uploading = request.upload.map(HTTPUpload.Reader.init)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    /// Ends the connection, and makes the handles forget what was set.
    private func close() {
        curl_multi_remove_handle(multi, easy)
        curl_easy_reset(easy)
        for list in strings { curl_slist_free_all(list) }
        errorText.deallocate()
    }
}

/// What libcurl works with: made once for exchanges that follow one another on a thread, for that takes longer than a
/// small exchange. Never a connection: each ends with its exchange.
struct CurlHandles: ~Copyable {
    fileprivate let easy: UnsafeMutableRawPointer
    fileprivate let multi: UnsafeMutableRawPointer

    /// Once in a process, and before any other call (libcurl(3), "global").
    private static let initialization = appliance_curl_initialize()

    /// For the thread that this is called on.
    init() throws(TransportError) {
        Self.blockBrokenPipeSignal()
        guard Self.initialization == CURLE_OK, let easy = curl_easy_init() else {
            throw .other("libcurl cannot be initialized")
        }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            throw .other("libcurl is out of memory")
        }
        (self.easy, self.multi) = (easy, multi)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    /// OpenSSL writes without MSG_NOSIGNAL: a closed connection must be an error here, not a signal.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

/// Wakes the thread of a transfer.
///
/// Sendable: curl_multi_wakeup may be called from any thread, and `Exchange` calls it only while attached, under its
/// lock, that is before the handle is freed. One that comes after the end wakes the next exchange, which goes on waiting.
private struct WakeHandle: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer

    func wake() { curl_multi_wakeup(multi) }
}

// MARK: - Driving

extension CurlTransfer {
    typealias Outcome = Result<Void, TransportError>

    private func drive() -> Outcome {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return .failure(.other("libcurl refused to start"))
        }
        while true {
            if exchange.isFinished { return .failure(.cancelled) }
            if exchange.shouldResume() {
                lastProgress = .now
                curl_easy_pause(easy, CURLPAUSE_CONT)
            }
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return .failure(.other("libcurl failed")) }
            if let code = completion() { return outcome(of: code) }
            if let (phase, after) = expired() { return .failure(.timedOut(phase, after: after)) }
            curl_multi_poll(multi, nil, 0, pollMilliseconds(), nil)
        }
    }

    private func completion() -> CURLcode? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return nil
    }

    /// The limit that holds now, and since when.
    private var deadline: (phase: TransportError.Phase, since: ContinuousClock.Instant, limit: Duration)? {
        if !isConnected, appliance_curl_connected(easy) > 0 { (isConnected, lastProgress) = (true, .now) }
        if !isConnected { return (.connect, start, request.timeouts.connect) }
        if !hasBody { return (.firstByte, lastProgress, request.timeouts.firstByte) }
        if exchange.isPaused { return nil }
        return (.stall, lastProgress, request.timeouts.stall)
    }

    private func expired() -> (TransportError.Phase, Duration)? {
        let now = ContinuousClock.now
        if let (phase, since, limit) = deadline, now - since >= limit { return (phase, limit) }
        return now - start >= request.timeouts.total ? (.total, request.timeouts.total) : nil
    }

    /// Until the next deadline, at least 1 ms, so that the loop never spins; at most a second.
    private func pollMilliseconds() -> Int32 {
        let now = ContinuousClock.now
        var left = request.timeouts.total - (now - start)
        if let (_, since, limit) = deadline { left = min(left, limit - (now - since)) }
        let (seconds, attoseconds) = left.components
        return seconds >= 1 ? 1000 : max(1, Int32(clamping: attoseconds / 1_000_000_000_000_000 + 1))
    }

    private func outcome(of code: CURLcode) -> Outcome {
        if code == CURLE_OK { return .success(()) }
        if let refused { return .failure(.refusedByPolicy(refused.description)) }
        if isHeadTooLarge { return .failure(.tooLarge(limit: HTTPLimits.headerBytes)) }
        if let reason = uploading?.failure { return .failure(.unreadable(reason)) }
        let text = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        let what = String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).filter { $0.value >= 0x20 }))
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST:
            // The kernel's word ("Connection refused") says more than libcurl's sentence.
            let number = Int32(clamping: appliance_curl_os_error(easy))
            return .failure(.cannotConnect(number == 0 ? what : String(cString: strerror(number)).lowercased()))
        case CURLE_OPERATION_TIMEDOUT: return .failure(.timedOut(.connect, after: request.timeouts.connect))
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return .failure(.untrusted(what))
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: return .failure(.notHTTP(what))
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: return .failure(.reset(what))
        default: return .failure(.other(what))
        }
    }
}

// MARK: - Options and callbacks

extension CurlTransfer {
    /// - Returns: the outcome where libcurl refuses an option.
    private func configure(_ endpoint: Endpoint) -> Outcome? {
        // An empty Expect: libcurl would otherwise wait for a 100 before it sends a large body.
        var headers = ["Expect:"] + request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if let token = endpoint.token { headers.append("Authorization: \(token.headerValue)") }
        var options = ApplianceCurlOptions()
        options.headers = list(headers)
        options.resolve = endpoint.pin.flatMap { list([$0]) }
        options.connectTimeoutMilliseconds = milliseconds(request.timeouts.connect)
        options.error = errorText
        // Unretained: `run` holds the transfer until the handles are gone.
        options.context = Unmanaged.passUnretained(self).toOpaque()
        options.onBody = { bytes, size, count, context in
            CurlTransfer.of(context).body(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        options.onHeader = { bytes, size, count, context in
            CurlTransfer.of(context).header(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        options.openSocket = { context, _, address in CurlTransfer.of(context).openSocket(address) }
        if request.upload != nil {
            options.onUpload = { bytes, size, count, context in
                CurlTransfer.of(context).give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
        }
        var code = CURLE_OK
        let socket = if case .unix(let path) = endpoint.place { path } else { nil as String? }
        withOptional(socket) { socket in
            withOptional(endpoint.caFile) { caFile in
                request.body.withUnsafeBytes { body in
                    endpoint.url(path: request.path).withCString { url in
                        request.method.rawValue.withCString { method in
                            (options.url, options.method) = (url, method)
                            (options.unixSocket, options.caFile) = (socket, caFile)
                            (options.body, options.bodySize) = (body.baseAddress, request.upload?.size ?? body.count)
                            code = appliance_curl_configure(easy, &options)
                        }
                    }
                }
            }
        }
        return code == CURLE_OK ? nil : .failure(.other(String(cString: curl_easy_strerror(code))))
    }

    private func withOptional(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
        if let text { text.withCString { body($0) } } else { body(nil) }
    }

    private func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(1, Int(clamping: min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Freed with the transfer; nil when memory is short.
    private func list(_ texts: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = curl_slist_append(list, text) else { break }
            list = longer
        }
        if let list { strings.append(list) }
        return list
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        guard let context else { preconditionFailure("libcurl lost the context it was given") }
        return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func body(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard exchange.put(bytes) else { return appliance_curl_pause() }
        (hasBody, lastProgress) = (true, .now)
        return bytes.count
    }

    /// The next bytes of the upload. A peer that takes them is no silent one.
    private func give(_ space: UnsafeMutableRawBufferPointer) -> Int {
        guard let count = uploading?.read(into: space) else { return appliance_curl_abort() }
        lastProgress = .now
        return count
    }

    private func header(_ line: UnsafeRawBufferPointer) -> Int {
        switch headReader.read(line) {
        case .more: return line.count
        case .complete(let head):
            exchange.put(head: head)
            return line.count
        case .tooLarge:
            isHeadTooLarge = true
            return 0
        }
    }

    /// The egress guard at work: no socket for an address that the policy does not allow.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
        guard let address else { return -1 }
        let length = min(Int(address.pointee.addrlen), MemoryLayout<sockaddr_storage>.size)
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
        let target = SocketAddress(UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: length))
        guard policy.allows(target) else {
            refused = target
            return -1
        }
        let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, kind, address.pointee.protocol)
    }
}

import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Ends connections that take too long to say what they want: for the head of a request, and for its body, it is the
/// whole that counts, so that a byte now and then keeps nothing open.
final class ConnectionTimer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// From the connection to the end of the first head.
    static let firstHead = TimeAmount.seconds(10)
    /// From an answer to the end of the next head.
    static let nextHead = TimeAmount.seconds(30)
    /// From a head to the end of its body, whether anybody reads it or not.
    static let body = TimeAmount.seconds(45)
    /// The same when the process is told to end.
    static let bodyAtEnd = TimeAmount.seconds(3)

    private let metrics: DoorMetrics
    private var deadline: Scheduled<Void>?
    private var isReceiving = false
    private var isCounted = false
    /// Closed by us: what breaks off by that is not counted again.
    private var isClosing = false

    init(metrics: DoorMetrics) { self.metrics = metrics }

    func handlerAdded(context: ChannelHandlerContext) {
        isCounted = true
        metrics.connections(changedBy: 1)
        schedule(Self.firstHead, isRefusal: true, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReceiving = true
            schedule(Self.body, isRefusal: true, context)
        case .body: break
        case .end:
            isReceiving = false
            deadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), !isReceiving { schedule(Self.nextHead, isRefusal: false, context) }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, isReceiving { schedule(Self.bodyAtEnd, isRefusal: true, context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError, !isClosing { metrics.refused(.malformed) }
        context.fireErrorCaught(error)
    }

    private func schedule(_ time: TimeAmount, isRefusal: Bool, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let (timer, channel) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.channel)
        deadline = context.eventLoop.scheduleTask(in: time) { [metrics] in
            if isRefusal { metrics.refused(.slow) }
            timer.value.isClosing = true
            channel.close(promise: nil)
        }
    }

    private func end() {
        deadline?.cancel()
        guard isCounted else { return }
        isCounted = false
        metrics.connections(changedBy: -1)
    }
}

import Events

/// Reads a text as a stack trace alone: no header, no time, no level is looked for.
///
/// - Returns: the exceptions, outermost first; none for a text without a trace.
public func parseTrace(text: String) -> [ExceptionInfo] { Trace.parse(clip(text, to: IntakeLimits.pasted)) }

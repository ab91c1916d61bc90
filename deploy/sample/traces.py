"""Stack traces as the three languages print them, with files and lines taken from the repositories."""

# What lies below a Spring controller; with the controller's own frame, the "23 more" of a cause.
SERVLET = [
    "java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
    "java.base/java.lang.reflect.Method.invoke(Method.java:580)",
    "org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:255)",
    "org.springframework.web.method.support.InvocableHandlerMethod.invokeForRequest(InvocableHandlerMethod.java:188)",
    "org.springframework.web.servlet.mvc.method.annotation.ServletInvocableHandlerMethod.invokeAndHandle"
    "(ServletInvocableHandlerMethod.java:118)",
    "org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter.handleInternal"
    "(RequestMappingHandlerAdapter.java:903)",
    "org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)",
    "org.springframework.web.servlet.DispatcherServlet.doService(DispatcherServlet.java:979)",
    "org.springframework.web.servlet.FrameworkServlet.processRequest(FrameworkServlet.java:1014)",
    "org.springframework.web.servlet.FrameworkServlet.doGet(FrameworkServlet.java:903)",
    "jakarta.servlet.http.HttpServlet.service(HttpServlet.java:564)",
    "org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)",
    "org.apache.catalina.core.ApplicationFilterChain.internalDoFilter(ApplicationFilterChain.java:195)",
    "org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:140)",
    "org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:167)",
    "org.apache.catalina.core.StandardContextValve.invoke(StandardContextValve.java:90)",
    "org.apache.catalina.core.StandardEngineValve.invoke(StandardEngineValve.java:74)",
    "org.apache.catalina.connector.CoyoteAdapter.service(CoyoteAdapter.java:344)",
    "org.apache.coyote.http11.Http11Processor.service(Http11Processor.java:389)",
    "org.apache.tomcat.util.net.NioEndpoint$SocketProcessor.doRun(NioEndpoint.java:1741)",
    "org.apache.tomcat.util.threads.TaskThread$WrappingRunnable.run(TaskThread.java:63)",
    "java.base/java.lang.Thread.run(Thread.java:1583)",
]
POOL = [
    "com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)",
    "com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:181)",
    "com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:146)",
    "com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:128)",
]
JAVA_ROOT = "src/main/java/"


def java_frame(repository, tag, path, method, text):
    """`com.acme.…Class.method(Class.java:LINE)`: newest call first in a trace."""
    name = path[len(JAVA_ROOT):-len(".java")].replace("/", ".")
    return f"{name}.{method}({path.split('/')[-1]}:{repository.line(tag, path, text)})"


def java_lines(chain):
    """Lines of [(type, message, frames, how many more)], outermost first."""
    lines = []
    for position, (kind, message, frames, more) in enumerate(chain):
        lines.append(("Caused by: " if position else "") + kind + ": " + message)
        lines += ["\tat " + frame for frame in frames]
        if more:
            lines.append(f"\t... {more} more")
    return lines


def java_exceptions(chain):
    """The same as an event has it: frames oldest first."""
    return [{"type": kind, "message": message, "frames": [_java_parts(frame) for frame in reversed(frames)]}
            for kind, message, frames, _ in chain]


def _java_parts(frame):
    call, place = frame[:-1].split("(")
    module, function = call.split("/")[-1].rsplit(".", 1)
    file, line = place.split(":")
    return {"file": file, "function": function, "module": module, "line": int(line),
            "inApp": module.startswith("com.acme.")}


PYTHON_ROOT = "/srv/billing/"
DIRECT_CAUSE = "The above exception was the direct cause of the following exception:"
DURING = "During handling of the above exception, another exception occurred:"


def python_frame(repository, tag, path, function, text):
    return (PYTHON_ROOT + path, repository.line(tag, path, text), function, repository.source(tag, path, text))


def python_lines(chain):
    """Lines of [(type, message, frames, link to the next)]: the cause first, as Python prints it."""
    lines = []
    for kind, message, frames, link in chain:
        lines.append("Traceback (most recent call last):")
        for path, line, function, source in frames:
            lines += [f'  File "{path}", line {line}, in {function}', "    " + source]
        lines.append(f"{kind}: {message}")
        if link:
            lines += ["", link, ""]
    return lines


def python_exceptions(chain):
    """The same as an event has it: outermost first, frames oldest first."""
    return [{"type": kind, "message": message,
             "frames": [{"file": path, "function": function, "line": line,
                         "inApp": path.startswith(PYTHON_ROOT),
                         "context": {"before": [], "line": source, "after": []}}
                        for path, line, function, source in frames]}
            for kind, message, frames, _ in reversed(chain)]

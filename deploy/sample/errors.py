"""The errors of the sample, with traces that match the repositories at the releases named."""

import billing_repository as b
import gateway_repository as g
import orders_repository as o
import traces

SERVICE_EXCEPTION = "com.acme.orders.service.ServiceException"
POOL_EXCEPTION = "java.sql.SQLTransientConnectionException"
PRICING_EXCEPTION = "com.acme.orders.pricing.PricingClient$PricingException"


def pool_timeout(orders, tag=o.RELEASE, path=o.SERVICE, method="findOpen", waited=30001):
    def at(file, name, text):
        return traces.java_frame(orders, tag, file, name, text)

    controller = at(o.CONTROLLER, "open", f"return orders.{method}(customer)")
    message = f"HikariPool-1 - Connection is not available, request timed out after {waited}ms."
    return [
        (SERVICE_EXCEPTION, "open orders cannot be read",
         [at(path, method, "throw new ServiceException"), controller] + traces.SERVLET, 0),
        (POOL_EXCEPTION, message,
         traces.POOL + [at(o.STORE, "findOpen", "pool.getConnection()"),
                        at(path, method, "repository.findOpen(customer)")], 23)]


def missing_rate(orders):
    def at(file, name, text):
        return traces.java_frame(orders, o.RELEASE, file, name, text)

    return [("java.lang.NullPointerException", 'Cannot read field "scale" because "multiplicand" is null', [
        "java.base/java.math.BigDecimal.multiply(BigDecimal.java:1495)",
        at(o.INVOICE, "toRow", "net.multiply(rate)"),
        at(o.BASE + "invoice/InvoiceExport.java", "write", "InvoiceMapper.toRow(order)"),
        "org.springframework.scheduling.support.ScheduledMethodRunnable.run(ScheduledMethodRunnable.java:130)",
        "java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)",
        "java.base/java.lang.Thread.run(Thread.java:1583)"], 0)]


def bad_quantity(orders, tag):
    place = traces.java_frame(orders, tag, o.REQUEST, "<init>", "quantity must be at least 1")
    return [("java.lang.IllegalArgumentException", "quantity must be at least 1: SKU-20417", [
        place,
        "java.base/jdk.internal.reflect.DirectConstructorHandleAccessor.newInstance"
        "(DirectConstructorHandleAccessor.java:62)",
        "com.fasterxml.jackson.databind.introspect.AnnotatedConstructor.call(AnnotatedConstructor.java:124)",
        "com.fasterxml.jackson.databind.deser.BeanDeserializer.deserialize(BeanDeserializer.java:185)"]
        + [frame.replace("doGet(FrameworkServlet.java:903)", "doPost(FrameworkServlet.java:914)")
           for frame in traces.SERVLET[5:]], 0)]


def pricing_refused(orders, tag):
    def at(file, name, text):
        return traces.java_frame(orders, tag, file, name, text)

    return [(PRICING_EXCEPTION, "pricing answered 503", [
        at(o.PRICING, "quote", "throw new PricingException(\"pricing answered"),
        at(o.SERVICE, "findOpen", "pricing.quote("),
        at(o.CONTROLLER, "open", "return orders.findOpen(customer)")] + traces.SERVLET, 0)]


def no_currency(billing):
    def at(file, name, text):
        return traces.python_frame(billing, b.NEWEST_IN_MIRROR, file, name, text)

    return [
        ("KeyError", "'currency'", [
            at(b.CHARGE, "charge", "amount = amount_of(invoice)"),
            at(b.INVOICE, "amount_of", 'invoice["currency"]')], traces.DIRECT_CAUSE),
        ("billing_worker.errors.BillingError", "invoice has no 'currency'", [
            at(b.WORKER, "run_once", "self.charger.charge(invoice)"),
            at(b.CHARGE, "charge", "raise BillingError(")], None)]


def ledger_refused(billing):
    def at(file, name, text):
        return traces.python_frame(billing, b.NEWEST_IN_MIRROR, file, name, text)

    library = "/usr/lib/python3.9/socket.py"
    return [
        ("ConnectionResetError", "[Errno 104] Connection reset by peer", [
            at(b.LEDGER, "book", 'self.send(f"BOOK'),
            at(b.LEDGER, "send", "self.connection.sendall")], traces.DURING),
        ("ConnectionRefusedError", "[Errno 111] Connection refused", [
            at(b.WORKER, "run_once", "self.charger.charge(invoice)"),
            at(b.CHARGE, "charge", "self.ledger.book("),
            at(b.LEDGER, "book", 'self.send("ROLLBACK'),
            at(b.LEDGER, "send", "self.open()"),
            at(b.LEDGER, "open", "socket.create_connection"),
            (library, 844, "create_connection", "raise err"),
            (library, 832, "create_connection", "sock.connect(sa)")], None)]


def nothing_to_charge(billing):
    def at(file, name, text):
        return traces.python_frame(billing, b.NEWEST_IN_MIRROR, file, name, text)

    return [("ValueError", "nothing to charge for INV-2026-40718: 0.00 KRW", [
        at(b.WORKER, "run_once", "self.charger.charge(invoice)"),
        at(b.CHARGE, "charge", "self.gateway.charge("),
        at("billing_worker/gateway.py", "charge", "raise ValueError")], None)]


# One row for each `tracing::error!` of the gateway: code → (target, file, text of the macro's line).
GATEWAY_SITES = {
    "AI_003": ("ai_gateway::domain::ai::service", g.SERVICE, "tracing::error!("),
    "AI_004": ("ai_gateway::domain::ai::refusal", g.REFUSAL, 'error_code = "AI_004"'),
    "AI_007": ("ai_gateway::domain::ai::client", g.CLIENT, 'error_code = "AI_007"'),
    "AI_009": ("ai_gateway::domain::usage", g.USAGE, 'error_code = "AI_009"'),
    "AI_011": ("ai_gateway::domain::prompt::filter", g.FILTER, 'error_code = "AI_011"'),
}

"""`orders-api`: Java; its newest release waits for the pricing service without a time-out."""

from repository import Repository, ago

JIYOUNG = "Kim Jiyoung <jiyoung.kim@acme.example>"
MINHO = "Park Minho <minho.park@acme.example>"
SORA = "Lee Sora <sora.lee@acme.example>"
DANIEL = "Daniel Weber <daniel.weber@acme.example>"

RELEASE = "2026.11.20-1"
RELEASE_BEFORE = "2026.11.16-1"
RELEASE_OF_INCIDENT = "2026.10.13-1"
GUILTY = "remove client time-outs, gateway handles them"
OLD_FIX = "time-out for pricing"
INVOICE_GUILTY = "invoices: VAT by the country of the customer"

BASE = "src/main/java/com/acme/orders/"
CONTROLLER = BASE + "web/OrderController.java"
REQUEST = BASE + "web/OrderRequest.java"
LOOKUP = BASE + "service/OrderLookup.java"
SERVICE = BASE + "service/OrderService.java"
EXCEPTION = BASE + "service/ServiceException.java"
STORE = BASE + "repository/OrderRepository.java"
ORDER = BASE + "repository/Order.java"
PRICING = BASE + "pricing/PricingClient.java"
QUOTE = BASE + "pricing/PriceQuote.java"
INVOICE = BASE + "invoice/InvoiceMapper.java"
SETTINGS = "src/main/resources/application.yml"

APPLICATION_JAVA = """\
package com.acme.orders;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.transaction.annotation.EnableTransactionManagement;

@SpringBootApplication
@EnableTransactionManagement
public class OrdersApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(OrdersApplication.class, arguments);
    }
}
"""

ORDER_JAVA = """\
package com.acme.orders.repository;

import java.time.Instant;
import java.util.List;

/** An order as it lies in the database, without prices. */
public record Order(long id, String customer, String country, Status status, Instant createdAt, List<Line> lines) {

    public enum Status { OPEN, PAID, SHIPPED, CANCELLED }

    /** One article of an order. */
    public record Line(String sku, int quantity) {
        public Line {
            if (quantity < 1) {
                throw new IllegalArgumentException("quantity of " + sku + " is " + quantity);
            }
        }
    }

    public List<String> skus() {
        return lines.stream().map(Line::sku).distinct().sorted().toList();
    }
}
"""

STORE_JAVA = """\
package com.acme.orders.repository;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.stereotype.Repository;

/** Reads orders. The pool is transaction-aware: a connection goes back when the transaction ends, not on close. */
@Repository
public class OrderRepository {

    private static final String OPEN_ORDERS = "SELECT id, customer, country, status, created_at"
            + " FROM orders WHERE customer = ? AND status = 'OPEN'";
    private static final String LINES = "SELECT sku, quantity FROM order_line WHERE order_id = ?";

    private final DataSource pool;

    public OrderRepository(DataSource pool) {
        this.pool = pool;
    }

    public List<Order> findOpen(String customer) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement query = connection.prepareStatement(OPEN_ORDERS)) {
            query.setString(1, customer);
            List<Order> orders = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    orders.add(read(connection, rows));
                }
            }
            return orders;
        }
    }

    private Order read(Connection connection, ResultSet row) throws SQLException {
        long id = row.getLong("id");
        return new Order(
                id,
                row.getString("customer"),
                row.getString("country"),
                Order.Status.valueOf(row.getString("status")),
                row.getTimestamp("created_at").toInstant(),
                lines(connection, id));
    }

    private List<Order.Line> lines(Connection connection, long order) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(LINES)) {
            query.setLong(1, order);
            List<Order.Line> lines = new ArrayList<>();
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    lines.add(new Order.Line(found.getString("sku"), found.getInt("quantity")));
                }
            }
            return lines;
        }
    }
}
"""

SETTINGS_YML = """\
server:
  port: 8080
  tomcat.threads.max: 200
spring:
  application.name: orders-api
  datasource:
    url: jdbc:postgresql://orders-db:5432/orders
    username: orders
    password: ${ORDERS_DB_PASSWORD}
pricing:
  url: http://pricing:8080/quote
"""

CONTROLLER_JAVA = """\
package com.acme.orders.web;

import com.acme.orders.service.OrderLookup;
import com.acme.orders.service.PricedOrder;
import com.acme.orders.service.ServiceException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Orders over HTTP. */
@RestController
public class OrderController {

    private static final Logger log = LoggerFactory.getLogger(OrderController.class);

    private final OrderLookup orders;

    public OrderController(OrderLookup orders) {
        this.orders = orders;
    }

    @GetMapping("/customers/{customer}/orders/open")
    public List<PricedOrder> open(@PathVariable String customer) {
        try {
            return orders.openOrders(customer);
        } catch (ServiceException failure) {
            log.error("GET /customers/{}/orders/open failed", customer, failure);
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE);
        }
    }
}
"""

EXCEPTION_JAVA = """\
package com.acme.orders.service;

/** A request that cannot be answered now; the cause tells why. */
public class ServiceException extends RuntimeException {

    public ServiceException(String message, Throwable cause) {
        super(message, cause);
    }
}
"""

PRICED_JAVA = """\
package com.acme.orders.service;

import com.acme.orders.repository.Order;
import java.math.BigDecimal;

/** An order and what it costs today. */
public record PricedOrder(Order order, BigDecimal total, String priceVersion) {
}
"""

LOOKUP_JAVA = """\
package com.acme.orders.service;

import com.acme.orders.pricing.PriceQuote;
import com.acme.orders.pricing.PricingClient;
import com.acme.orders.repository.Order;
import com.acme.orders.repository.OrderRepository;
import java.sql.SQLException;
import java.util.List;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Finds orders and prices them. */
@Service
public class OrderLookup {

    private final OrderRepository repository;
    private final PricingClient pricing;

    public OrderLookup(OrderRepository repository, PricingClient pricing) {
        this.repository = repository;
        this.pricing = pricing;
    }

    /** Open orders with today's prices. The database connection is held until the method returns. */
    @Transactional(readOnly = true)
    public List<PricedOrder> openOrders(String customer) {
        try {
            List<Order> orders = repository.findOpen(customer);
            PriceQuote quote = pricing.quote(skus(orders));
            return orders.stream().map(order -> price(order, quote)).toList();
        } catch (SQLException cause) {
            throw new ServiceException("open orders cannot be read", cause);
        }
    }

    private static List<String> skus(List<Order> orders) {
        return orders.stream().flatMap(order -> order.skus().stream()).distinct().toList();
    }

    private static PricedOrder price(Order order, PriceQuote quote) {
        return new PricedOrder(order, quote.total(order.lines()), quote.version());
    }
}
"""

PRICING_JAVA = """\
package com.acme.orders.pricing;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Asks the pricing service what articles cost. */
@Component
public class PricingClient {

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final URI endpoint;

    public PricingClient(@Value("${pricing.url}") URI endpoint) {
        this.endpoint = endpoint;
    }

    public PriceQuote quote(List<String> skus) {
        try {
            HttpRequest request = HttpRequest.newBuilder(endpoint)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(json.writeValueAsBytes(skus)))
                    .build();
            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new PricingException("pricing answered " + response.statusCode());
            }
            return json.readValue(response.body(), PriceQuote.class);
        } catch (IOException failure) {
            throw new PricingException("pricing cannot be asked: " + failure.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new PricingException("interrupted while asking pricing");
        }
    }

    /** Pricing did not give a quote. */
    public static class PricingException extends RuntimeException {
        public PricingException(String message) {
            super(message);
        }
    }
}
"""

QUOTE_JAVA = """\
package com.acme.orders.pricing;

import com.acme.orders.repository.Order;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Prices by article, as they stood at one version of the price list. */
public record PriceQuote(String version, Map<String, BigDecimal> prices) {

    public BigDecimal total(List<Order.Line> lines) {
        BigDecimal total = BigDecimal.ZERO;
        for (Order.Line line : lines) {
            BigDecimal price = prices.getOrDefault(line.sku(), BigDecimal.ZERO);
            total = total.add(price.multiply(BigDecimal.valueOf(line.quantity())));
        }
        return total;
    }
}
"""

INVOICE_JAVA = """\
package com.acme.orders.invoice;

import com.acme.orders.repository.Order;
import com.acme.orders.service.PricedOrder;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Turns a priced order into the row that the ERP system imports. */
public final class InvoiceMapper {

    private static final BigDecimal VAT = new BigDecimal("0.10");

    private InvoiceMapper() {
    }

    public static Map<String, String> toRow(PricedOrder priced) {
        Order order = priced.order();
        BigDecimal net = priced.total();
        BigDecimal vat = net.multiply(VAT);
        Map<String, String> row = new LinkedHashMap<>();
        row.put("invoice", number(order));
        row.put("customer", order.customer());
        row.put("net", amount(net));
        row.put("vat", amount(vat));
        row.put("gross", amount(net.add(vat)));
        return row;
    }

    private static String number(Order order) {
        return "INV-" + order.id();
    }

    private static String amount(BigDecimal value) {
        return value.setScale(2, RoundingMode.HALF_UP).toPlainString();
    }
}
"""

REQUEST_JAVA = """\
package com.acme.orders.web;

import java.util.List;

/** The body of POST /orders. */
public record OrderRequest(String customer, List<Item> items) {

    private static final int MOST_ITEMS = 200;

    /** One article asked for. */
    public record Item(String sku, int quantity) {
    }

    public OrderRequest {
        if (items == null || items.isEmpty()) {
            throw new IllegalArgumentException("an order needs at least one item");
        }
        if (items.size() > MOST_ITEMS) {
            throw new IllegalArgumentException("an order has at most " + MOST_ITEMS + " items");
        }
        for (Item item : items) {
            if (item.quantity() < 1) {
                throw new IllegalArgumentException("quantity must be at least 1: " + item.sku());
            }
        }
    }
}
"""

EXPORT_JAVA = """\
package com.acme.orders.invoice;

import com.acme.orders.service.PricedOrder;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Writes the invoices of a night for the ERP system. */
@Component
public class InvoiceExport {

    private static final Logger log = LoggerFactory.getLogger(InvoiceExport.class);

    public int write(List<PricedOrder> orders, ErpFile file) {
        int written = 0;
        for (PricedOrder order : orders) {
            try {
                file.append(InvoiceMapper.toRow(order));
                written += 1;
            } catch (RuntimeException failure) {
                log.error("invoice of order {} was left out", order.order().id(), failure);
            }
        }
        log.info("{} of {} invoices written", written, orders.size());
        return written;
    }

    /** Where rows go. */
    public interface ErpFile {
        void append(Map<String, String> row);
    }
}
"""


def orders():
    repository = Repository("orders", fetched=ago(0, "00:10"))
    _beginnings(repository)
    _earlier_incident(repository)
    _autumn(repository)
    _newest_release(repository)
    return repository


def _beginnings(repository):
    repository.commit(
        ago(61, "10:12"), MINHO, "orders: skeleton of the service",
        write={BASE + "OrdersApplication.java": APPLICATION_JAVA, ORDER: ORDER_JAVA, STORE: STORE_JAVA,
               SETTINGS: SETTINGS_YML, "README.md": "# orders-api\n\nOrders, read and priced.\n"})
    repository.commit(
        ago(60, "15:40"), MINHO, "web: read open orders over HTTP",
        write={CONTROLLER: CONTROLLER_JAVA, EXCEPTION: EXCEPTION_JAVA, LOOKUP: LOOKUP_JAVA,
               BASE + "service/PricedOrder.java": PRICED_JAVA, PRICING: PRICING_JAVA, QUOTE: QUOTE_JAVA})
    repository.commit(
        ago(55, "11:03"), DANIEL, "invoices: rows for the ERP system",
        write={INVOICE: INVOICE_JAVA, BASE + "invoice/InvoiceExport.java": EXPORT_JAVA})
    repository.commit(ago(50, "16:21"), SORA, "web: refuse orders without items", write={REQUEST: REQUEST_JAVA})
    repository.commit(
        ago(39, "14:02"), MINHO, "pool of 10 connections, 30 seconds to wait for one",
        edit={SETTINGS: [("    password: ${ORDERS_DB_PASSWORD}\n",
                          "    password: ${ORDERS_DB_PASSWORD}\n    hikari:\n      maximum-pool-size: 10\n"
                          "      connection-timeout: 30000\n")]},
        tag=RELEASE_OF_INCIDENT)


def _earlier_incident(repository):
    repository.commit(
        ago(35, "02:48"), SORA,
        OLD_FIX + "\n\nWhile pricing was slow, openOrders held a database connection for as long as it waited, and\n"
        "ten slow calls emptied the pool. Pricing now has two seconds to answer.",
        edit={PRICING: [
            ("import java.util.List;\n", "import java.time.Duration;\nimport java.util.List;\n"),
            ("    public PriceQuote quote(List<String> skus) {\n",
             "    /** Gives up after `timeout`: callers may hold a database connection while they wait. */\n"
             "    public PriceQuote quote(List<String> skus, Duration timeout) {\n"),
            ("HttpRequest.newBuilder(endpoint)\n", "HttpRequest.newBuilder(endpoint)\n"
             "                    .timeout(timeout)\n")],
            LOOKUP: [
            ("import java.sql.SQLException;\n", "import java.sql.SQLException;\nimport java.time.Duration;\n"),
            ("    private final OrderRepository repository;\n",
             "    private static final Duration PRICING_TIMEOUT = Duration.ofMillis(2000);\n\n"
             "    private final OrderRepository repository;\n"),
            ("pricing.quote(skus(orders));", "pricing.quote(skus(orders), PRICING_TIMEOUT);")]},
        tag="2026.10.17-1")


def _autumn(repository):
    renamed = repository.files[LOOKUP].replace("OrderLookup", "OrderService").replace("openOrders", "findOpen")
    repository.commit(
        ago(28, "10:37"), DANIEL, "OrderLookup becomes OrderService, openOrders becomes findOpen",
        write={SERVICE: renamed}, delete=[LOOKUP],
        edit={CONTROLLER: [
            ("import com.acme.orders.service.OrderLookup;\nimport com.acme.orders.service.PricedOrder;\n",
             "import com.acme.orders.service.OrderService;\nimport com.acme.orders.service.PricedOrder;\n"),
            ("    private final OrderLookup orders;\n", "    private final OrderService orders;\n"),
            ("public OrderController(OrderLookup orders)", "public OrderController(OrderService orders)"),
            ("orders.openOrders(customer)", "orders.findOpen(customer)")]},
        tag="2026.10.26-2")
    repository.commit(
        ago(22, "13:15"), SORA, "invoices: numbers carry the year",
        edit={INVOICE: [
            ("import java.math.RoundingMode;\n", "import java.math.RoundingMode;\nimport java.time.ZoneOffset;\n"),
            ('return "INV-" + order.id();',
             'return "INV-" + order.createdAt().atOffset(ZoneOffset.UTC).getYear() + "-" + order.id();')]})
    repository.commit(
        ago(16, "17:52"), MINHO, "README: the database that the tests need",
        edit={"README.md": [("Orders, read and priced.\n",
                             "Orders, read and priced.\n\nTests need PostgreSQL 15 on port 5432.\n")]})
    repository.commit(
        ago(12, "11:29"), DANIEL, "pricing: say how long an answer took",
        edit={PRICING: [
            ("import java.util.List;\n", "import java.util.List;\nimport org.slf4j.Logger;\n"
             "import org.slf4j.LoggerFactory;\n"),
            ("    private final HttpClient http", "    private static final Logger log = "
             "LoggerFactory.getLogger(PricingClient.class);\n\n    private final HttpClient http"),
            ("            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());\n",
             "            long start = System.nanoTime();\n"
             "            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());\n"
             '            log.debug("pricing answered in {} ms", (System.nanoTime() - start) / 1_000_000);\n')]})
    repository.commit(
        ago(5, "15:08"), SORA, "orders: the newest first",
        edit={STORE: [("WHERE customer = ? AND status = 'OPEN'\"",
                       "WHERE customer = ? AND status = 'OPEN' ORDER BY created_at DESC\"")]},
        tag=RELEASE_BEFORE)


def _newest_release(repository):
    repository.commit(
        ago(3, "09:55"), MINHO, "web: an order has at most 100 items",
        edit={REQUEST: [("MOST_ITEMS = 200", "MOST_ITEMS = 100")]})
    repository.commit(
        ago(1, "14:20"), DANIEL, INVOICE_GUILTY,
        edit={INVOICE: [
            ('    private static final BigDecimal VAT = new BigDecimal("0.10");\n',
             '    private static final Map<String, BigDecimal> VAT = Map.of(\n'
             '            "KR", new BigDecimal("0.10"), "JP", new BigDecimal("0.10"),\n'
             '            "DE", new BigDecimal("0.19"));\n'),
            ("        BigDecimal vat = net.multiply(VAT);\n",
             "        BigDecimal rate = VAT.get(order.country());\n"
             "        BigDecimal vat = net.multiply(rate);\n")]})
    repository.commit(
        ago(1, "16:32"), JIYOUNG,
        GUILTY + "\n\nThe API gateway ends every request after 60 seconds, so clients need no time-outs of their own.",
        edit={PRICING: [
            ("import java.time.Duration;\n", ""),
            ("    /** Gives up after `timeout`: callers may hold a database connection while they wait. */\n"
             "    public PriceQuote quote(List<String> skus, Duration timeout) {\n",
             "    public PriceQuote quote(List<String> skus) {\n"),
            ("                    .timeout(timeout)\n", "")],
            SERVICE: [
            ("import java.time.Duration;\n", ""),
            ("    private static final Duration PRICING_TIMEOUT = Duration.ofMillis(2000);\n\n", ""),
            ("pricing.quote(skus(orders), PRICING_TIMEOUT);", "pricing.quote(skus(orders));")]})
    repository.commit(
        ago(1, "21:35"), MINHO, "README: how a release is made",
        edit={"README.md": [("Tests need", "A release is a tag on `main`.\nTests need")]},
        tag=RELEASE)
    repository.commit(
        ago(1, "23:10"), SORA, "web: log no customer names",
        edit={CONTROLLER: [('"GET /customers/{}/orders/open failed", customer, failure',
                            '"GET /customers/*/orders/open failed", failure')]})

import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("A stack trace leads to the right lines and the guilty commit")
struct LanguageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var file: String
        var before: String
        var after: String
        var frame: StackFrame
        var marked: String
        var function: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "Java, package and file name", file: "orders/src/main/java/com/acme/orders/OrderRepository.java",
            before: """
                package com.acme.orders;

                public class OrderRepository {
                    @Transactional
                    public List<Order> findOpen(String customer) {
                        var prices = pricing.quote(customer, TIMEOUT);
                        return jdbc.query(OPEN_ORDERS, mapper, customer, prices.version());
                    }

                    public void close() {
                        jdbc.close();
                    }
                }

                """,
            after: """
                package com.acme.orders;

                public class OrderRepository {
                    @Transactional
                    public List<Order> findOpen(String customer) {
                        var prices = pricing.quote(customer);
                        return jdbc.query(OPEN_ORDERS, mapper, customer, prices.version());
                    }

                    public void close() {
                        jdbc.close();
                    }
                }

                """,
            frame: StackFrame(
                file: "OrderRepository.java", function: "findOpen", module: "com.acme.orders.OrderRepository", line: 6),
            marked: "        var prices = pricing.quote(customer);", function: "findOpen"),
        Case(
            name: "Rust, build path", file: "crates/server/src/domain/ai/service.rs",
            before: """
                impl Service {
                    pub async fn complete(&self, prompt: &str) -> Result<Answer, AiError> {
                        let reply = self.client.post(prompt).await?;
                        reply.choices.first().cloned().ok_or(AiError::Empty)
                    }
                }

                """,
            after: """
                impl Service {
                    pub async fn complete(&self, prompt: &str) -> Result<Answer, AiError> {
                        let reply = self.client.post(prompt).await?;
                        Ok(reply.choices[0].clone())
                    }
                }

                """,
            frame: StackFrame(
                file: "/build/crates/server/src/domain/ai/service.rs",
                function: "server::domain::ai::service::Service::complete::{{closure}}", line: 4),
            marked: "        Ok(reply.choices[0].clone())", function: "complete"),
        Case(
            name: "Python, container path", file: "src/billing/invoice.py",
            before: """
                class Invoice:
                    def total(self, lines):
                        return sum(line.amount for line in lines if line.amount)

                    def lines(self):
                        return self._lines

                """,
            after: """
                class Invoice:
                    def total(self, lines):
                        return sum(line.amount for line in lines)

                    def lines(self):
                        return self._lines

                """,
            frame: StackFrame(file: "/app/src/billing/invoice.py", function: "total", line: 3),
            marked: "        return sum(line.amount for line in lines)", function: "total"),
        Case(
            name: "TypeScript, webpack", file: "web/src/cart/total.ts",
            before: """
                export const cartTotal = (items: Item[]): number => {
                  return items.reduce((sum, item) => sum + (item.price ?? 0), 0);
                };

                """,
            after: """
                export const cartTotal = (items: Item[]): number => {
                  return items.reduce((sum, item) => sum + item.price.value, 0);
                };

                """,
            frame: StackFrame(file: "webpack://shop/./src/cart/total.ts?1a2b", function: "cartTotal", line: 2),
            marked: "  return items.reduce((sum, item) => sum + item.price.value, 0);", function: "cartTotal"),
        Case(
            name: "Go, module path", file: "internal/orders/service.go",
            before: """
                package orders

                func (s *Service) Find(id string) (*Order, error) {
                \torder, ok := s.cache[id]
                \tif !ok {
                \t\treturn nil, ErrNotFound
                \t}
                \treturn order, nil
                }

                """,
            after: """
                package orders

                func (s *Service) Find(id string) (*Order, error) {
                \torder := s.cache[id]
                \torder.Seen++
                \treturn order, nil
                }

                """,
            frame: StackFrame(
                file: "github.com/acme/server/internal/orders/service.go",
                function: "github.com/acme/server/internal/orders.(*Service).Find", line: 5),
            marked: "\torder.Seen++", function: "Find"),
        Case(
            name: "C#, Windows path", file: "src/Acme.Orders/OrderService.cs",
            before: """
                namespace Acme.Orders
                {
                    public class OrderService
                    {
                        public Order Find(string id)
                        {
                            return _orders.TryGetValue(id, out var order) ? order : null;
                        }
                    }
                }

                """,
            after: """
                namespace Acme.Orders
                {
                    public class OrderService
                    {
                        public Order Find(string id)
                        {
                            return _orders[id];
                        }
                    }
                }

                """,
            frame: StackFrame(
                file: "C:\\build\\src\\Acme.Orders\\OrderService.cs",
                function: "Acme.Orders.OrderService.Find(String id)",
                line: 7),
            marked: "            return _orders[id];", function: "Find"),
        Case(
            name: "Ruby, deploy path", file: "app/models/order.rb",
            before: """
                class Order
                  def total
                    lines.sum { |line| line.amount.to_i }
                  end

                  def open?
                    true
                  end
                end

                """,
            after: """
                class Order
                  def total
                    lines.sum { |line| line.amount }
                  end

                  def open?
                    true
                  end
                end

                """,
            frame: StackFrame(file: "/srv/app/releases/2026/app/models/order.rb", function: "total", line: 3),
            marked: "    lines.sum { |line| line.amount }", function: "total"),
        Case(
            name: "PHP, web root", file: "src/Service/UserService.php",
            before: """
                <?php
                class UserService {
                    public function load($id) {
                        return $this->users[$id] ?? null;
                    }
                }

                """,
            after: """
                <?php
                class UserService {
                    public function load($id) {
                        return $this->users[$id]->name;
                    }
                }

                """,
            frame: StackFrame(
                file: "/var/www/html/src/Service/UserService.php", function: "App\\Service\\UserService->load", line: 4),
            marked: "        return $this->users[$id]->name;", function: "load"),
    ]

    @Test("right file, right function, guilty commit first", arguments: cases)
    func findsGuilty(_ given: Case) async throws {
        let fixture = try GitFixture()
        try fixture.commit("start", [given.file: given.before, "README.md": "shop\n"], at: day(0))
        let guilty = try fixture.commit("make it faster", [given.file: given.after], at: day(10), author: "Lee Minho")
        try fixture.commit("words", ["README.md": "the shop\n"], at: day(12))

        let found = try await context(fixture, event(at: day(14), frames: [given.frame]))

        guard case .read(_, let revision, let basis) = found.state else {
            Issue.record("not read: \(found)")
            return
        }
        #expect(basis == .branchBeforeEvent)
        #expect(revision == (try fixture.head()))
        let excerpt = try #require(found.excerpts.first)
        #expect(excerpt.file == given.file)
        #expect(excerpt.function == given.function)
        #expect(excerpt.score > 0.7)
        let marked = try #require(excerpt.marked.first)
        #expect(excerpt.text(ofLine: marked) == given.marked)
        let suspect = try #require(found.suspects.first)
        #expect(suspect.commit == guilty)
        #expect(suspect.author == "Lee Minho")
        #expect(suspect.subject == "make it faster")
        #expect(suspect.reason.contains("last changed the failing line"))
        #expect(suspect.hunk?.contains("+\(given.marked)") == true)
        #expect(found.notes == [])
    }
}

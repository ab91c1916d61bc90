import ArgumentParser
import Events
import Foundation
import Pipeline
import Server

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves pages for people about errors, and takes events that are pushed, on this host.",
        discussion: """
            GET /             the last 24 hours: what is back, new and worst
            GET /groups       groups by severity, service, state and window; a search through all of history
            GET /groups/ID    one group: diagnosis, code, suspects, similar ones, samples; resolve, mute, judge
            GET /models, /outbox       what waits for a model, what waits to leave
            GET /report, /report.json  the whole report as one file
            GET /health       the process is alive
            GET /ready        200 while history, disk and outbox are fit for work, else 503, with each finding

            POST /api/NAME/envelope/, /api/NAME/store/   events of Sentry SDKs ([[serve.project]])
            POST /api/webhook/sentry                     Sentry's signed webhooks ([serve] sentry_secret_file)
            POST /v1/logs, /v1/traces                    OTLP over HTTP ([serve] token_file)
            POST /v1/events                              Patrol's events ([serve] token_file)

            What is pushed is redacted and durable in the home's inbox when it is answered; the next batch, or a watch \
            within seconds, reads it from there. Loopback only. Stops on SIGTERM and SIGINT.

            Examples:
              appliance serve
              appliance serve --listen 127.0.0.1:9000
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "ADDRESS:PORT to listen on, a loopback address; port 0 takes a free one (default: [serve] listen).")
    var listen: String?

    func run() async throws {
        var configuration = try common.loadConfiguration()
        if let listen { configuration.serve.listen = listen }
        let (fixed, isQuiet) = (try common.now.map { _ in try common.moment() }, common.quiet)
        let lines = AccessLines { Console.note($0) }
        defer { lines.finish() }
        let server = try ApplianceServer(
            configuration: configuration,
            clock: { fixed ?? Timestamp(seconds: Date().timeIntervalSince1970) },
            access: { record in if !isQuiet { lines.add("\(record)") } })
        try await server.run { url in Console.note("serving on \(url); stop with Ctrl-C") }
    }
}

import ArgumentParser

@main
struct Appliance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "appliance", abstract: "Offline error analysis.")
}

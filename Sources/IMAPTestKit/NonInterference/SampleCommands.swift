package import IMAPHost
package import IMAPServer

/// What the client of random programs sends, for other tests of what a server is sent. Asks for nothing that differs
/// from one store in memory to the next.
package struct SampleCommands: Sendable {
    private let templates: CompiledTemplates

    package init(_ extensions: [IMAPExtension], for store: any MailStore) {
        var standard = CommandTemplates.standard
        standard.words["item"]?.removeAll { $0 == "EMAILID" || $0 == "THREADID" }
        templates = CompiledTemplates(standard, extensions.vocabulary(for: store))
    }

    /// The octets of each step of a program that sends, without logins and UNAUTHENTICATE.
    package func commands(seed: UInt64) -> [[UInt8]] {
        ProgramMaker.program(seed: seed, templates, .standard, separator: 0x2F).compactMap { step in
            if case .send(let octets, _) = step { octets } else { nil }
        }
    }
}

package import IMAPHost
package import IMAPServer

/// What the client of random programs sends, for other tests of what a server is sent.
package struct SampleCommands: Sendable {
    private let templates: CompiledTemplates

    package init(_ extensions: [IMAPExtension], for store: any MailStore) {
        templates = CompiledTemplates(.standard, extensions.vocabulary(for: store))
    }

    /// The octets of each step of a program that sends, without logins and UNAUTHENTICATE.
    package func commands(seed: UInt64) -> [[UInt8]] {
        ProgramMaker.program(seed: seed, templates, .standard, separator: 0x2F).compactMap { step in
            if case .send(let octets, _) = step { octets } else { nil }
        }
    }
}

import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("Hostile: every SASL mechanism, random octets (R-AUTH-7)")
struct HostileMechanismTests {
    /// What each mechanism reads, right; the random ones are made of these. A mechanism that is new here needs some.
    private static let samples: [Keyword: [String]] = [
        "PLAIN": ["\0alice\0secret", "bob\0admin\0root"],
        "LOGIN": ["alice", "secret"],
        "EXTERNAL": ["", "bob"],
        "ANONYMOUS": ["", "sirhc"],
        "OAUTHBEARER": [
            "n,,\u{1}auth=Bearer good\u{1}\u{1}",
            "y,a=bo=2Cb=3D,\u{1}host=x\u{1}port=143\u{1}auth=Bearer a.b~\u{1}\u{1}",
            "\u{1}",
        ],
        "XOAUTH2": ["user=alice\u{1}auth=Bearer good\u{1}\u{1}"],
    ]

    private static func mechanisms() throws -> [any SASLMechanism.Type] {
        try ServerTables(
            IMAPExtension.standard, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore()
        ).mechanisms
    }

    /// Pieces of the samples, cut, put together and changed.
    private static func response(_ samples: [String], _ random: inout SeededGenerator) -> [UInt8] {
        var response: [UInt8] = []
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let sample = octets(samples.randomElement(using: &random) ?? "")
            let start = Bool.random(using: &random) ? 0 : Int.random(in: 0...sample.count, using: &random)
            let end = Bool.random(using: &random) ? sample.count : Int.random(in: start...sample.count, using: &random)
            response += sample[start..<end]
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) where !response.isEmpty {
            let index = response.indices.randomElement(using: &random) ?? 0
            let special: [UInt8] = [0, 1, 0x2C, 0x3D, 0x0D, 0x7F, 0x80, 0xFF, 0xC3, 0x20]
            let octet = special.randomElement(using: &random) ?? 0
            switch Int.random(in: 0...2, using: &random) {
            case 0: response[index] = octet
            case 1: response.insert(octet, at: index)
            default: response.remove(at: index)
            }
        }
        return response
    }

    @Test func everyMechanismHasSamples() throws {
        #expect(Set(try Self.mechanisms().map { $0.name }) == Set(Self.samples.keys))
    }

    /// What the samples are for, and that the random ones are not all refused.
    @Test func everyMechanismTakesASample() async throws {
        for type in try Self.mechanisms() {
            var taken = 0
            for sample in Self.samples[type.name] ?? [] {
                if try await Self.run(type, [octets(sample), octets(sample)]) != nil { taken += 1 }
            }
            #expect(taken > 0, "\(type.name)")
        }
    }

    private static let facts = ConnectionFacts.remote(tls: .hostileTest("peer"))

    /// The end of an exchange; `nil` when it was refused.
    private static func run(
        _ type: any SASLMechanism.Type, _ responses: [[UInt8]]
    ) async throws -> (Credential, [UInt8]?)? {
        var exchange = type.init(facts: facts)
        for response in responses {
            do throws(SASLError) {
                switch try await exchange.respond(to: Redacted(response)) {
                case .finished(let credential, let user): return (credential, user)
                case .challenge: continue
                }
            } catch {
                return nil
            }
        }
        return nil
    }

    /// Whatever a client answers, an exchange ends in a credential of its kind or in a refusal; the names in it are
    /// the client's own octets (R-AUTH-8, R-SW-5), with no NUL (R-NUL-1). `SASL_RESPONSES` makes a long run of it.
    @Test func anythingIsACredentialOrARefusal() async throws {
        let count = ProcessInfo.processInfo.environment["SASL_RESPONSES"].flatMap { UInt64($0) } ?? 3000
        for type in try Self.mechanisms() {
            let samples = Self.samples[type.name] ?? []
            for seed in 0..<count {
                var random = SeededGenerator(seed: seed)
                let responses = (0..<3).map { _ in Self.response(samples, &random) }
                guard let (credential, user) = try await Self.run(type, responses) else { continue }
                let said = Array(responses.joined(separator: [0xFE]))
                func isSaid(_ octets: [UInt8]) -> Bool { octets.isEmpty || said.contains(octets) }
                var kind = CredentialKind.password
                switch credential {
                case .password(let name, let password):
                    #expect(isSaid(name) && isSaid(password.exposed) && !name.contains(0), "\(type.name), \(seed)")
                case .external(let peer):
                    kind = .external
                    #expect(peer == octets("peer"), "\(seed)")
                case .anonymous(let trace):
                    kind = .anonymous
                    #expect(isSaid(trace) && !trace.contains(0), "\(seed)")
                case .bearerToken(let token):
                    kind = .bearerToken
                    #expect(isSaid(token.exposed) && token.exposed.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(seed)")
                case .proven(let name):
                    kind = .proven
                    #expect(isSaid(name), "\(seed)")
                }
                #expect(kind == type.credential, "\(type.name), \(seed)")
                guard let user else { continue }
                let escaped = user.flatMap { $0 == 0x2C ? octets("=2C") : $0 == 0x3D ? octets("=3D") : [$0] }
                #expect(!user.isEmpty && !user.contains(0), "\(type.name), \(seed)")
                #expect(isSaid(user) || isSaid(escaped), "\(type.name), \(seed)")
            }
        }
    }

    /// The same through a connection: each AUTHENTICATE has one tagged answer, and OK is the host's word.
    @Test func aConnectionGoesOnBehindEveryExchange() async throws {
        for type in try Self.mechanisms() where !["EXTERNAL", "ANONYMOUS"].contains(type.name) {
            let lab = try Lab(authenticator: TestUsers(tokens: ["good": "alice"])) {
                $0.limits.failedLogins = 1_000_000
                $0.limits.badCommandsBeforeLogin = 1_000_000
                $0.limits.commandsBeforeLogin = 1_000_000
            }
            var peer = await lab.connect()
            var accepted = 0
            for seed in 0..<150 as Range<UInt64> {
                var random = SeededGenerator(seed: seed)
                var answer = await peer.line("a AUTHENTICATE \(type.name)")
                for _ in 0..<4 where answer.hasPrefix("+ ") {
                    let response = TestBase64.encode(Self.response(Self.samples[type.name] ?? [], &random))
                    answer = await peer.line(Int.random(in: 0..<20, using: &random) == 0 ? "*" : response)
                }
                #expect(answer.split(separator: "\r\n").count == 1 && answer.hasPrefix("a "), "\(seed): \(answer)")
                guard answer.hasPrefix("a OK ") else { continue }
                accepted += 1
                peer = await lab.connect()
            }
            #expect(await peer.line("z NOOP") == "z OK NOOP completed\r\n")
            let heard = lab.witness.story.count(where: { $0.hasPrefix("authenticated ") })
            #expect(heard == accepted)
        }
    }
}

import IMAPTypes
import Testing

@testable import imap_server

@Suite("imap-server: the command line")
struct OptionsTests {
    private static func options(_ arguments: String...) throws -> Options {
        guard case .serve(let options) = Options.parse(arguments) else {
            Issue.record("refused: \(arguments)")
            throw Refused()
        }
        return options
    }

    private struct Refused: Error {}

    @Test func nothingGivesTheDefaults() throws {
        let options = try OptionsTests.options()
        #expect(options.host == "127.0.0.1")
        #expect(options.port == 1143)
        #expect(options.users == Options.defaultUsers)
        #expect(options.admins.isEmpty)
        #expect(options.unauthenticate == .admins)
        #expect(options.anyUserPassword == nil)
        #expect(options.sampleCount == 20)
        #expect(options.preauthenticated == nil)
        #expect(options.without.isEmpty)
        #expect(!options.usesLiteralPlus)
        #expect(!options.allowsPlaintext)
        #expect(options.delaysFailedLogins)
        #expect(options.appendLimit == 67_108_864)
        #expect(options.maxConnections == 10_000)
        #expect(!options.usesProxyProtocol)
    }

    @Test func everyOptionIsTaken() throws {
        let options = try OptionsTests.options(
            "--host", "::1", "--port", "0", "--user", "carol:a:b", "--user", "dave:d", "--admin", "root:r",
            "--unauthenticate", "all", "--store", "memory", "--sample", "100000", "--preauth", "carol", "--without",
            "id", "--without", "AUTH=PLAIN", "--literal-plus", "--allow-plaintext", "--failed-login-delay", "off",
            "--append-limit", "9223372036854775807", "--login-timeout", "5", "--max-connections", "7",
            "--proxy-protocol", "--log", "wire", "--compress", "--associate", "carol,dave")
        #expect(options.host == "::1")
        #expect(options.port == 0)
        #expect(
            options.users == [
                Options.Login(name: "carol", password: "a:b"), Options.Login(name: "dave", password: "d"),
            ])
        #expect(options.admins == [Options.Login(name: "root", password: "r")])
        #expect(options.unauthenticate == .all)
        #expect(options.sampleCount == 100_000)
        #expect(options.preauthenticated == "carol")
        #expect(options.without == ["ID", "AUTH=PLAIN"])
        #expect(options.usesLiteralPlus)
        #expect(options.allowsPlaintext)
        #expect(!options.delaysFailedLogins)
        #expect(options.appendLimit == UInt64(Int64.max))
        #expect(options.loginTimeout == 5)
        #expect(options.maxConnections == 7)
        #expect(options.usesProxyProtocol)
        #expect(options.logLevel == .wire)
        #expect(options.usesCompression)
        #expect(options.associations == [["carol", "dave"]])
    }

    @Test func anAdministratorAloneHasTheDefaultUsersToActFor() throws {
        #expect(try OptionsTests.options("--admin", "root:r").users == Options.defaultUsers)
        #expect(try OptionsTests.options("--admin", "bob:r").users.map(\.name) == ["alice"])
        #expect(try OptionsTests.options("--any-user", "pass").users.isEmpty)
    }

    @Test func helpAndVersionAreAnswered() {
        #expect(Options.parse(["--help"]) == .help)
        #expect(Options.parse(["--port", "0", "--version"]) == .version)
    }

    /// Each is one line that names the option.
    @Test(arguments: [
        ["--bogus"], ["port"], ["--port=1"], ["--port"], ["--port", "65536"], ["--port", "-1"], ["--port", "+5"],
        ["--port", " 5"], ["--port", "5x"], ["--port", "\u{0665}"], ["--port", ""], ["--host", "--port"],
        ["--user", "x"], ["--user", ":x"], ["--user", "x:"], ["--admin", "x"], ["--unauthenticate", "some"],
        ["--any-user"], ["--associate", "a"], ["--store", "maildir:"], ["--store", "disk"],
        ["--sample", "-1"], ["--sample", "99999999999999999999"], ["--without", "two words"],
        ["--failed-login-delay", "maybe"], ["--append-limit", "9223372036854775808"], ["--log", "loud"],
        ["--user", "a:1", "--user", "a:2"], ["--user", "a:1", "--admin", "a:2"],
    ])
    func aBadOptionIsRefusedInOneLine(_ arguments: [String]) {
        guard case .refuse(let line) = Options.parse(arguments) else {
            Issue.record("accepted: \(arguments)")
            return
        }
        #expect(!line.utf8.contains(0x0A))
        #expect(line.utf8.starts(with: arguments[0].utf8) || line.utf8.count > arguments[0].utf8.count)
    }
}

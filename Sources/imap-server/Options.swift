import Glibc
import IMAPTypes

/// The command line.
struct Options: Equatable {
    struct Login: Equatable {
        let name: String
        let password: String
    }

    enum UnauthenticatePolicy: Equatable {
        case all, admins, off
    }

    enum LogLevel: Int, Equatable, Comparable {
        case error, info, debug, wire

        static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
    }

    enum Store: Equatable {
        case memory
        /// A Maildir++ for each user below this directory.
        case maildir(String)

        /// How many files a client can have held open for as long as it likes: the message that it reads or writes.
        var filesOfOneConnection: Int {
            switch self {
            case .memory: 0
            case .maildir: 1
            }
        }
    }

    enum Request: Equatable {
        case serve(Options)
        case help
        case version
        /// One clear line.
        case refuse(String)
    }

    var host = "127.0.0.1"
    var port: UInt16 = 1143
    var users: [Login] = []
    var admins: [Login] = []
    var unauthenticate = UnauthenticatePolicy.admins
    var anyUserPassword: String?
    /// Names of one person, each set of them.
    var associations: [Set<String>] = []
    var store = Store.memory
    /// How many messages an INBOX in memory starts with.
    var sampleCount = 20
    var preauthenticated: String?
    var without: [Keyword] = []
    var usesLiteralPlus = false
    var usesCompression = false
    var allowsPlaintext = false
    var delaysFailedLogins = true
    var appendLimit: UInt64 = 67_108_864
    var loginTimeout: Int64 = 180
    var maxConnections = 10_000
    /// Of one user from one address; 0 for as many as there are.
    var maxSessions = 16
    /// From one address, logged in or not; 0 for as many as there are.
    var maxConnectionsPerAddress = 0
    /// Threads that serve connections; 0 for as many as there are processors, 16 at most.
    var threads = 0
    var usesProxyProtocol = false
    var logLevel = LogLevel.info

    /// How many threads serve connections.
    var threadCount: Int { threads > 0 ? threads : min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 16) }

    static let defaultUsers = ["alice", "bob"].map { Login(name: $0, password: $0) }

    static let usage = """
        usage: imap-server [--host 127.0.0.1] [--port 1143]        port 0 picks a free one
          [--user NAME:PASSWORD]...      default alice:alice and bob:bob
          [--admin NAME:PASSWORD]...     may act as any user (SASL authzid)
          [--unauthenticate all|admins|off]   default admins: offered to those alone
          [--any-user PASSWORD]          every name is a user with this password, NAME.admin an admin
          [--associate NAME,NAME]...     identities of one person (LISTA, SELECTA)
          [--store memory|maildir:PATH]  default memory; maildir: PATH/USER is made for each
          [--sample N]                   each INBOX in memory starts with N varied messages (default 20)
          [--preauth NAME]               greets with PREAUTH (loopback only)
          [--without CAPABILITY]...      leaves an extension out; what depends on it goes too
          [--compress]                   offers COMPRESS=DEFLATE
          [--literal-plus]               LITERAL+ in place of LITERAL-
          [--allow-plaintext]            plaintext login on other than loopback
          [--failed-login-delay on|off]  default on; off is for tests
          [--append-limit BYTES]         default 67108864
          [--login-timeout SECONDS]      default 180
          [--max-connections N]          default 10000
          [--max-user-connections N]     of one user from one address, not loopback; default 16, 0 for any number
          [--max-address-connections N]  from one address, not loopback; default 0, any number
          [--threads N]                  that serve connections; default 0, one for each processor (16 at most)
          [--proxy-protocol]             each connection begins with a PROXY v2 header
          [--log error|info|debug|wire]  default info
          [--version] [--help]
        """

    private struct Problem: Error {
        let line: String
    }

    static func parse(_ arguments: [String]) -> Request {
        var options = Options()
        var rest = arguments[...]
        do {
            while let name = rest.popFirst() {
                switch name {
                case "--help": return .help
                case "--version": return .version
                default: try options.take(name, &rest)
                }
            }
        } catch {
            return .refuse(error.line)
        }
        if options.users.isEmpty, options.anyUserPassword == nil {
            let taken = Set(options.admins.map(\.name))
            options.users = Options.defaultUsers.filter { !taken.contains($0.name) }
        }
        let names = (options.users + options.admins).map { Array($0.name.utf8) }
        guard Set(names).count == names.count else { return .refuse("--user, --admin: a name is given twice") }
        return .serve(options)
    }

    private mutating func take(_ name: String, _ rest: inout ArraySlice<String>) throws(Problem) {
        func value() throws(Problem) -> String {
            guard let value = rest.popFirst(), !value.isEmpty, !value.utf8.starts(with: "--".utf8) else {
                throw Problem(line: "\(name) needs a value")
            }
            return value
        }
        func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(Problem) -> Number {
            let text = try value()
            guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Number(text) else {
                throw Problem(line: "\(name): not a number from 0 to \(Number.max): \(text)")
            }
            return number
        }
        func oneOf<Value>(_ values: [String: Value]) throws(Problem) -> Value {
            let text = try value()
            guard let value = values[text] else {
                throw Problem(line: "\(name): one of \(values.keys.sorted().joined(separator: ", ")), not \(text)")
            }
            return value
        }
        func login() throws(Problem) -> Login {
            let text = try value()
            let parts = Array(text.utf8).split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw Problem(line: "\(name): NAME:PASSWORD is needed")
            }
            return Login(
                name: String(decoding: parts[0], as: UTF8.self), password: String(decoding: parts[1], as: UTF8.self))
        }
        switch name {
        case "--host": host = try value()
        case "--port": port = try number(UInt16.self)
        case "--user": users.append(try login())
        case "--admin": admins.append(try login())
        case "--unauthenticate": unauthenticate = try oneOf(["all": .all, "admins": .admins, "off": .off])
        case "--any-user": anyUserPassword = try value()
        case "--associate":
            let names = Set(try value().split(separator: ",").map(String.init))
            guard names.count > 1 else { throw Problem(line: "--associate: NAME,NAME is needed") }
            associations.append(names)
        case "--store":
            let text = try value()
            let prefix = "maildir:"
            if text == "memory" {
                store = .memory
            } else if text.utf8.starts(with: prefix.utf8), text.utf8.count > prefix.utf8.count {
                store = .maildir(String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
            } else {
                throw Problem(line: "--store: memory or maildir:PATH, not \(text)")
            }
        case "--sample": sampleCount = Int(try number(UInt32.self))
        case "--preauth": preauthenticated = try value()
        case "--without":
            let text = try value()
            guard let keyword = Keyword(Array(text.utf8).span) else {
                throw Problem(line: "--without: not a capability: \(text)")
            }
            without.append(keyword)
        case "--compress": usesCompression = true
        case "--literal-plus": usesLiteralPlus = true
        case "--allow-plaintext": allowsPlaintext = true
        case "--failed-login-delay": delaysFailedLogins = try oneOf(["on": true, "off": false])
        case "--append-limit": appendLimit = UInt64(try number(Int64.self))
        case "--login-timeout": loginTimeout = Int64(try number(UInt32.self))
        case "--max-connections": maxConnections = Int(try number(UInt32.self))
        case "--max-user-connections": maxSessions = Int(try number(UInt32.self))
        case "--max-address-connections": maxConnectionsPerAddress = Int(try number(UInt32.self))
        case "--threads": threads = Int(try number(UInt8.self))
        case "--proxy-protocol": usesProxyProtocol = true
        case "--log": logLevel = try oneOf(["error": .error, "info": .info, "debug": .debug, "wire": .wire])
        default: throw Problem(line: "unknown option: \(name)")
        }
    }
}

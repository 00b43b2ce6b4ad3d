/// Who must be logged in by an exchange, said from the RFCs and the users' table alone.
enum SASLModel {
    /// How an exchange goes on after a response.
    enum Outcome: Equatable {
        /// Another response is asked for.
        case goesOn
        case failed
        case loggedIn([UInt8])
    }

    /// What the responses that were given come to. The octets are decoded already.
    static func outcome(_ mechanism: String, peer: [UInt8], _ responses: [[UInt8]]) -> Outcome {
        guard let first = responses.first else { return .goesOn }
        switch mechanism {
        case "PLAIN": return plain(first)
        case "LOGIN":
            guard isName(first) else { return .failed }
            guard responses.count > 1 else { return .goesOn }
            return isName(responses[1]) && isUTF8(first) && isUTF8(responses[1])
                ? password(first, responses[1], as: nil) : .failed
        case "EXTERNAL":
            guard isUTF8(first), !first.contains(0) else { return .failed }
            return authorize(peer, as: first.isEmpty ? nil : first)
        case "ANONYMOUS":
            guard isUTF8(first), !first.contains(0),
                String(decoding: first, as: UTF8.self).unicodeScalars.count <= 255
            else { return .failed }
            return .loggedIn(Array("anonymous".utf8))
        case "OAUTHBEARER":
            guard let fields = fields(first) else { return .failed }
            let headers = ["n,,", "y,,", "n,a=alice,", "y,a=alice,"].map { Array($0.utf8) }
            return headers.contains(fields.head) ? token(fields.pairs) : .failed
        case "XOAUTH2":
            guard let fields = fields(first), fields.head == Array("user=alice".utf8) else { return .failed }
            return token(fields.pairs)
        case FuzzMechanism.text: return steps(responses)
        default: return .failed
        }
    }

    private static func isUTF8(_ octets: [UInt8]) -> Bool { String(validating: octets, as: UTF8.self) != nil }

    private static func isName(_ octets: [UInt8]) -> Bool { !octets.isEmpty && !octets.contains(0) }

    private static func plain(_ message: [UInt8]) -> Outcome {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count == 3, parts.allSatisfy(isUTF8) else { return .failed }
        return password(parts[1], parts[2], as: parts[0].isEmpty ? nil : parts[0])
    }

    private static func password(_ name: [UInt8], _ password: [UInt8], as requested: [UInt8]?) -> Outcome {
        FuzzUsers.passwords[name] == password ? authorize(name, as: requested) : .failed
    }

    private static func authorize(_ name: [UInt8], as requested: [UInt8]?) -> Outcome {
        guard let requested, requested != name else { return .loggedIn(name) }
        let isAdministrator = name == Array("admin".utf8)
        return isAdministrator && FuzzUsers.passwords[requested] != nil ? .loggedIn(requested) : .failed
    }

    /// `head SEP *(pair SEP) SEP`
    private static func fields(_ message: [UInt8]) -> (head: [UInt8], pairs: [[UInt8]])? {
        var parts = message.split(separator: 1, omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count >= 3, parts.removeLast().isEmpty, parts.removeLast().isEmpty else { return nil }
        return (parts.removeFirst(), parts)
    }

    private static func token(_ pairs: [[UInt8]]) -> Outcome {
        var found: [String] = []
        for pair in pairs {
            guard let text = String(validating: pair, as: UTF8.self), let equals = pair.firstIndex(of: 0x3D),
                equals > 0,
                pair[..<equals].allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }),
                pair[(equals + 1)...].allSatisfy({ (0x20...0x7E).contains($0) || [9, 10, 13].contains($0) })
            else { return .failed }
            if text.lowercased().hasPrefix("auth=bearer ") { found.append(text) }
        }
        guard found.count == 1, found[0].utf8.dropFirst(12).elementsEqual("tok123".utf8) else { return .failed }
        return .loggedIn(Array("alice".utf8))
    }

    private static func steps(_ responses: [[UInt8]]) -> Outcome {
        for response in responses {
            switch FuzzMechanism.step(response) {
            case .asksAgain: continue
            case .fails: return .failed
            case .proves(let name):
                return name == FuzzMechanism.known ? .loggedIn(FuzzMechanism.known) : .failed
            }
        }
        return .goesOn
    }
}

package import IMAPTypes

/// The status of a status response: the one set in it that the RFC closes (RFC 9051 section 7.1).
public enum ResponseStatus: Sendable, Hashable {
    case ok
    case no
    case bad
    case bye
    case preauth

    var keyword: Keyword {
        switch self {
        case .ok: ResponseStatus.okName
        case .no: ResponseStatus.noName
        case .bad: ResponseStatus.badName
        case .bye: ResponseStatus.byeName
        case .preauth: ResponseStatus.preauthName
        }
    }

    private static let okName: Keyword = "OK"
    private static let noName: Keyword = "NO"
    private static let badName: Keyword = "BAD"
    private static let byeName: Keyword = "BYE"
    private static let preauthName: Keyword = "PREAUTH"
}

extension ResponseWriter {
    /// A whole status response, tagged or, without a tag, untagged.
    ///
    /// ```abnf
    /// response-tagged = tag SP resp-cond-state CRLF
    /// resp-text       = ["[" resp-text-code "]" SP] text
    /// ```
    package mutating func status(
        _ tag: Tag?, _ status: ResponseStatus, _ code: ResponseCode?, _ text: ResponseText
    ) {
        if let tag {
            room.write(Tag.maximumLength) { room, at in
                var end = at
                for index in 0..<tag.length { end = room.put(tag[index], at: end) }
                return end
            }
        } else {
            append(ASCII.asterisk)
        }
        space()
        keyword(status.keyword)
        space()
        if let code {
            self.code(code)
            space()
        }
        append(language?.translation(of: text) ?? text.octets)
        lineEnd()
    }

    /// `"+" SP text CRLF`: a continuation request for a literal or a line (RFC 9051 section 7.6).
    package mutating func continuationRequest(_ text: ResponseText) {
        append(ASCII.plus)
        space()
        append(language?.translation(of: text) ?? text.octets)
        lineEnd()
    }

    /// `"+" SP base64 CRLF`: a server challenge. The space stands also before an empty one.
    package mutating func challenge(base64 text: [UInt8]) {
        append(ASCII.plus)
        space()
        append(text)
        lineEnd()
    }

    /// `"*" SP`: the beginning of an untagged response.
    package mutating func untagged() {
        room.write(2) { room, at in room.put(ASCII.space, at: room.put(ASCII.asterisk, at: at)) }
    }

    /// `"*" SP number SP name SP "("`: the beginning of what is said of one message.
    package mutating func untagged(_ number: UInt32, _ name: Keyword) {
        room.write(Keyword.maximumLength + 16) { room, at in
            var end = room.put(ASCII.space, at: room.put(ASCII.asterisk, at: at))
            end = room.put(ASCII.space, at: room.put(number: UInt64(number), at: end))
            end = room.put(ASCII.space, at: room.put(name, at: end))
            return room.put(ASCII.leftParenthesis, at: end)
        }
    }

    private mutating func code(_ code: ResponseCode) {
        append(ASCII.leftBracket)
        keyword(code.name)
        for argument in code.arguments {
            space()
            switch argument {
            case .number(let value): number(value)
            case .keyword(let word): keyword(word)
            case .keywords(let words): list(words) { $0.keyword($1) }
            case .capabilities(let list): append(list.octets)
            case .uids(let uids): self.uids(uids)
            case .sequenceNumbers(let numbers): self.numbers(numbers)
            case .tag(let name): string(name.tag.octets)
            case .objectID(let id): objectID(id)
            case .charsets(let names): list(names) { writer, name in writer.append(name.octets) }
            case .flags(let flags, let wildcard):
                self.flags(flags, and: wildcard ? ResponseWriter.anyKeyword : [])
            }
        }
        append(ASCII.rightBracket)
    }

    /// The clients' own keywords, in PERMANENTFLAGS.
    private static let anyKeyword = Array("\\*".utf8)
}

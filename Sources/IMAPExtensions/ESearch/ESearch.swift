import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// ESEARCH, RFC 4731: `SEARCH RETURN (MIN MAX ALL COUNT)`, answered in one ESEARCH response.
    public static let esearch = IMAPExtension("ESEARCH") { registry in
        registry.advertise("ESEARCH", in: .any)
        registry.add(searchReturnOption: MinimumOption.self)
        registry.add(searchReturnOption: MaximumOption.self)
        registry.add(searchReturnOption: AllMatches.self)
        registry.add(searchReturnOption: CountOption.self)
    }
}

/// `MIN`: the lowest message. Nothing when there is none.
struct MinimumOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "MIN"

    var extent: SearchExtent { .first(1) }

    func value(of result: SearchResult) -> SearchReturnValue? { result.first.map { .message($0) } }
}

/// `MAX`: the highest message. Nothing when there is none.
struct MaximumOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "MAX"

    var extent: SearchExtent { .last(1) }

    func value(of result: SearchResult) -> SearchReturnValue? { result.last.map { .message($0) } }
}

/// `COUNT`: how many messages there are, also none.
struct CountOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "COUNT"

    var extent: SearchExtent { .all }

    func value(of result: SearchResult) -> SearchReturnValue? { .number(UInt64(result.messages.count)) }
}

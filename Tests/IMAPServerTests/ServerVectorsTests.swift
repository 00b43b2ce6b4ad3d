import Testing

/// Why a response is left out: it belongs to an extension that does not exist yet, or the RFC's print is wrong.
///
/// The rules look at the response alone, never at whether it was produced. Take a rule out when its extension comes.
enum ResponsesLeftOut {
    private static let names: [String: String] = [
        "URLFETCH": "URLAUTH (RFC 4467)", "GENURLAUTH": "URLAUTH (RFC 4467)",
        "CONVERTED": "CONVERT (RFC 5259)", "CONVERSION": "CONVERT (RFC 5259)",
        "UIDBATCHES": "UIDBATCHES (RFC 10022)", "JMAPACCESS": "JMAPACCESS (RFC 9698)",
        "FILTER": "FILTER=SIEVE (draft)", "FILTERED": "FILTER=SIEVE (draft)",
        "LISTA": "multi-account (draft)", "XPIG-LATIN": "an extension made up for the example",
    ]

    private static let codes: [String: String] = [
        "REFERRAL": "referrals (RFC 2193, RFC 2221)", "INPROGRESS": "INPROGRESS (RFC 9585)",
        "MESSAGELIMIT": "MESSAGELIMIT (RFC 9738)",
        "URLMECH": "URLAUTH (RFC 4467)",
        "COMPRESSIONACTIVE": "COMPRESS (RFC 4978)", "ANNOTATIONS": "ANNOTATE (RFC 5257)",
        "MAXCONVERTMESSAGES": "CONVERT (RFC 5259)", "MAXCONVERTPARTS": "CONVERT (RFC 5259)",
        "TEMPFAIL": "CONVERT (RFC 5259)",
        "TOOFEW": "UIDBATCHES (RFC 10022)", "TOOMANY": "UIDBATCHES (RFC 10022)",
        "NOT-UTF-8": "RFC 5738, obsolete", "UTF-8-ONLY": "RFC 5738, obsolete",
    ]

    private static let fetchItems: [String: String] = [
        "ANNOTATION": "ANNOTATE (RFC 5257)", "PREVIEW": "PREVIEW (RFC 8970)", "SAVEDATE": "SAVEDATE (RFC 8514)",
    ]

    private static let searchData: [String: String] = [
        "RELEVANCY": "SEARCH=FUZZY (RFC 6203)"
    ]

    /// Responses that the RFCs print against their own grammar, whole, and texts that begin with a space, as those of
    /// this server never do.
    private static let malformed: [String: String] = [
        "* OK [UIDVALIDITY 9877410381] UIDs valid\r\n": "RFC 9051: a UIDVALIDITY of more than 32 bits",
        "* LIST () \"\" INBOX\r\n": "RFC 2683: a separator of no character",
        "* ESEARCH UID COUNT 5 ALL 4:19,21,28\r\n": "RFC 4466: a COUNT that is not that of ALL",
        "* ESEARCH (TAG \"a567\") UID COUNT 5 ALL 4:19,21,28\r\n": "RFC 4466: a COUNT that is not that of ALL",
        "* ESEARCH COUNT 5 ALL 1:17,21\r\n": "RFC 4466: a COUNT that is not that of ALL",
        "B001 NO  Messages have been expunged\r\n": "RFC 2180: a text that begins with a space",
        "B001 NO  Some of the messages no longer exist.\r\n": "RFC 2180: a text that begins with a space",
    ]

    static func reason(_ response: WireResponse, _ wire: [UInt8]) throws -> String? {
        if let reason = malformed[String(decoding: wire, as: UTF8.self)] { return reason }
        if let reason = names[response.name] { return reason }
        if let reason = response.codeName.flatMap({ codes[$0] }) { return reason }
        guard !response.isStatus, !response.isContinuation else { return nil }
        let nodes = try response.data()
        switch response.name {
        case "FETCH": return known(in: fetchItems, try nodes.only().list())
        case "ESEARCH": return known(in: searchData, nodes)
        case "LIST":
            let tags = ["TABLECLOTH": "extended data made up for the example"]
            return nodes.count > 3 ? known(in: tags, try nodes[3].list()) : nil
        case "NAMESPACE":
            for case .list(let namespaces) in nodes {
                for case .list(let members) in namespaces where members.count > 2 {
                    if members.count == 4, try members[2].text() == "TRANSLATION" { continue }
                    return "extension data of NAMESPACE (RFC 2342)"
                }
            }
            return nil
        default: return nil
        }
    }

    /// The reason of the first node that has one.
    private static func known(in reasons: [String: String], _ nodes: [WireNode]) -> String? {
        for case .word(let octets) in nodes {
            if let reason = reasons[String(decoding: octets, as: UTF8.self).uppercased()] { return reason }
        }
        return nil
    }
}

@Suite("The responses of the RFCs, produced from their data")
struct ServerVectorsTests {
    /// How many responses are produced now. It grows with the extensions; change it when the count printed is right.
    static let produced = 1190
    /// How many of them are written octet for octet as the RFC prints them.
    static let identical = 1040

    /// Skipped, and said so, where the standards library is not beside the checkout.
    @Test(.enabled(if: CommandVector.isThere, "../shared/standards/vectors.jsonl is not there"))
    func everyResponseOfTheExtensionsThatExistIsProducedFromItsData() async throws {
        var producer = try ServerVectorProducer()
        var produced: [String: Int] = [:]
        var leftOut: [String: Int] = [:]
        var identical = 0
        for vector in try ResponseVector.all() {
            let printed = String(decoding: vector.wire, as: UTF8.self)
            do {
                let response = try WireResponse(vector.wire)
                if let reason = try ResponsesLeftOut.reason(response, vector.wire) {
                    leftOut[reason, default: 0] += 1
                    continue
                }
                let wire = try await producer.produce(response)
                let says = try WireResponse(wire).says(response)
                #expect(says, "\(vector.rfc): \(printed) became \(String(decoding: wire, as: UTF8.self))")
                guard says else { continue }
                if wire == vector.wire { identical += 1 }
                let name = response.codeName.map { "\(response.name) [\($0)]" } ?? response.name
                produced[name, default: 0] += 1
            } catch {
                Issue.record("\(vector.rfc): \(printed): \(error)")
            }
        }
        report("produced", produced)
        report("left out", leftOut)
        print("responses octet for octet as printed: \(identical)")
        let total = produced.values.reduce(0, +)
        #expect(identical == ServerVectorsTests.identical)
        #expect(
            total == ServerVectorsTests.produced,
            "responses produced: \(total). More is progress, or a new vectors.jsonl: set it. Fewer is a regression.")
    }

    /// What the comparison does not forgive.
    @Test(arguments: [
        ("* LIST () \"/\" foo\r\n", "* LIST () \"/\" Foo\r\n"),
        ("* LIST () \"/\" \"NIL\"\r\n", "* LIST () \"/\" NIL\r\n"),
        ("* LIST () NIL foo\r\n", "* LIST () \"/\" foo\r\n"),
        ("* 1 FETCH (UID 2)\r\n", "* 1 FETCH (UID 3)\r\n"), ("* 1 FETCH (UID 2)\r\n", "* 2 FETCH (UID 2)\r\n"),
        ("* ESEARCH ALL 1:3\r\n", "* ESEARCH ALL 1:2\r\n"), ("* SEARCH 1 2\r\n", "* SEARCH 1 3\r\n"),
        ("a OK done\r\n", "a OK Done\r\n"), ("a OK done\r\n", "b OK done\r\n"),
        ("a OK [UIDNEXT 1] done\r\n", "a OK [UIDNEXT 2] done\r\n"), ("+ AAAA\r\n", "+ AAAB\r\n"),
    ])
    func anotherResponseIsNotTheSame(mine: String, printed: String) throws {
        #expect(try !WireResponse(octets(mine)).says(WireResponse(octets(printed))))
        #expect(try WireResponse(octets(mine)).says(WireResponse(octets(mine))))
    }

    /// What the reader does not take for a response.
    @Test(arguments: ["* LIST  () NIL a\r\n", "* LIST () NIL a \r\n", "* LIST (a NIL\r\n", "* LIST () NIL a\n"])
    func whatIsNotWellFormedIsNotRead(wire: String) {
        #expect(throws: WireError.self) { _ = try WireResponse(octets(wire)).data() }
    }

    private func report(_ title: String, _ counts: [String: Int]) {
        let names = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print("responses \(title): \(counts.values.reduce(0, +)): \(names.joined(separator: "; "))")
    }
}

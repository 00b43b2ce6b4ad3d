/// Turns text of one charset into UTF-8, in pieces.
///
/// A decoder is total: what it cannot read becomes U+FFFD, and it never fails. A character may be cut anywhere between
/// two pieces; the result is the same.
public protocol CharsetDecoder: Sendable {
    /// Appends to `utf8` what `octets` complete.
    mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8])

    /// The text is over. Appends what a character that was begun becomes, and is as new.
    mutating func finish(into utf8: inout [UInt8])
}

/// Decoders a host has beyond those built in, such as the system's `iconv`.
public protocol CharsetProvider: Sendable {
    /// The names to list in `BADCHARSET`, in upper case.
    var names: [[UInt8]] { get }

    /// A new decoder for the charset called `name`, in any ASCII case, or `nil` when there is none.
    func decoder(named name: [UInt8]) -> (any CharsetDecoder)?
}

/// Every charset that can be read: those built in, and a host's.
package struct Charsets: Sendable {
    /// One for all copies, of which every message that is looked into makes some.
    private final class Added: Sendable {
        let provider: any CharsetProvider

        init(_ provider: any CharsetProvider) { self.provider = provider }
    }

    private let added: Added?
    private var provider: (any CharsetProvider)? { added?.provider }

    /// Those built in (SEMANTICS 8).
    package static let builtIn = Charsets()

    /// Those built in and those of `provider`. A built-in charset is never asked of the provider.
    package init(adding provider: (any CharsetProvider)? = nil) { added = provider.map { Added($0) } }

    /// A new decoder for `name`, which is compared by ASCII case; `nil` when nobody knows it.
    package func decoder(named name: [UInt8]) -> (any CharsetDecoder)? {
        if let charset = Charset(name) { return charset.decoder() }
        return provider?.decoder(named: name)
    }

    /// The same, and whether it leaves text that is US-ASCII as it is, and keeps nothing of it: those built in do.
    package func textDecoder(named name: [UInt8]) -> (decoder: any CharsetDecoder, keepsASCII: Bool)? {
        if let charset = Charset(name) { return (charset.decoder(), true) }
        return provider?.decoder(named: name).map { ($0, false) }
    }

    /// The names to list in `BADCHARSET`.
    package var names: [[UInt8]] { Charset.all.map(\.name) + (provider?.names ?? []) }

    /// The UTF-8 of `octets` in the charset called `name`; `nil` when nobody knows it.
    package func utf8(_ octets: [UInt8], in name: [UInt8]) -> [UInt8]? {
        guard var decoder = decoder(named: name) else { return nil }
        var utf8: [UInt8] = []
        utf8.reserveCapacity(octets.count)
        decoder.decode(octets.span, into: &utf8)
        decoder.finish(into: &utf8)
        return utf8
    }
}

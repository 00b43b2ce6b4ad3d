public import IMAPHost
import IMAPMessage
import IMAPTypes

/// Makes the digest of a message that is being appended, from its octets as they come (SEMANTICS 9).
///
///     var maker = DigestMaker()
///     while let octets = ... { maker.feed(octets) }
///     try await append.end(maker.finish())
///
/// No digest is made of a message that the store will not keep octet by octet: a line that does not end with CRLF gets
/// another end there, which would move everything behind it, and NUL is refused by some. Nor of one whose structure
/// is large: it takes 64 KiB or more, and FETCH reads the message as it would without.
package struct DigestMaker: Sendable {
    /// `nil`: there will be none.
    private var scanner: MessageScanner?
    private var isBehindCR = false
    /// The message's header so far; `nil` where it is too long to be remembered.
    private var header: [UInt8]? = []
    private let limits: MessageLimits

    /// A structure beyond these would hardly fit into a digest, and is not worth the memory while a client sends.
    private static let largestHeaders = 1 << 18
    private static let mostParts = 4096

    /// Of messages whose structure is understood as far as `limits` say.
    package init(_ limits: Limits = Limits()) {
        self.limits = limits.message.reader
        scanner = MessageScanner(self.limits)
    }

    /// Takes the next octets of the message.
    package mutating func feed(_ octets: [UInt8]) {
        guard scanner != nil else { return }
        guard isKeptAsItIs(octets) else {
            scanner = nil
            return
        }
        let isInHeader = scanner?.headerEnd == nil
        scanner?.feed(octets)
        if isInHeader { remember(octets) }
        guard let (headers, parts) = scanner?.effort else { return }
        if headers > DigestMaker.largestHeaders || parts > DigestMaker.mostParts { scanner = nil }
    }

    /// The message is over.
    package consuming func finish() -> MessageDigest? {
        guard !isBehindCR, let scanner else { return nil }
        let block = header.map { HeaderBlock($0, limits) }
        return scanner.finish().digest(block).map { MessageDigest($0) }
    }

    /// Keeps of the octets just fed those of the header.
    private mutating func remember(_ octets: [UInt8]) {
        guard let kept = header?.count else { return }
        let end = scanner?.headerEnd.map { Int(clamping: $0) } ?? kept + octets.count
        if end <= StructureDigest.maximumHeader {
            header?.append(contentsOf: octets.prefix(max(0, end - kept)))
        } else {
            header = nil
        }
    }

    private mutating func isKeptAsItIs(_ octets: [UInt8]) -> Bool {
        let span = octets.span
        // Named by another module, so a call each: not in the loop.
        let cr = ASCII.cr
        let lf = ASCII.lf
        var isBehindCR = isBehindCR
        for index in 0..<span.count {
            let octet = span[index]
            if octet > cr, !isBehindCR { continue }
            if isBehindCR {
                guard octet == lf else { return false }
                isBehindCR = false
            } else if octet == cr {
                isBehindCR = true
            } else if octet == lf || octet == 0 {
                return false
            }
        }
        self.isBehindCR = isBehindCR
        return true
    }
}

extension MessageDigest {
    /// The digest of a message that gets into a store some other way than by APPEND, from all its octets; `nil` when none
    /// would have been made of it there, either. Its structure is understood as far as `limits` say.
    public init?(of message: [UInt8], _ limits: Limits = Limits()) {
        var maker = DigestMaker(limits)
        maker.feed(message)
        guard let digest = maker.finish() else { return nil }
        self = digest
    }
}

extension MessageStructure {
    /// What the record's digest says of the message, or `nil` when there is none that can be of this message: the store
    /// kept none, it is damaged or of another version, or it is of a message of another size.
    ///
    /// A store is trusted to give back the digest of this message. Of one that gives back another message's, of the
    /// same size, this is the other's structure; no range in it leaves the message.
    init?(_ record: MessageRecord) {
        guard let digest = record.digest, let size = record.size else { return nil }
        self.init(digest: digest.octets, size: size)
    }
}

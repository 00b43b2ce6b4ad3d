/// One body part as BODYSTRUCTURE describes it, without the parts inside it (RFC 9051 section 7.5.2).
///
/// The values are the header's: names and types in the case they were written, encoded words left encoded.
public struct BodyPart: Hashable, Sendable {
    /// What a part's type adds to the fields that all parts have. It always agrees with ``type``.
    public enum Content: Hashable, Sendable {
        /// `body-type-basic`
        case basic
        /// `body-type-text`: with the number of line ends in it.
        case text(lines: UInt64)
        /// `body-type-msg`: `message/rfc822` or `message/global`, with the envelope and the number of line ends of
        /// the message in it. One part follows it: the body of that message.
        case message(Envelope, lines: UInt64)
        /// `body-type-mpart`: this many parts, at least one, follow it.
        case multipart(count: Int)
    }

    /// A pair of `body-fld-param`.
    public struct Parameter: Hashable, Sendable {
        public let name: [UInt8]
        public let value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// `body-fld-dsp`
    public struct Disposition: Hashable, Sendable {
        public let type: [UInt8]
        public let parameters: [Parameter]

        public init(type: [UInt8], parameters: [Parameter] = []) {
            self.type = type
            self.parameters = parameters
        }
    }

    /// The fields about a part that come from its header alone.
    public struct Fields: Hashable, Sendable {
        public var parameters: [Parameter] = []
        /// Content-ID
        public var id: [UInt8]?
        /// Content-Description
        public var description: [UInt8]?
        /// Content-Transfer-Encoding; `7bit` when the header does not say.
        public var encoding: [UInt8] = Array("7bit".utf8)
        /// Content-MD5
        public var md5: [UInt8]?
        public var disposition: Disposition?
        /// Content-Language
        public var languages: [[UInt8]] = []
        /// Content-Location
        public var location: [UInt8]?

        public init() {}
    }

    public let type: [UInt8]
    public let subtype: [UInt8]
    public let fields: Fields
    /// The body in its transfer encoding.
    public let octets: UInt64
    public let content: Content

    /// The part of `type/subtype` that these facts make. It is total: what says it is `multipart` and has no parts, or
    /// says it is a message and has no envelope, cannot be written as such and is `application/octet-stream`.
    /// `lines` counts for text and messages, `envelope` for messages, `count`, the parts directly inside, for multiparts.
    public init(
        type: [UInt8], subtype: [UInt8], fields: Fields = Fields(), octets: UInt64 = 0, lines: UInt64 = 0,
        envelope: Envelope? = nil, count: Int = 0
    ) {
        var isBroken = false
        switch MediaKind(type: type, subtype: subtype) {
        case .text: content = .text(lines: lines)
        case .multipart where count > 0: content = .multipart(count: count)
        case .message:
            if let envelope {
                content = .message(envelope, lines: lines)
            } else {
                content = .basic
                isBroken = true
            }
        case .multipart:
            content = .basic
            isBroken = true
        case .other: content = .basic
        }
        self.type = isBroken ? Array("application".utf8) : type
        self.subtype = isBroken ? Array("octet-stream".utf8) : subtype
        self.fields = fields
        self.octets = octets
    }

    /// The value of the first parameter called `name`, compared by ASCII case.
    public func parameter(_ name: [UInt8]) -> [UInt8]? {
        fields.parameters.first { ASCII.equalFolded($0.name, name) }?.value
    }

    /// How many parts directly inside follow this one in ``BodyStructure/parts``.
    public var childCount: Int {
        switch content {
        case .basic, .text: 0
        case .message: 1
        case .multipart(let count): count
        }
    }
}

/// The four shapes a media type can have in BODYSTRUCTURE, found by ASCII case.
package enum MediaKind: Hashable, Sendable {
    case text
    case multipart
    /// `message/rfc822` (RFC 2046) or `message/global` (RFC 6532)
    case message
    case other

    private static let textName = Array("text".utf8)
    private static let multipartName = Array("multipart".utf8)
    private static let messageName = Array("message".utf8)
    private static let rfc822 = Array("rfc822".utf8)
    private static let global = Array("global".utf8)

    package init(type: [UInt8], subtype: [UInt8]) {
        if ASCII.equalFolded(type, MediaKind.textName) {
            self = .text
        } else if ASCII.equalFolded(type, MediaKind.multipartName) {
            self = .multipart
        } else if ASCII.equalFolded(type, MediaKind.messageName),
            ASCII.equalFolded(subtype, MediaKind.rfc822) || ASCII.equalFolded(subtype, MediaKind.global)
        {
            self = .message
        } else {
            self = .other
        }
    }
}

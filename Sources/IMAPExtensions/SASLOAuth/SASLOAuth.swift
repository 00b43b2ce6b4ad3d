import IMAPHost
public import IMAPServer
import IMAPTypes

extension IMAPExtension {
    /// SASL OAUTHBEARER, RFC 7628: an OAuth 2.0 bearer token. Offered where the host's authenticator takes
    /// ``/IMAPHost/CredentialKind/bearerToken``.
    public static let saslOAuthBearer = IMAPExtension("AUTH=OAUTHBEARER") { registry in
        registry.add(mechanism: OAuthBearerMechanism.self)
    }

    /// SASL XOAUTH2: the same in the form that was there before, and that many clients speak.
    public static let saslXOAuth2 = IMAPExtension("AUTH=XOAUTH2") { registry in
        registry.add(mechanism: XOAuth2Mechanism.self)
    }
}

/// `OAUTHBEARER` (RFC 7628 section 3.1)
///
/// ```abnf
/// kvsep       = %x01
/// kvpair      = key "=" value kvsep
/// client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
/// gs2-header  = ("n" / "y") "," ["a=" saslname] ","
/// ```
struct OAuthBearerMechanism: SASLMechanism {
    static let name: Keyword = "OAUTHBEARER"
    static let credential = CredentialKind.bearerToken
    static let needsPrivacy = true

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        let parts = response.exposed.split(separator: OAuthFields.separator, omittingEmptySubsequences: false)
        guard let header = parts.first else { throw SASLError() }
        let user = try OAuthBearerMechanism.user(in: header)
        let token = try OAuthFields.token(in: parts.dropFirst())
        return .finished(.bearerToken(token), authorizationIdentity: user)
    }

    var failureChallenge: [UInt8]? { OAuthFields.failure }

    /// The authorisation identity of a GS2 header; channel binding is not offered.
    private static func user(in header: ArraySlice<UInt8>) throws(SASLError) -> [UInt8]? {
        let fields = header.split(separator: ASCII.comma, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0] == [0x6E] || fields[0] == [0x79], fields[2].isEmpty else {
            throw SASLError()
        }
        guard !fields[1].isEmpty else { return nil }
        guard fields[1].starts(with: Array("a=".utf8)) else { throw SASLError() }
        return try unescaped(fields[1].dropFirst(2))
    }

    /// `saslname`: `=2C` is a comma and `=3D` an equals sign (RFC 5801 section 4).
    private static func unescaped(_ name: ArraySlice<UInt8>) throws(SASLError) -> [UInt8] {
        var result: [UInt8] = []
        var rest = name
        while let octet = rest.popFirst() {
            guard octet == ASCII.equals else {
                result.append(octet)
                continue
            }
            let code = Array(rest.prefix(2))
            rest = rest.dropFirst(2)
            switch code {
            case Array("2C".utf8): result.append(ASCII.comma)
            case Array("3D".utf8): result.append(ASCII.equals)
            default: throw SASLError()
            }
        }
        guard !result.isEmpty, !result.contains(ASCII.nul), UTF8Octets.isValid(result.span) else { throw SASLError() }
        return result
    }
}

/// `XOAUTH2`: `user=` name, `auth=Bearer` token, separated and ended by `%x01`.
struct XOAuth2Mechanism: SASLMechanism {
    static let name: Keyword = "XOAUTH2"
    static let credential = CredentialKind.bearerToken
    static let needsPrivacy = true

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        let parts = response.exposed.split(separator: OAuthFields.separator, omittingEmptySubsequences: false)
        let prefix = Array("user=".utf8)
        guard let first = parts.first, first.starts(with: prefix) else { throw SASLError() }
        let user = Array(first.dropFirst(prefix.count))
        guard !user.isEmpty, !user.contains(ASCII.nul), UTF8Octets.isValid(user.span) else { throw SASLError() }
        let token = try OAuthFields.token(in: parts.dropFirst())
        return .finished(.bearerToken(token), authorizationIdentity: user)
    }

    var failureChallenge: [UInt8]? { OAuthFields.failure }
}

/// What both mechanisms have.
private enum OAuthFields {
    static let separator: UInt8 = 1
    /// RFC 7628 section 3.2.2
    static let failure = Array(#"{"status":"invalid_token"}"#.utf8)

    /// The bearer token among the fields, which two separators end. Fields whose keys are not known are ignored.
    static func token(in fields: ArraySlice<ArraySlice<UInt8>>) throws(SASLError) -> Redacted<[UInt8]> {
        guard fields.count >= 2, fields.suffix(2).allSatisfy(\.isEmpty) else { throw SASLError() }
        let prefix = Array("auth=Bearer ".utf8)
        var token: [UInt8]?
        guard fields.dropLast(2).allSatisfy(isPair) else { throw SASLError() }
        for field in fields.dropLast(2) where ASCII.equalFolded(Array(field.prefix(prefix.count)), prefix) {
            guard token == nil else { throw SASLError() }
            token = Array(field.dropFirst(prefix.count))
        }
        guard let token, !token.isEmpty, token.allSatisfy({ $0 > 0x20 && $0 < ASCII.delete }) else {
            throw SASLError()
        }
        return Redacted(token)
    }

    /// `key "=" value`: letters, and what can be read (RFC 7628 section 3.1).
    private static func isPair(_ field: ArraySlice<UInt8>) -> Bool {
        guard let end = field.firstIndex(of: ASCII.equals), end > field.startIndex else { return false }
        return field[..<end].allSatisfy(ASCII.isAlpha)
            && field[(end + 1)...].allSatisfy { (0x20..<ASCII.delete).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }
    }
}

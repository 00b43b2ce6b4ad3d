import IMAPCodec
import IMAPSession
public import IMAPTypes

/// The language of the server's texts. It may be chosen before login, and outlives it; transition 7 and STARTTLS go back
/// to `i-default` (RFC 8437 section 4.1; RFC 5255 section 3.1).
struct ActiveLanguage: ConnectionState {
    static let scope = Scope.cycle
    /// `nil`: `i-default`.
    var language: TextLanguage?

    static func fresh() -> ActiveLanguage { ActiveLanguage(language: nil) }

    consuming func end() -> Ending { .drop }
}

extension ExtensionRegistry {
    /// Offers languages for the server's texts, besides `i-default`. `preferred` is the one that a client gets who asks
    /// for the administrator's choice; `nil` is `i-default`.
    public mutating func offer(_ languages: [TextLanguage], preferred: TextLanguage? = nil) {
        self.languages += languages
        preferredLanguage = preferred
    }
}

extension Context {
    /// The languages that the server's texts can be in, besides `i-default`.
    public var languages: [TextLanguage] { channel.tables.languages }

    /// The administrator's choice; `nil` is `i-default`.
    public var preferredLanguage: TextLanguage? { channel.tables.preferredLanguage }

    /// The language of the server's texts from now on; `nil` is `i-default`, English in ASCII.
    public var language: TextLanguage? {
        get { read(ActiveLanguage.self).language }
        set {
            write(ActiveLanguage(language: newValue))
            connection.writer.language = newValue
        }
    }
}

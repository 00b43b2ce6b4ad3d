import IMAPCodec
import IMAPHost
public import IMAPParser
public import IMAPServer
import IMAPSession
public import IMAPTypes

extension CountLimit {
    /// Ranges that one LANGUAGE names. More is BAD.
    public static let languages = CountLimit("languages", standard: 100)
}

extension IMAPExtension {
    /// LANGUAGE, RFC 5255 section 3: the text behind OK, NO, BAD and BYE in the client's language.
    ///
    /// A server begins in `i-default`, English in ASCII. `languages` are what else it speaks: a text that one of them
    /// does not have is sent in English. A host adds the texts of its own extensions by
    /// ``/IMAPTypes/TextLanguage/adding(_:)``, other languages by values of its own, and translations of its
    /// namespaces by ``/IMAPHost/Namespace/translations``.
    ///
    /// - Parameters:
    ///   - languages: those offered besides `i-default`. With none, the extension is not offered.
    ///   - preferred: the one that `LANGUAGE default` asks for; `nil`, or one that is not offered, is `i-default`.
    /// - Returns: the extension.
    public static func language(
        _ languages: [TextLanguage] = [.english, .german, .french], preferred: LanguageTag? = nil
    ) -> IMAPExtension {
        IMAPExtension("LANGUAGE", requiring: ["NAMESPACE"]) { registry in
            guard !languages.isEmpty else { return }
            registry.advertise("LANGUAGE", in: .any)
            registry.offer(languages, preferred: languages.first { $0.tag == preferred })
            registry.add(LanguageCommand.self)
        }
    }
}

extension TextLanguage {
    /// English. The texts are those of `i-default`.
    public static let english = TextLanguage("en")
}

/// `LANGUAGE` (RFC 5255 section 3.2)
///
/// ```abnf
/// language-cmd  = "LANGUAGE" *(SP lang-range-quoted)
/// language-data = "LANGUAGE" SP "(" lang-tag-quoted *(SP lang-tag-quoted) ")"
/// ```
struct LanguageCommand: Command {
    static let facts = CommandFacts(
        "LANGUAGE", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    private static let anyLanguage = [ASCII.asterisk]

    enum Range: Sendable, Hashable {
        /// `*`, and `default`: the administrator's choice.
        case preferred
        case range(LanguageTag)
    }

    /// What the client would have, the best first. Without any it asks for all there are.
    let ranges: [Range]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var ranges: [Range] = []
        while arguments.take(ASCII.space) {
            guard ranges.count < arguments.limits[.languages] else { throw arguments.error(.limit) }
            let octets = try arguments.astring()
            if octets == LanguageCommand.anyLanguage {
                ranges.append(.preferred)
            } else if let range = LanguageTag(octets) {
                ranges.append(range == "default" ? .preferred : .range(range))
            } else {
                throw arguments.error(.unexpected)
            }
        }
        self.ranges = ranges
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let offered = context.languages
        guard !ranges.isEmpty else {
            context.respondLanguages(offered.map { $0.tag } + [.serverDefault])
            return .ok("LANGUAGE completed")
        }
        for range in ranges {
            switch range {
            case .preferred: speak(context.preferredLanguage, &context)
            case .range(let range):
                guard let tag = LanguageCommand.tag(for: range, among: offered.map { $0.tag }) else { continue }
                speak(offered.first { $0.tag == tag }, &context)
            }
            return .ok("LANGUAGE completed")
        }
        throw .no(nil, "Unsupported language")
    }

    /// The tag that a range asks for: itself, one that it is the beginning of, or its own beginning (RFC 4647 sections
    /// 3.3.1 and 3.4).
    private static func tag(for range: LanguageTag, among offered: [LanguageTag]) -> LanguageTag? {
        let all = offered + [.serverDefault]
        var next: LanguageTag? = range
        while let range = next {
            if let found = all.first(where: { $0 == range }) ?? all.first(where: { range.matches($0) }) { return found }
            next = range.broader
        }
        return nil
    }

    /// Names the language, and speaks it from then on. Prefixes of namespaces are told in it, where the host has them.
    private func speak(_ language: TextLanguage?, _ context: inout Context) {
        context.respondLanguages([language?.tag ?? .serverDefault])
        context.language = language
        guard let namespaces = try? context.account().namespaces else { return }
        let all = namespaces.personal + namespaces.otherUsers + namespaces.shared
        if all.contains(where: { !$0.translations.isEmpty }) { context.respondNamespaces(namespaces) }
    }
}

extension Context {
    /// `* LANGUAGE (de)`
    mutating func respondLanguages(_ tags: [LanguageTag]) {
        respond("LANGUAGE") { writer in
            writer.space()
            writer.list(tags) { writer, tag in writer.astring(tag.octets) }
        }
    }
}

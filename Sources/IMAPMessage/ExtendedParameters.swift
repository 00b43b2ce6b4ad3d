package import IMAPText
package import IMAPTypes

/// Parameters continued over several and with charsets (RFC 2231), as BODYSTRUCTURE shows them (RFC 9051 section
/// 7.5.2).
///
/// `name*0="a"; name*1="b"` is shown as `name` with the value `ab`. A parameter with a charset, `name*=` or
/// `name*0*=`, is decoded, joined, converted to UTF-8, and shown as `name*`. RFC 9051 does not say in what form: here
/// it is the one that RFC 2231 gives to that name, `utf-8'language'percent-encoded`, which clients that know the name
/// can read and which stays ASCII. In a charset that is not built in, octets and charset stay as they are. RFC 3501 is
/// silent; the same is shown to its clients. What is malformed is shown as written.
package enum ExtendedParameters {
    /// One written parameter, taken apart.
    private struct Section {
        let number: Int
        let isEncoded: Bool
        let value: [UInt8]
    }

    /// `written` with continuations joined, each where its first section stood.
    static func join(_ written: [BodyPart.Parameter], _ budget: inout MessageBudget) -> [BodyPart.Parameter] {
        guard written.contains(where: { $0.name.contains(ASCII.asterisk) }) else { return written }
        var groups: [[UInt8]: [Section]] = [:]
        for parameter in written {
            guard let (base, number, isEncoded) = split(parameter.name), let number else { continue }
            let section = Section(number: number, isEncoded: isEncoded, value: parameter.value)
            groups[base.map(ASCII.upper), default: []].append(section)
        }
        for key in groups.keys { groups[key]?.sort { $0.number < $1.number } }
        var joined: [BodyPart.Parameter] = []
        for parameter in written {
            guard let (base, number, isEncoded) = split(parameter.name) else {
                joined.append(parameter)
                continue
            }
            guard number != nil else {
                joined.append(isEncoded ? single(parameter, base, &budget) : parameter)
                continue
            }
            let key = base.map(ASCII.upper)
            guard let sections = groups[key] else { continue }
            guard sections.first?.number == 0 else {
                joined.append(parameter)
                continue
            }
            groups[key] = nil
            joined.append(join(sections, base, &budget))
        }
        return joined
    }

    /// `name`, `name*`, `name*0` or `name*0*`; `nil` for anything else with an asterisk, and for plain names.
    private static func split(_ name: [UInt8]) -> (base: [UInt8], number: Int?, isEncoded: Bool)? {
        guard let star = name.firstIndex(of: ASCII.asterisk), star > 0 else { return nil }
        let base = Array(name[..<star])
        var rest = name[(star + 1)...]
        guard !rest.isEmpty else { return (base, nil, true) }
        let isEncoded = rest.last == ASCII.asterisk
        if isEncoded { rest = rest.dropLast() }
        guard !rest.isEmpty, rest.count <= 4 else { return nil }
        var number = 0
        for octet in rest {
            guard ASCII.isDigit(octet) else { return nil }
            number = number * 10 + Int(octet - ASCII.zero)
        }
        return (base, number, isEncoded)
    }

    private static func join(
        _ sections: [Section], _ base: [UInt8], _ budget: inout MessageBudget
    ) -> BodyPart.Parameter {
        var prefix = Prefix()
        var octets: [UInt8] = []
        var isEncoded = false
        var next = 0
        for section in sections {
            // Of two with one number the first counts; what is behind a gap is lost.
            guard section.number == next else {
                if section.number > next { break }
                continue
            }
            next += 1
            if section.isEncoded {
                isEncoded = true
                var rest = section.value[...]
                if section.number == 0 { prefix = Prefix(&rest) ?? prefix }
                unescape(rest, into: &octets)
            } else {
                octets += section.value
            }
        }
        guard isEncoded else { return BodyPart.Parameter(name: base, value: octets) }
        return encoded(prefix, octets, base, &budget)
            ?? BodyPart.Parameter(name: base, value: octets)
    }

    private static func single(
        _ parameter: BodyPart.Parameter, _ base: [UInt8], _ budget: inout MessageBudget
    ) -> BodyPart.Parameter {
        var rest = parameter.value[...]
        guard let prefix = Prefix(&rest) else { return parameter }
        var octets: [UInt8] = []
        unescape(rest, into: &octets)
        return encoded(prefix, octets, base, &budget) ?? parameter
    }

    /// `charset'language'`
    private struct Prefix {
        var charset: [UInt8] = []
        var language: [UInt8] = []

        init() {}

        init?(_ value: inout ArraySlice<UInt8>) {
            guard let first = value.firstIndex(of: apostrophe),
                let second = value[(first + 1)...].firstIndex(of: apostrophe)
            else { return nil }
            charset = Array(value[..<first])
            language = Array(value[(first + 1)..<second])
            value = value[(second + 1)...]
        }
    }

    private static func encoded(
        _ prefix: Prefix, _ octets: [UInt8], _ base: [UInt8], _ budget: inout MessageBudget
    ) -> BodyPart.Parameter? {
        var charset = prefix.charset
        var text = octets
        if let utf8 = Charsets.builtIn.utf8(octets, in: charset) {
            charset = utf8Name
            text = utf8
        }
        guard text.count <= budget.extendedOctets / 3 else { return nil }
        var value = charset + [apostrophe] + prefix.language + [apostrophe]
        for octet in text {
            if attributeOctets.contains(octet) {
                value.append(octet)
            } else {
                value.append(ASCII.percent)
                value.append(hexadecimal[Int(octet >> 4)])
                value.append(hexadecimal[Int(octet & 15)])
            }
        }
        budget.extendedOctets -= min(value.count, budget.extendedOctets)
        return BodyPart.Parameter(name: base + [ASCII.asterisk], value: value)
    }

    private static func unescape(_ text: ArraySlice<UInt8>, into octets: inout [UInt8]) {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == ASCII.percent, index + 2 < text.endIndex,
                let first = QuotedPrintableReader.digit(text[index + 1]),
                let second = QuotedPrintableReader.digit(text[index + 2])
            {
                octets.append(first << 4 | second)
                index += 3
            } else {
                octets.append(text[index])
                index += 1
            }
        }
    }

    /// What `value`, of a parameter whose name ends in `*`, says, in UTF-8 where its charset is known.
    static func plain(_ value: [UInt8], _ charsets: Charsets) -> [UInt8] {
        var rest = value[...]
        let prefix = Prefix(&rest)
        var octets: [UInt8] = []
        unescape(rest, into: &octets)
        guard let prefix, !prefix.charset.isEmpty else { return octets }
        return charsets.utf8(octets, in: prefix.charset) ?? octets
    }

    private static let utf8Name = Array("utf-8".utf8)
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
    /// `attribute-char` of RFC 2231 section 7.
    private static let attributeOctets = OctetSet { octet in
        octet > 0x20 && octet < 0x7F && !ASCII.isOneOf(octet, Array("*'%()<>@,;:\\\"/[]?=".utf8))
    }
}

private let apostrophe: UInt8 = 0x27

extension BodyPart {
    /// The value of the parameter `name`, or what `name*` says in UTF-8 when there is only that.
    package func plainParameter(_ name: [UInt8], _ charsets: Charsets = .builtIn) -> [UInt8]? {
        parameter(name) ?? parameter(name + [ASCII.asterisk]).map { ExtendedParameters.plain($0, charsets) }
    }
}

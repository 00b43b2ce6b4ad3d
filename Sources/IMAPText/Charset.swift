/// A charset that is built in: UTF-8, US-ASCII, ISO-8859-1 to -16 (there is no -12), windows-1250 to -1258, KOI8-R and
/// KOI8-U.
package struct Charset: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case utf8
        /// Octets are the first 256 scalars.
        case latin1
        /// What the octets from `first` on stand for; below, an octet stands for itself.
        case table(first: UInt8, [UInt16])
    }

    /// The preferred MIME name, in upper case.
    package let name: [UInt8]
    private let kind: Kind

    private init(name: String, _ kind: Kind) {
        self.name = Array(name.utf8)
        self.kind = kind
    }

    /// The charset called `name` or an alias of it, in any ASCII case.
    ///
    /// Aliases are compared without `-`, `_`, `:`, `.` and white space: `latin1`, `Latin-1`, `iso8859_1`, `cp1252`.
    package init?(_ name: [UInt8]) {
        guard name.count <= 40, let index = Charset.index[Charset.key(name)] else { return nil }
        self = Charset.all[index]
    }

    /// A new decoder. Octets that stand for nothing are U+FFFD; US-ASCII is read as UTF-8, which it is a part of.
    package func decoder() -> any CharsetDecoder {
        switch kind {
        case .utf8: UTF8CharsetDecoder()
        case .latin1: TableDecoder(first: 0xFF, table: [0xFF])
        case .table(let first, let table): TableDecoder(first: first, table: table)
        }
    }

    /// UTF-8, or US-ASCII, which is a part of it.
    package var isUTF8: Bool { kind == .utf8 }

    /// All of them, the commonest first.
    package static let all: [Charset] = [
        Charset(name: "UTF-8", .utf8), Charset(name: "US-ASCII", .utf8), Charset(name: "ISO-8859-1", .latin1),
        Charset(name: "ISO-8859-2", .table(first: 0xA0, CharsetTables.iso8859Part2)),
        Charset(name: "ISO-8859-3", .table(first: 0xA0, CharsetTables.iso8859Part3)),
        Charset(name: "ISO-8859-4", .table(first: 0xA0, CharsetTables.iso8859Part4)),
        Charset(name: "ISO-8859-5", .table(first: 0xA0, CharsetTables.iso8859Part5)),
        Charset(name: "ISO-8859-6", .table(first: 0xA0, CharsetTables.iso8859Part6)),
        Charset(name: "ISO-8859-7", .table(first: 0xA0, CharsetTables.iso8859Part7)),
        Charset(name: "ISO-8859-8", .table(first: 0xA0, CharsetTables.iso8859Part8)),
        Charset(name: "ISO-8859-9", .table(first: 0xA0, CharsetTables.iso8859Part9)),
        Charset(name: "ISO-8859-10", .table(first: 0xA0, CharsetTables.iso8859Part10)),
        Charset(name: "ISO-8859-11", .table(first: 0xA0, CharsetTables.iso8859Part11)),
        Charset(name: "ISO-8859-13", .table(first: 0xA0, CharsetTables.iso8859Part13)),
        Charset(name: "ISO-8859-14", .table(first: 0xA0, CharsetTables.iso8859Part14)),
        Charset(name: "ISO-8859-15", .table(first: 0xA0, CharsetTables.iso8859Part15)),
        Charset(name: "ISO-8859-16", .table(first: 0xA0, CharsetTables.iso8859Part16)),
        Charset(name: "WINDOWS-1250", .table(first: 0x80, CharsetTables.windows1250)),
        Charset(name: "WINDOWS-1251", .table(first: 0x80, CharsetTables.windows1251)),
        Charset(name: "WINDOWS-1252", .table(first: 0x80, CharsetTables.windows1252)),
        Charset(name: "WINDOWS-1253", .table(first: 0x80, CharsetTables.windows1253)),
        Charset(name: "WINDOWS-1254", .table(first: 0x80, CharsetTables.windows1254)),
        Charset(name: "WINDOWS-1255", .table(first: 0x80, CharsetTables.windows1255)),
        Charset(name: "WINDOWS-1256", .table(first: 0x80, CharsetTables.windows1256)),
        Charset(name: "WINDOWS-1257", .table(first: 0x80, CharsetTables.windows1257)),
        Charset(name: "WINDOWS-1258", .table(first: 0x80, CharsetTables.windows1258)),
        Charset(name: "KOI8-R", .table(first: 0x80, CharsetTables.koi8R)),
        Charset(name: "KOI8-U", .table(first: 0x80, CharsetTables.koi8U)),
    ]

    /// Names that are not the preferred one with its separators left out (IANA's registry, and what mail has).
    private static let aliases: [(String, String)] = [
        ("UTF-8", "unicode11utf8"), ("UTF-8", "utf8mb4"), ("US-ASCII", "ascii"), ("US-ASCII", "ansix341968"),
        ("US-ASCII", "iso646us"), ("US-ASCII", "us"), ("US-ASCII", "cp367"), ("US-ASCII", "ibm367"),
        ("US-ASCII", "646"), ("US-ASCII", "usascii7"), ("ISO-8859-1", "latin1"), ("ISO-8859-1", "l1"),
        ("ISO-8859-1", "cp819"), ("ISO-8859-1", "ibm819"), ("ISO-8859-1", "8859"), ("ISO-8859-2", "latin2"),
        ("ISO-8859-2", "l2"), ("ISO-8859-3", "latin3"), ("ISO-8859-3", "l3"), ("ISO-8859-4", "latin4"),
        ("ISO-8859-4", "l4"), ("ISO-8859-5", "cyrillic"), ("ISO-8859-6", "arabic"), ("ISO-8859-6", "ecma114"),
        ("ISO-8859-6", "asmo708"), ("ISO-8859-6", "iso88596i"), ("ISO-8859-6", "iso88596e"),
        ("ISO-8859-7", "greek"), ("ISO-8859-7", "greek8"), ("ISO-8859-7", "ecma118"), ("ISO-8859-7", "elot928"),
        ("ISO-8859-8", "hebrew"), ("ISO-8859-8", "iso88598i"), ("ISO-8859-8", "iso88598e"),
        ("ISO-8859-9", "latin5"), ("ISO-8859-9", "l5"), ("ISO-8859-10", "latin6"), ("ISO-8859-10", "l6"),
        ("ISO-8859-11", "tis620"), ("ISO-8859-11", "thai"), ("ISO-8859-13", "latin7"), ("ISO-8859-14", "latin8"),
        ("ISO-8859-14", "l8"), ("ISO-8859-14", "isoceltic"), ("ISO-8859-15", "latin9"), ("ISO-8859-15", "latin0"),
        ("ISO-8859-16", "latin10"), ("ISO-8859-16", "l10"), ("WINDOWS-1252", "ansi"), ("KOI8-R", "koi8"),
        ("KOI8-R", "cskoi8r"), ("KOI8-U", "koi8ru"),
    ]

    /// From a name without separators, in lower case, to its place in ``all``.
    private static let index: [[UInt8]: Int] = {
        var index: [[UInt8]: Int] = [:]
        let iso = Array("iso8859".utf8)
        let windows = Array("windows".utf8)
        for (place, charset) in all.enumerated() {
            let key = key(charset.name)
            index[key] = place
            if key.starts(with: iso) { index[Array(key.dropFirst(3))] = place }
            if key.starts(with: windows) {
                let number = key.dropFirst(windows.count)
                for prefix in ["cp", "win", "xcp", "ms", "xwindows"] { index[Array(prefix.utf8) + number] = place }
            }
        }
        for (name, alias) in aliases {
            guard let place = all.firstIndex(where: { $0.name == Array(name.utf8) }) else { continue }
            index[Array(alias.utf8)] = place
            index[Array(("csiso" + alias).utf8)] = place
        }
        for (name, years) in [
            ("iso88591", "1987"), ("iso88592", "1987"), ("iso88593", "1988"), ("iso88594", "1988"),
            ("iso88595", "1988"), ("iso88596", "1987"), ("iso88597", "1987"), ("iso88598", "1988"),
            ("iso88599", "1989"), ("iso885910", "1992"),
        ] {
            if let place = index[Array(name.utf8)] { index[Array((name + years).utf8)] = place }
        }
        return index
    }()

    private static func key(_ name: [UInt8]) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(name.count)
        for octet in name {
            switch octet {
            case 0x2D, 0x5F, 0x3A, 0x2E, 0x20, 0x09: continue
            case 0x41...0x5A: key.append(octet | 0x20)
            default: key.append(octet)
            }
        }
        return key
    }
}

/// UTF-8, checked: what is not well-formed becomes U+FFFD.
private struct UTF8CharsetDecoder: CharsetDecoder {
    private var reader = UTF8ScalarReader()

    mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8]) {
        var index = 0
        while index < octets.count {
            let end = reader.isInside ? index : octets.asciiEnd(from: index)
            guard end == index else {
                utf8.append(octets, index..<end) { $0 }
                index = end
                continue
            }
            reader.feed(octets[index]) { UTF8Scalars.append($0, to: &utf8) }
            index += 1
        }
    }

    mutating func finish(into utf8: inout [UInt8]) {
        reader.finish { UTF8Scalars.append($0, to: &utf8) }
    }
}

/// One octet, one scalar.
private struct TableDecoder: CharsetDecoder {
    let first: UInt8
    let table: [UInt16]

    mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8]) {
        var index = 0
        while index < octets.count {
            let end = octets.asciiEnd(from: index)
            guard end == index else {
                utf8.append(octets, index..<end) { $0 }
                index = end
                continue
            }
            let octet = octets[index]
            let scalar = octet < first ? UInt32(octet) : UInt32(table[Int(octet - first)])
            UTF8Scalars.append(scalar, to: &utf8)
            index += 1
        }
    }

    mutating func finish(into utf8: inout [UInt8]) {}
}

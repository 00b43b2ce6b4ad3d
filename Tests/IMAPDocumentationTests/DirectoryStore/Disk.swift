import Foundation

#if canImport(Glibc)
    import Glibc
#endif

// listing: lines
/// Octets with CRLF at every line's end, made of pieces that are cut anywhere. A bare CR stays.
struct CanonicalLines: Sendable {
    private var endsInCR = false

    mutating func convert(_ octets: [UInt8]) -> [UInt8] {
        var converted: [UInt8] = []
        converted.reserveCapacity(octets.count)
        for octet in octets {
            if octet == 0x0A, !endsInCR { converted.append(0x0D) }
            converted.append(octet)
            endsInCR = octet == 0x0D
        }
        return converted
    }
}
// listing: end

// listing: names
/// Names of any octets as names of files: what is not harmless is written `%2F`.
enum FileName {
    private static let harmless = Set(Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ ".utf8))
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `nil` when the name is too long for a file system.
    static func encode(_ octets: [UInt8]) -> String? {
        var name: [UInt8] = []
        for octet in octets {
            if harmless.contains(octet) {
                name.append(octet)
            } else {
                name += [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return name.isEmpty || name.count > 255 ? nil : String(decoding: name, as: UTF8.self)
    }
    // listing: end

    /// The octets of a name that was encoded, or that somebody wrote as it is.
    static func decode(_ name: String) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let octet = rest.popFirst() {
            guard octet == 0x25 else {
                octets.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap({ digits.firstIndex(of: $0) }),
                let low = rest.popFirst().flatMap({ digits.firstIndex(of: $0) })
            else { return nil }
            octets.append(UInt8(high << 4 | low))
        }
        return encode(octets) == name ? octets : nil
    }

    private static let prefix = "m-"

    /// A name for a new message's file. It is never used again.
    static func new() -> String { "\(prefix)\(UUID().uuidString).eml" }

    static func isOurs(_ file: String) -> Bool { file.hasPrefix(prefix) }
}

enum Disk {
    /// Replaces a file in one step, and returns when the new one is on the disk.
    static func replace(_ url: URL, with data: Data) throws {
        let new = url.appendingPathExtension("new")
        try data.write(to: new)
        try sync(new)
        guard Glibc.rename(new.path, url.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        try sync(url.deletingLastPathComponent())
    }

    /// Has a file, or the names in a directory, written to the disk.
    static func sync(_ url: URL) throws {
        let descriptor = Glibc.open(url.path, O_RDONLY)
        guard descriptor >= 0 else { throw CocoaError(.fileReadUnknown) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

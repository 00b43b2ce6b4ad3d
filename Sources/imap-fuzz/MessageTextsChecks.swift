import IMAPMessage
import IMAPText

/// Several texts looked for at once, by a scanner and by a digest.
enum MessageTextsChecks {
    /// What is found depends on the message alone: not on the cut, and not on whether its structure was known.
    static func problem(_ cuts: Cuts, _ limits: MessageLimits, key start: Int) -> String? {
        let key = Array(cuts.whole.dropFirst(start).prefix(4))
        guard !key.isEmpty else { return nil }
        let texts = MessageTexts([(key, true), (key, false)], .builtIn, by: .unicode, limits)
        var first: [Bool]?
        var structure: MessageStructure?
        for pieces in cuts.all {
            var reading = texts.reading()
            for piece in pieces { reading.feed(piece) }
            structure = reading.finish()
            guard first == nil || first == reading.found else { return "the texts found depend on the cut" }
            first = reading.found
        }
        guard let digest = structure?.digest() else { return nil }
        for most in [1, 5, Int.max] {
            guard let reading = texts.reading(digest: digest, size: UInt64(cuts.whole.count)) else {
                return "the texts of a digest are not known"
            }
            guard found(reading, cuts.whole, atMost: most) == first else {
                return "\(key) is found, or is not, by what a digest tells"
            }
        }
        return nil
    }

    /// R-SW-6: any octets are no digest, or one whose texts are inside the message.
    static func problem(digest: [UInt8], size: UInt64) -> String? {
        let texts = MessageTexts([([0x61, 0x62], true)])
        guard let reading = texts.reading(digest: digest, size: size) else {
            return MessageStructure(digest: digest, size: size) == nil ? nil : "the texts of a digest are not known"
        }
        _ = found(reading, [UInt8](repeating: 0x62, count: Int(size)), atMost: .max)
        return nil
    }

    private static func found(
        _ known: MessageTexts.KnownReading, _ message: [UInt8], atMost most: Int
    ) -> [Bool] {
        var reading = known
        while let wanted = reading.wanted {
            let piece = Array(message.dropFirst(Int(wanted)).prefix(most))
            if piece.isEmpty { break }
            reading.feed(piece, at: wanted)
        }
        reading.finish()
        return reading.found
    }
}

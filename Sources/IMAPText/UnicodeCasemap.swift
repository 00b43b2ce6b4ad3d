/// The collation `i;unicode-casemap` (RFC 5051): texts are the same, or one before the other, as their titlecased and
/// decomposed forms are, octet by octet.
///
/// `é` is the same written as one scalar or as two, and full-width letters are the same as others. There is no regard
/// to language. Diacritics out of order stay so, which section 4 leaves open.
package enum UnicodeCasemap {
    /// The form of `utf8` that is compared. Octets that are not UTF-8 are compared as they are.
    package static func prepare(_ utf8: [UInt8]) -> [UInt8] {
        var prepared: [UInt8] = []
        prepared.reserveCapacity(utf8.count)
        let mapping = UnicodeCasemap.mapping
        var reader = UTF8ScalarReader()
        var isValid = true
        for index in utf8.indices {
            let octet = utf8[index]
            if octet < 0x80, !reader.isInside {
                prepared.append(octet >= 0x61 && octet <= 0x7A ? octet & 0xDF : octet)
                continue
            }
            reader.feed(octet) { scalar in
                guard scalar != UTF8Scalars.replacement || isReplacement(utf8, endingAt: index) else {
                    isValid = false
                    return
                }
                mapping.append(scalar, to: &prepared)
            }
            guard isValid else { return utf8 }
        }
        return reader.isInside ? utf8 : prepared
    }

    /// Appends what `scalar` becomes.
    static func append(_ scalar: UInt32, to utf8: inout [UInt8]) { mapping.append(scalar, to: &utf8) }

    /// Whether U+FFFD itself stands there, and not octets that are no UTF-8.
    private static func isReplacement(_ utf8: [UInt8], endingAt index: Int) -> Bool {
        index >= 2 && utf8[index] == 0xBD && utf8[index - 1] == 0xBF && utf8[index - 2] == 0xEF
    }

    private static let mapping = Mapping()

    /// What scalars become, found by binary search.
    private struct Mapping: Sendable {
        private var scalars: [UInt32] = []
        /// Where in ``octets`` each begins, and where the last ends.
        private var starts: [UInt32] = [0]
        /// What they become, in UTF-8.
        private var octets: [UInt8] = []
        /// The places of the scalars below ``denseCount`` and one; 0 for those that stay.
        private var dense = [UInt16](repeating: 0, count: Mapping.denseCount)

        /// Whether any of the 64 scalars of each block is listed: most scripts have none.
        private var hasListed = [Bool](repeating: false, count: 0x11_0000 >> 6)

        private static let denseCount = 0x600

        init() {
            var found = Mapping.singles() + Mapping.sequences()
            found.sort { $0.scalar < $1.scalar }
            for (scalar, becomes) in found {
                if scalar < Mapping.denseCount { dense[Int(scalar)] = UInt16(truncatingIfNeeded: scalars.count + 1) }
                scalars.append(scalar)
                hasListed[Int(scalar >> 6)] = true
                for one in becomes { UTF8Scalars.append(one, to: &octets) }
                starts.append(UInt32(truncatingIfNeeded: octets.count))
            }
        }

        func append(_ scalar: UInt32, to utf8: inout [UInt8]) {
            guard let place = place(of: scalar) else {
                Mapping.appendUnlisted(scalar, to: &utf8)
                return
            }
            for index in Int(starts[place])..<Int(starts[place + 1]) { utf8.append(octets[index]) }
        }

        private func place(of scalar: UInt32) -> Int? {
            if scalar < Mapping.denseCount {
                let place = Int(dense[Int(scalar)])
                return place == 0 ? nil : place - 1
            }
            guard scalar < 0x11_0000, hasListed[Int(scalar >> 6)] else { return nil }
            var low = 0
            var high = scalars.count
            while low < high {
                let middle = low + (high - low) / 2
                if scalars[middle] < scalar { low = middle + 1 } else { high = middle }
            }
            return low < scalars.count && scalars[low] == scalar ? low : nil
        }

        /// A scalar that stays, or a syllable of Hangul, which is taken apart by rule (the Unicode Standard, 3.12).
        private static func appendUnlisted(_ scalar: UInt32, to utf8: inout [UInt8]) {
            guard (0xAC00...0xD7A3).contains(scalar) else { return UTF8Scalars.append(scalar, to: &utf8) }
            let index = scalar - 0xAC00
            UTF8Scalars.append(0x1100 + index / 588, to: &utf8)
            UTF8Scalars.append(0x1161 + index % 588 / 28, to: &utf8)
            if index % 28 > 0 { UTF8Scalars.append(0x11A7 + index % 28, to: &utf8) }
        }

        // MARK: Reading the table

        private static func singles() -> [(scalar: UInt32, becomes: [UInt32])] {
            var found: [(scalar: UInt32, becomes: [UInt32])] = []
            var numbers = Numbers(UnicodeCasemapTable.runs)
            var first = 0
            while let distance = numbers.next(), let run = numbers.next(), let delta = numbers.next() {
                first += distance
                for index in 0...run / 2 {
                    let scalar = first + index * (run % 2 + 1)
                    found.append((UInt32(clamping: scalar), [UInt32(clamping: scalar + Numbers.signed(delta))]))
                }
            }
            return found
        }

        private static func sequences() -> [(scalar: UInt32, becomes: [UInt32])] {
            var found: [(scalar: UInt32, becomes: [UInt32])] = []
            var numbers = Numbers(UnicodeCasemapTable.sequences)
            var scalar = 0
            while let distance = numbers.next(), let count = numbers.next() {
                scalar += distance
                var becomes: [UInt32] = []
                var last = 0
                for _ in 0..<count {
                    last += Numbers.signed(numbers.next() ?? 0)
                    becomes.append(UInt32(clamping: last))
                }
                found.append((UInt32(clamping: scalar), becomes))
            }
            return found
        }
    }

    /// The numbers of a table's text.
    private struct Numbers {
        private let text: [UInt8]
        private let values: [UInt8]
        private var position = 0

        init(_ text: String) {
            var values = [UInt8](repeating: 0xFF, count: 256)
            for (value, digit) in UnicodeCasemapTable.digits.utf8.enumerated() {
                values[Int(digit)] = UInt8(truncatingIfNeeded: value)
            }
            self.values = values
            self.text = text.utf8.filter { values[Int($0)] != 0xFF }
        }

        mutating func next() -> Int? {
            var number = 0
            var shift = 0
            while position < text.count {
                let digit = Int(values[Int(text[position])])
                position += 1
                number |= (digit & 31) << shift
                guard digit > 31 else { return number }
                shift += 5
            }
            return nil
        }

        static func signed(_ number: Int) -> Int { number % 2 == 0 ? number / 2 : -(number / 2) - 1 }
    }
}

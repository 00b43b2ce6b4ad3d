internal import IMAPTypes

/// A header that is in memory, as fields: ranges into its octets, so nothing is copied until it is asked for.
///
/// It ends at its empty line. Lines that are no fields are passed over, with the lines that continue them. What is
/// beyond the limits of headers is passed over too, as where a message is scanned: fields, octets of a field's value, and
/// octets of the header.
package struct HeaderBlock: Sendable {
    /// One field. Ranges are of the block's octets.
    package struct Field: Hashable, Sendable {
        /// Without the white space that obsolete syntax allows before the colon.
        package let name: Range<Int>
        /// From behind the colon to before the last line's end: folded, white space and all.
        package let value: Range<Int>
    }

    package let octets: [UInt8]
    package let fields: [Field]
    /// Octets of a value, unfolded, that are understood.
    private let longestValue: Int

    package init(_ octets: [UInt8], _ limits: MessageLimits = .standard) {
        self.octets = octets
        longestValue = limits.fieldOctets
        let octetsEnd = min(octets.count, limits.headerOctets)
        var fields: [Field] = []
        var index = 0
        /// The field that following lines may continue.
        var current: Field?
        fields.reserveCapacity(16)
        let span = octets.span
        while index < octetsEnd, fields.count < limits.fields {
            let start = index
            while index < octetsEnd, span[index] != ASCII.lf, span[index] != ASCII.colon { index += 1 }
            let colon = index < octetsEnd && span[index] == ASCII.colon ? index : nil
            while index < octetsEnd, span[index] != ASCII.lf { index += 1 }
            var end = index
            if end > start, index < octetsEnd, span[end - 1] == ASCII.cr { end -= 1 }
            if index < octetsEnd { index += 1 }
            if end == start { break }
            if span[start] == ASCII.space || span[start] == 0x09 {
                current = current.map { Field(name: $0.name, value: $0.value.lowerBound..<end) }
                continue
            }
            if let current { fields.append(current) }
            current = nil
            // A name whose colon is the last octet that is understood has no value.
            guard let colon, colon + 1 < limits.headerOctets else { continue }
            var nameEnd = colon
            while nameEnd > start, octets[nameEnd - 1] == ASCII.space || octets[nameEnd - 1] == 0x09 { nameEnd -= 1 }
            current = Field(name: start..<nameEnd, value: colon + 1..<max(colon + 1, end))
        }
        if let current, fields.count < limits.fields { fields.append(current) }
        self.fields = fields
    }

    /// The value of every field called `name`, by ASCII case, in the order of the message, unfolded.
    package func values(of name: [UInt8]) -> [[UInt8]] {
        fields.lazy.filter { isCalled($0, name) }.map(unfolded)
    }

    /// The value of the first field called `name`, unfolded; `nil` when there is none.
    package func first(_ name: [UInt8]) -> [UInt8]? {
        fields.first { isCalled($0, name) }.map(unfolded)
    }

    /// The value without its line ends, and without white space at either end.
    package func unfolded(_ field: Field) -> [UInt8] {
        var value: [UInt8] = []
        value.reserveCapacity(min(field.value.count, longestValue))
        for index in field.value {
            let octet = octets[index]
            if octet == ASCII.lf {
                if value.last == ASCII.cr { value.removeLast() }
            } else {
                guard value.count < longestValue else { break }
                value.append(octet)
            }
        }
        return value.trimmed()
    }

    private func isCalled(_ field: Field, _ name: [UInt8]) -> Bool {
        guard field.name.count == name.count else { return false }
        for offset in name.indices
        where ASCII.upper(octets[field.name.lowerBound + offset]) != ASCII.upper(name[offset]) {
            return false
        }
        return true
    }
}

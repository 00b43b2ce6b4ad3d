/// Values by protocol word, for tables that are made when a server starts and asked for every command.
///
/// The words in it are the server's own; a client can only ask for words. So there is no need of a hash that an attacker
/// cannot foresee, and the longest search is fixed when the table is made. Entries are kept in the order in which they
/// were added.
public struct KeywordTable<Value> {
    @usableFromInline struct Entry {
        @usableFromInline let key: Keyword
        @usableFromInline var value: Value

        @inlinable
        init(key: Keyword, value: Value) {
            self.key = key
            self.value = value
        }
    }

    @usableFromInline var entries: [Entry] = []
    /// Twice as many places as entries or more, a power of two: the index of an entry, or -1.
    @usableFromInline var places: [Int32] = []

    @inlinable public init() {}

    @inlinable public var isEmpty: Bool { entries.isEmpty }
    @inlinable public var keys: [Keyword] { entries.map { $0.key } }
    @inlinable public var values: [Value] { entries.map { $0.value } }

    /// The value of `key`.
    @inlinable
    public subscript(key: Keyword) -> Value? {
        guard let index = index(of: key) else { return nil }
        return entries[index].value
    }

    @inlinable
    func index(of key: Keyword) -> Int? {
        guard !places.isEmpty else { return nil }
        var place = first(for: key)
        while true {
            let index = Int(places[place])
            guard index >= 0 else { return nil }
            if entries[index].key == key { return index }
            place = (place + 1) & (places.count - 1)
        }
    }

    /// Where the search for `key` begins.
    @inlinable
    func first(for key: Keyword) -> Int {
        var mixed = key.w0 ^ (key.w1 &* 0xC2B2_AE3D_27D4_EB4F)  // wraps by definition
        mixed ^= (key.w2 &* 0x1656_67B1_9E37_79F9) ^ (key.w3 &* 3)  // wraps by definition
        mixed = mixed &* 0x9E37_79B9_7F4A_7C15  // wraps by definition
        return Int(truncatingIfNeeded: mixed >> 32) & (places.count - 1)
    }

    /// Sets the value of `key` and returns the one there was.
    @inlinable
    @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: Keyword) -> Value? {
        if let index = index(of: key) {
            let before = entries[index].value
            entries[index].value = value
            return before
        }
        entries.append(Entry(key: key, value: value))
        if entries.count * 2 > places.count {
            places = [Int32](repeating: -1, count: Swift.max(8, places.count * 2))
            for index in entries.indices { place(index) }
        } else {
            place(entries.count - 1)
        }
        return nil
    }

    @inlinable
    mutating func place(_ index: Int) {
        var place = first(for: entries[index].key)
        while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
        places[place] = Int32(truncatingIfNeeded: index)
    }
}

extension KeywordTable: Sendable where Value: Sendable {}
extension KeywordTable.Entry: Sendable where Value: Sendable {}

extension KeywordTable: Sequence {
    /// The entries, in the order in which they were added.
    @inlinable
    public func makeIterator() -> IndexingIterator<[(key: Keyword, value: Value)]> {
        entries.map { (key: $0.key, value: $0.value) }.makeIterator()
    }
}

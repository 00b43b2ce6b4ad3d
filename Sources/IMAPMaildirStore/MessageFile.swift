import IMAPTypes
import Synchronization

/// The name of a message's file: `1700000000.M42P7Q1.host,S=12,W=12:2,FS`, of which the part before the colon, the
/// base, never changes.
struct MessageFile: Hashable, Sendable {
    /// The whole name, as it is on disk.
    let name: [UInt8]
    private let baseLength: Int

    /// The longest base that leaves room for flags, whoever sets them, in the 255 octets of a file's name.
    static let longestBase = 200

    init(_ name: [UInt8]) {
        self.name = name
        baseLength = name.firstIndex(of: 0x3A) ?? name.count
    }

    /// The base's file with these flags. Letters that are not ours, `P` or a Dovecot keyword's, stay as they are.
    init(base: [UInt8], flags: FlagBits, keeping old: MessageFile? = nil) {
        var letters = MessageFile.letters(of: flags)
        if let old { letters += old.letters.filter { MessageFile.bit(of: $0) == nil } }
        letters.sort()
        var name = base + MessageFile.marker
        for letter in letters where letter != name.last { name.append(letter) }
        self.name = name
        baseLength = base.count
    }

    var base: [UInt8] { Array(name[..<baseLength]) }

    /// The letters behind `:2,`, or none.
    private var letters: ArraySlice<UInt8> {
        let rest = name[baseLength...]
        guard rest.starts(with: MessageFile.marker) else { return [] }
        return rest.dropFirst(MessageFile.marker.count)
    }

    /// The system flags that the name says.
    var flags: FlagBits { letters.reduce(0) { $0 | (MessageFile.bit(of: $1) ?? 0) } }

    /// Whether this was delivered before `other`, as far as the names say: they begin with the time, and what follows is
    /// numbers, too. Digits are compared as numbers.
    func precedes(_ other: MessageFile) -> Bool {
        var (a, b) = (name[...], other.name[...])
        while let x = a.first, let y = b.first {
            guard ASCII.isDigit(x), ASCII.isDigit(y) else {
                guard x == y else { return x < y }
                a = a.dropFirst()
                b = b.dropFirst()
                continue
            }
            let (m, n) = (MessageFile.digits(&a), MessageFile.digits(&b))
            guard m.count == n.count else { return m.count < n.count }
            guard m.elementsEqual(n) else { return m.lexicographicallyPrecedes(n) }
        }
        return a.isEmpty && !b.isEmpty
    }

    /// Takes the digits at the beginning, without zeros before them.
    private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { ASCII.isDigit($0) }
        rest = rest[digits.endIndex...]
        return digits.drop { $0 == ASCII.zero }
    }

    /// The name without what was added when the size was known: what it has in `tmp`.
    static func temporaryName(ofBase base: [UInt8]) -> [UInt8] { Array(base.prefix { $0 != ASCII.comma }) }

    private static let marker = Array(":2,".utf8)

    private static func letters(of flags: FlagBits) -> [UInt8] {
        var letters: [UInt8] = []
        for (letter, bit) in byLetter where flags & bit != 0 { letters.append(letter) }
        return letters
    }

    private static func bit(of letter: UInt8) -> FlagBits? { byLetter.first { $0.0 == letter }?.1 }

    /// In the order of the letters.
    private static let byLetter: [(UInt8, FlagBits)] = [
        (0x44, FlagTable.draft), (0x46, FlagTable.flagged), (0x52, FlagTable.answered), (0x53, FlagTable.seen),
        (0x54, FlagTable.deleted),
    ]
}

/// Where names that no other file has come from: time, process and a counter, as maildirs have it.
enum UniqueName {
    private static let counter = Atomic<UInt64>(0)

    static func next() -> [UInt8] {
        let now = System.time
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return Array("\(now.seconds).M\(now.nanoseconds / 1000)P\(System.process)Q\(number).".utf8) + System.host
    }
}

import Glibc
import IMAPServer
import Synchronization

/// The system's charsets, by `iconv`: those that mail is written in and that are not built in.
struct SystemCharsets: CharsetProvider {
    /// What is looked for at start-up; the system need not have all.
    private static let wanted = [
        "BIG5", "BIG5-HKSCS", "EUC-JP", "EUC-KR", "EUC-TW", "GB18030", "GB2312", "GBK", "HZ-GB-2312", "ISO-2022-CN",
        "ISO-2022-JP", "ISO-2022-JP-2", "ISO-2022-KR", "JOHAB", "KOI8-T", "MACINTOSH", "SHIFT_JIS", "TIS-620",
        "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-7", "VISCII", "WINDOWS-31J", "WINDOWS-874",
    ]

    let names: [[UInt8]] = wanted.filter { Conversion($0) != nil }.map { Array($0.utf8) }

    func decoder(named name: [UInt8]) -> (any CharsetDecoder)? {
        let upper = name.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }
        // Only what is listed: `iconv` would take a file's name or an option behind it for part of a charset's.
        guard names.contains(upper) else { return nil }
        return Conversion(String(decoding: upper, as: UTF8.self)).map { SystemDecoder(conversion: $0) }
    }
}

/// A decoder is used by one search at a time; copies of it share their state, which nobody does twice.
private struct SystemDecoder: CharsetDecoder {
    let conversion: Conversion

    mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8]) {
        var piece: [UInt8] = []
        piece.reserveCapacity(octets.count)
        for index in octets.indices { piece.append(octets[index]) }
        conversion.decode(piece, into: &utf8)
    }

    mutating func finish(into utf8: inout [UInt8]) { conversion.finish(into: &utf8) }
}

/// An open `iconv` conversion to UTF-8, closed with its last user.
private final class Conversion: Sendable {
    private struct State: ~Copyable, @unchecked Sendable {
        let handle: iconv_t
        /// The beginning of a character that is not complete.
        var rest: [UInt8] = []

        deinit { iconv_close(handle) }
    }

    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    private let state: Mutex<State>

    init?(_ name: String) {
        guard let handle = iconv_open("UTF-8", name), handle != iconv_t(bitPattern: -1) else { return nil }
        state = Mutex(State(handle: handle))
    }

    func decode(_ octets: [UInt8], into utf8: inout [UInt8]) {
        let decoded = state.withLock { state in
            var input = state.rest + octets
            let (decoded, taken) = Conversion.convert(state.handle, &input)
            state.rest = Array(input[taken...])
            return decoded
        }
        utf8 += decoded
    }

    func finish(into utf8: inout [UInt8]) {
        let wasInside = state.withLock { state in
            defer { state.rest = [] }
            _ = iconv(state.handle, nil, nil, nil, nil)
            return !state.rest.isEmpty
        }
        if wasInside { utf8 += Conversion.replacement }
    }

    /// Returns what was read and how many octets that took: all, but for a character that is not complete.
    private static func convert(_ handle: iconv_t, _ input: inout [UInt8]) -> (utf8: [UInt8], taken: Int) {
        var utf8: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        let taken = input.withUnsafeMutableBytes { source in
            var from = source.baseAddress?.assumingMemoryBound(to: CChar.self)
            var left = source.count
            while left > 0 {
                let (result, stop) = room.withUnsafeMutableBytes { target in
                    var to = target.baseAddress?.assumingMemoryBound(to: CChar.self)
                    var free = target.count
                    let result = iconv(handle, &from, &left, &to, &free)
                    let stop = result == -1 ? errno : 0
                    return (target.count - free, stop)
                }
                utf8 += room[..<result]
                switch stop {
                case 0, E2BIG: continue
                // More octets must come; more than a few, and they begin nothing.
                case EINVAL where left <= 16: return source.count - left
                default:
                    utf8 += replacement
                    from = from?.successor()
                    left -= 1
                }
            }
            return source.count
        }
        return (utf8, taken)
    }
}

import Foundation
import IMAPHost
import IMAPTypes

/// A file that has CRLF, read in pieces.
struct FileBody: MessageBody {
    let mail: UserMail
    let url: URL
    let size: UInt64

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        try await mail.read(url, at: offset, max: max)
    }
}

/// A file that somebody else wrote with bare LF, converted in memory.
struct ConvertedBody: MessageBody {
    let octets: [UInt8]

    var size: UInt64 { UInt64(octets.count) }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard offset < size else { return [] }
        return Array(octets[Int(offset)...].prefix(max))
    }
}

import IMAPCodec
import IMAPParser

/// Both directions of DEFLATE.
struct Compression: Sendable {
    enum Progress: Sendable { case goesOn, needsMore, ended }

    private(set) var isOn = true

    mutating func read(_ input: inout InputBuffer, into output: inout [UInt8]) throws(LayerError) -> Progress {
        .needsMore
    }

    mutating func write(_ octets: [UInt8], _ flush: OutputFlush) -> [UInt8] { octets }

    mutating func end() { isOn = false }
}

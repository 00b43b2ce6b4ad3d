import Dispatch
import IMAPHost
import IMAPMemoryStore
import Synchronization
import Testing

@testable import IMAPServer

/// Counts how often a task had its turn.
private final class CountingExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "turns")
    private let turns = Atomic<Int>(0)

    var count: Int { turns.load(ordering: .acquiring) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        turns.wrappingAdd(1, ordering: .acquiringAndReleasing)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

@Suite("Hostile: what SEARCH reads")
struct SearchedOctetsTests {
    /// R-ALG-5: a header of a million fields is not looked through as one piece, of which each line would leave something
    /// until all of it was fed.
    @Test(arguments: [1, 2000, 100_000], [8 << 20, 65_536])
    func aHeaderComesInPieces(_ fields: Int, atMost most: Int) async throws {
        let message = Array((String(repeating: "X: y\r\n", count: fields) + "\r\nbody\r\n").utf8)
        var octets = SearchedOctets(OctetBody(message), .unshared)
        try await octets.readHeader(atMost: most)
        #expect(octets.head.count >= min(fields * 6, most))
        var all: [UInt8] = []
        while true {
            let piece = try await octets.next().octets
            guard !piece.isEmpty else { break }
            #expect(piece.count <= 65_536)
            all += piece
        }
        #expect(all == message)
    }

    /// What is not wanted is not read, and of what was read with the header nothing is given twice.
    @Test(arguments: [false, true], [0, 1, 4, 40_000, 99_999, 100_000, 200_000] as [UInt64])
    func octetsFromAPlaceOn(_ withHeader: Bool, _ wanted: UInt64) async throws {
        let message = Array("a: b\r\n\r\n".utf8) + (0..<99_992).map { UInt8(0x41 + $0 % 26) }
        var octets = SearchedOctets(OctetBody(message), .unshared)
        if withHeader { try await octets.readHeader(atMost: 8 << 20) }
        var all: [UInt8] = []
        while true {
            let (offset, piece) = try await octets.next(from: wanted + UInt64(all.count))
            guard !piece.isEmpty else { break }
            #expect(offset == wanted + UInt64(all.count))
            all += piece
        }
        #expect(all == Array(message.dropFirst(Int(wanted))))
    }

    /// Places that are wanted one behind the other: in the header, across its end, behind it.
    @Test(arguments: [false, true]) func octetsFromPlaceToPlace(_ withHeader: Bool) async throws {
        let message = (0..<1_000_000).map { UInt8(0x41 + $0 % 26) }
        var octets = SearchedOctets(OctetBody(message), .unshared)
        if withHeader { try await octets.readHeader(atMost: 150_000) }
        var wanted: UInt64 = 0
        for jump in [0, 1, 70_000, 70_000, 30_000, 0, 100_000, 25] as [UInt64] {
            wanted += jump
            let (offset, piece) = try await octets.next(from: wanted)
            #expect(offset == wanted && !piece.isEmpty)
            #expect(piece == Array(message[Int(offset)..<min(Int(offset) + piece.count, message.count)]))
            wanted = offset + UInt64(piece.count)
        }
        #expect(try await octets.next(from: 1_000_000).octets.isEmpty)
    }

    /// Whatever is passed over between, others have their turn behind what was read: here nothing is read across a place
    /// where a turn would be given anyway.
    @Test func othersHaveTheirTurnWhereMuchIsPassedOver() async throws {
        let executor = CountingExecutor()
        let body = OctetBody([UInt8](repeating: 0x41, count: 17 << 20))
        let read = try await Task(executorPreference: executor) {
            var octets = SearchedOctets(body, .unshared)
            _ = try await octets.next()
            var read = 0
            for part in 1..<17 {
                var wanted = UInt64(part) << 20 + 1000
                while wanted < UInt64(part + 1) << 20 - 66_000 {
                    let (offset, piece) = try await octets.next(from: wanted)
                    read += piece.count
                    wanted = offset + UInt64(piece.count)
                }
            }
            return read
        }.value
        #expect(read > 14 << 20)
        #expect(executor.count >= 14)
    }

    /// A store in memory answers at once: whoever looks into a message of 8 MiB gives others their turn all the same, in
    /// its header and behind it.
    @Test(arguments: [true, false]) func othersHaveTheirTurnWithinALongMessage(_ isHeader: Bool) async throws {
        func turns(_ count: Int) async throws -> Int {
            let executor = CountingExecutor()
            let line = Array("X: yyyy\r\n".utf8)
            var message = isHeader ? [] : Array("a: b\r\n\r\n".utf8)
            for _ in 0..<(count / line.count) { message += line }
            let body = OctetBody(message)
            let size = try await Task(executorPreference: executor) {
                var octets = SearchedOctets(body, .unshared)
                try await octets.readHeader(atMost: 8 << 20)
                var size = 0
                while true {
                    let piece = try await octets.next().octets
                    guard !piece.isEmpty else { return size }
                    size += piece.count
                }
            }.value
            #expect(size == message.count)
            return executor.count
        }
        #expect(try await turns(100_000) == 1)
        #expect(try await turns(8 << 20) >= (isHeader ? 15 : 8))
    }
}

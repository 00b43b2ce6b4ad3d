import Glibc
import IMAPHost
import Synchronization
import Testing

@testable import imap_server

@Suite("imap-server: sockets", .serialized, .timeLimit(.minutes(1)))
struct SocketTransportTests {
    @Test func octetsAreReadWhenAskedForAndNotBefore() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        let sink = RecordingSink()
        ClientSocket.send(Array("abcdef".utf8), to: client)
        try await Task.sleep(for: .milliseconds(20))
        #expect(sink.now.octets.isEmpty)
        transport.read(max: 4, into: sink)
        _ = try await eventually { sink.now.octets.count >= 4 ? true : nil }
        #expect(sink.now.octets == Array("abcd".utf8))
        transport.read(max: 4, into: sink)
        #expect(sink.now.octets == Array("abcdef".utf8))
        transport.read(max: 4, into: sink)
        ClientSocket.send(Array("gh".utf8), to: client)
        _ = try await eventually { sink.now.octets.count == 8 ? true : nil }
        transport.close()
    }

    @Test func theEndComesBehindTheLastOctetAndTheClientStillReads() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        ClientSocket.send(Array("a LOGOUT\r\n".utf8), to: client)
        _ = shutdown(client, Int32(SHUT_WR))
        try await Task.sleep(for: .milliseconds(20))
        let sink = RecordingSink()
        for _ in 0..<5 { transport.read(max: 2, into: sink) }
        #expect(sink.now.octets == Array("a LOGOUT\r\n".utf8))
        #expect(!sink.now.hasEnded)
        transport.read(max: 2, into: sink)
        _ = try await eventually { sink.now.hasEnded ? true : nil }
        #expect(!sink.now.isGone)
        try await transport.write(Array("a OK\r\n".utf8))
        transport.close()
        #expect(ClientSocket.receive(100, from: client) == Array("a OK\r\n".utf8))
    }

    /// There is one event for both, and a read that finds less than it has room for.
    @Test func theEndThatComesWithTheOctetsIsToldToTheNextRead() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        for readsFirst in [true, false] {
            let (client, transport) = try await lab.connect()
            defer { close(client) }
            let sink = RecordingSink()
            if readsFirst { transport.read(max: 100, into: sink) }
            ClientSocket.send(Array("a LOGOUT\r\n".utf8), to: client)
            _ = shutdown(client, Int32(SHUT_WR))
            try await Task.sleep(for: .milliseconds(20))
            if !readsFirst { transport.read(max: 100, into: sink) }
            _ = try await eventually { sink.now.octets.count == 10 ? true : nil }
            #expect(!sink.now.hasEnded)
            transport.read(max: 100, into: sink)
            _ = try await eventually { sink.now.hasEnded ? true : nil }
            transport.close()
        }
    }

    /// What a connection does is done on the loop's thread, in turns with its sockets.
    @Test func tasksRunOnTheLoop() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let loop = lab.loop
        var threads: Set<UInt> = []
        for _ in 0..<3 {
            let task = Task(executorPreference: loop) {
                var threads: Set<UInt> = []
                for _ in 0..<3 {
                    threads.insert(UInt(pthread_self()))
                    await Task.yield()
                }
                return threads
            }
            threads.formUnion(await task.value)
        }
        #expect(threads.count == 1)
    }

    @Test func aResetIsToldWhileNothingIsRead() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        let sink = RecordingSink()
        transport.read(max: 100, into: sink)
        ClientSocket.send([0x61], to: client)
        _ = try await eventually { sink.now.octets.isEmpty ? nil : true }
        ClientSocket.reset(client)
        _ = try await eventually { sink.now.isGone ? true : nil }
        await #expect(throws: TransportError(.closed)) { try await transport.write([0x62]) }
        transport.close()
    }

    @Test func aResetBeforeTheFirstReadIsToldThen() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        ClientSocket.reset(client)
        try await Task.sleep(for: .milliseconds(20))
        let sink = RecordingSink()
        transport.read(max: 100, into: sink)
        _ = try await eventually { sink.now.isGone ? true : nil }
        transport.close()
    }

    /// 64 MiB in one write: the peer takes none, and then all.
    @Test func aWriteWaitsForAPeerThatDoesNotRead() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        let count = 64 << 20
        let octets = [UInt8](repeating: 0x78, count: count)
        let isDone = Mutex(false)
        async let write: Void = {
            try? await transport.write(octets)
            isDone.withLock { $0 = true }
        }()
        try await Task.sleep(for: .milliseconds(200))
        #expect(!isDone.withLock { $0 })
        #expect(ClientSocket.receive(count, from: client)?.count == count)
        await write
        transport.close()
    }

    /// What a job writes is sent when the job is done, in the order it was written, whatever its size.
    @Test func whatOneJobWritesComesInOrder() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        let loop = lab.loop
        let pieces = (0..<400).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1 + $0 * 7 % 3000) }
        let task = Task(executorPreference: loop) {
            for piece in pieces { try await transport.write(piece) }
        }
        let octets = pieces.flatMap { $0 }
        #expect(ClientSocket.receive(octets.count, from: client) == octets)
        try await task.value
        // And by whoever is on another thread, while the loop sleeps.
        try await transport.write([1, 2, 3])
        #expect(ClientSocket.receive(3, from: client) == [1, 2, 3])
        transport.close()
    }

    /// Small writes are taken up to a bound and no further: the next one waits for the peer, and closing gives it up.
    @Test func smallWritesWaitForAPeerThatDoesNotRead() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        let loop = lab.loop
        let written = Mutex(0)
        let task = Task(executorPreference: loop) {
            let piece = [UInt8](repeating: 0x78, count: 1000)
            for _ in 0..<65_536 {
                try await transport.write(piece)
                written.withLock { $0 += piece.count }
            }
        }
        // The socket's own buffers are a few mebibytes.
        var (before, equals) = (0, 0)
        _ = try await eventually {
            let now = written.withLock { $0 }
            equals = now > 0 && now == before ? equals + 1 : 0
            before = now
            return equals > 50 ? true : nil
        }
        #expect(written.withLock { $0 } < 32 << 20)
        #expect(ClientSocket.receive(8 << 20, from: client)?.count == 8 << 20)
        transport.close()
        await #expect(throws: TransportError(.closed)) { try await task.value }
    }

    /// The last words of a connection are not lost because its client had not read what came before them.
    @Test func theLastWordsReachAClientThatReadsLate() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        for size in [100, 60_000, 3 << 20] {
            let (client, transport) = try await lab.connect()
            let loop = lab.loop
            let task = Task(executorPreference: loop) {
                let piece = [UInt8](repeating: 0x78, count: 1000)
                for _ in 0..<size / 1000 { try await transport.write(piece) }
                try await transport.write(Array("* BYE\r\n".utf8))
                transport.close()
            }
            try await Task.sleep(for: .milliseconds(50))
            let count = size / 1000 * 1000 + 7
            let octets = ClientSocket.receive(count, from: client)
            #expect(octets?.count == count && octets?.suffix(7) == Array("* BYE\r\n".utf8)[...])
            try await task.value
            close(client)
        }
        _ = try await eventually { lab.loop.counts.all == 0 ? true : nil }
    }

    /// Neither because it has said that it will send no more. With one of these sizes the last write is only partly sent
    /// when the transport is closed.
    @Test func theLastWordsReachAClientThatSendsNoMore() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        for count in 1...8 {
            let (client, transport) = try await lab.connect()
            defer { close(client) }
            var small: Int32 = 4096
            setsockopt(transport.descriptor, SOL_SOCKET, SO_SNDBUF, &small, socklen_t(MemoryLayout<Int32>.size))
            _ = shutdown(client, Int32(SHUT_WR))
            let loop = lab.loop
            let piece = (0..<60_000).map { UInt8(truncatingIfNeeded: $0) }
            let task = Task(executorPreference: loop) {
                for number in 1...count {
                    try await transport.write(piece)
                    // What was written is sent when the job ends.
                    if number < count { await Task.yield() }
                }
                transport.close()
            }
            try await Task.sleep(for: .milliseconds(50))
            let received = ClientSocket.receive(count * piece.count, from: client)
            #expect(received?.count == count * piece.count, "\(count) writes")
            try await task.value
        }
        _ = try await eventually { lab.loop.counts.all == 0 ? true : nil }
    }

    @Test func closingWakesAWriteThatWaits() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        let octets = [UInt8](repeating: 0x78, count: 64 << 20)
        async let write: TransportError? = {
            do throws(TransportError) {
                try await transport.write(octets)
                return nil
            } catch {
                return error
            }
        }()
        try await Task.sleep(for: .milliseconds(50))
        transport.close()
        transport.close()
        #expect(await write == TransportError(.closed))
        await #expect(throws: TransportError(.closed)) { try await transport.write([0x62]) }
    }

    /// A socket that is closed with unread octets is reset, and the peer may lose what it had not read.
    @Test func theLastOctetsReachAClientThatKeepsSending() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        for _ in 0..<50 {
            let (client, transport) = try await lab.connect()
            ClientSocket.send([UInt8](repeating: 0x61, count: 10_000), to: client)
            try await transport.write(Array("* BYE\r\n".utf8))
            transport.close()
            ClientSocket.send([UInt8](repeating: 0x62, count: 10_000), to: client)
            #expect(ClientSocket.receive(100, from: client) == Array("* BYE\r\n".utf8))
            close(client)
        }
        _ = try await eventually { lab.loop.counts.all == 0 ? true : nil }
    }

    @Test func aClientThatNeverClosesIsLetGoOf() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        let (client, transport) = try await lab.connect()
        defer { close(client) }
        // Nothing else wakes the loop meanwhile.
        try await Task.sleep(for: .milliseconds(50))
        transport.close()
        #expect(lab.loop.counts == (1, 0))
        _ = try await eventually { lab.loop.counts == (0, 0) ? true : nil }
    }

    @Test func aClosedTransportHoldsNothingAndIsHeldByNobody() async throws {
        let lab = try SocketLab()
        defer { lab.stop() }
        weak var weakTransport: SocketTransport?
        weak var weakSink: RecordingSink?
        do {
            let (client, transport) = try await lab.connect()
            let sink = RecordingSink()
            transport.read(max: 100, into: sink)
            weakTransport = transport
            weakSink = sink
            transport.close()
            close(client)
        }
        _ = try await eventually { weakTransport == nil && weakSink == nil ? true : nil }
    }
}

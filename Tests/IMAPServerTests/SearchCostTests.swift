import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("SEARCH: what it reads, and what it costs")
struct SearchCostTests {
    private static let extensions: [IMAPExtension] = [.literalMinus, .esearch, .searchResult]

    private func lab(_ store: SearchStore, _ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> Lab {
        try Lab(extensions: Self.extensions, memory: store.memory, store: store, configure)
    }

    private func fill(_ store: SearchStore, _ mails: [SearchFixture.Mail]) throws {
        try store.memory.append(
            contentsOf: mails.map { MemoryMessage(octets($0.text), flags: $0.flags, internalDate: $0.date) },
            to: .inbox, for: user("alice"))
    }

    /// One of ten thousand, a hundred thousand times.
    private func fillLarge(_ store: SearchStore) throws {
        let plain = MemoryMessage(octets("Subject: x\n\ny\n"))
        let flagged = MemoryMessage(octets("Subject: needle\n\nhaystack\n"), flags: [.flagged])
        try store.memory.append(
            contentsOf: (1...100_000).map { $0 % 10_000 == 0 ? flagged : plain }, to: .inbox, for: user("alice"))
    }

    private func tens(_ range: ClosedRange<Int>) -> String { range.map { " \($0)0000" }.joined() }

    @Test func aHundredThousandMessagesAreReadInBatchesAndOctetsOnlyOfThoseThatCanMatch() async throws {
        let store = SearchStore()
        try fillLarge(store)
        let peer = await (try lab(store) { $0.limits.messageBatch = 10_000 }).select()
        func expect(
            _ line: String, _ answer: String, calls: Int, records: Int, opened: Int, _ comment: String = ""
        ) async {
            store.reset()
            #expect(await peer.line("a \(line)") == "\(answer)\r\na OK SEARCH completed\r\n", "\(line)")
            let counts = store.counts
            #expect(counts.calls == calls, "\(line)")
            #expect(counts.records == records, "\(line)")
            #expect(counts.opened == opened, "\(line)")
            #expect(counts.jumps == 0, "\(line)")
        }
        await expect("SEARCH FLAGGED", "* SEARCH\(tens(1...10))", calls: 10, records: 100_000, opened: 0)
        // Cheap keys first, wherever they stand.
        await expect(
            "SEARCH BODY haystack SUBJECT needle FLAGGED", "* SEARCH\(tens(1...10))", calls: 10, records: 100_000,
            opened: 10)
        await expect(
            "SEARCH OR (BODY haystack FLAGGED) (NOT UNFLAGGED TEXT nowhere)", "* SEARCH\(tens(1...10))", calls: 10,
            records: 100_000, opened: 10)
        // Sets narrow before anything is read.
        await expect("SEARCH 50000:50010 FLAGGED", "* SEARCH 50000", calls: 1, records: 11, opened: 0)
        await expect("SEARCH FLAGGED UID 99999:*", "* SEARCH 100000", calls: 1, records: 2, opened: 0)
        await expect("SEARCH NOT 1:99999 TEXT haystack", "* SEARCH 100000", calls: 1, records: 1, opened: 1)
        await expect("SEARCH 200000:* TEXT haystack", "* SEARCH 100000", calls: 1, records: 1, opened: 1)
        await expect("SEARCH UID 200000:300000 TEXT x", "* SEARCH", calls: 0, records: 0, opened: 0)
        await expect("SEARCH NOT ALL TEXT x", "* SEARCH", calls: 0, records: 0, opened: 0)
        await expect("SEARCH OR ALL BODY x 7", "* SEARCH 7", calls: 1, records: 1, opened: 0)
        #expect(store.counts.columns == [])
        // The ends.
        await expect(
            "SEARCH RETURN (MIN) UNFLAGGED", "* ESEARCH (TAG \"a\") MIN 1", calls: 1, records: 10_000, opened: 0)
        await expect(
            "SEARCH RETURN (MAX) UNFLAGGED", "* ESEARCH (TAG \"a\") MAX 99999", calls: 1, records: 10_000, opened: 0)
        await expect(
            "SEARCH RETURN (MIN MAX) TEXT haystack FLAGGED", "* ESEARCH (TAG \"a\") MIN 10000 MAX 100000", calls: 2,
            records: 20_000, opened: 2)
        await expect(
            "UID SEARCH RETURN (MIN MAX SAVE) BODY y", "* ESEARCH (TAG \"a\") UID MIN 1 MAX 100000", calls: 2,
            records: 20_000, opened: 2)
        await expect("SEARCH RETURN () $", "* ESEARCH (TAG \"a\") ALL 1,100000", calls: 1, records: 2, opened: 0)
        await expect(
            "SEARCH RETURN (COUNT ALL SAVE) UNFLAGGED 1:30000",
            "* ESEARCH (TAG \"a\") COUNT 29997 ALL 1:9999,10001:19999,20001:29999", calls: 3, records: 30_000,
            opened: 0)
        await expect(
            "SEARCH RETURN (COUNT) $", "* ESEARCH (TAG \"a\") COUNT 29997", calls: 3, records: 29_997, opened: 0)
    }

    /// Every second message: the result is fifty thousand ranges, and each command a bounded number of passes.
    @Test func aResultOfFiftyThousandRangesIsSavedUsedAndWritten() async throws {
        let store = SearchStore()
        let even = MemoryMessage(octets("a: b\n\nc\n"), flags: [.flagged])
        let odd = MemoryMessage(octets("a: b\n\nc\n"))
        try store.memory.append(
            contentsOf: (1...100_000).map { $0.isMultiple(of: 2) ? even : odd }, to: .inbox, for: user("alice"))
        let peer = await (try lab(store) { $0.limits.messageBatch = 10_000 }).select()
        let all = await peer.line("a SEARCH RETURN (ALL SAVE) FLAGGED")
        #expect(all.hasPrefix("* ESEARCH (TAG \"a\") ALL 2,4,6,8,10,"))
        #expect(all.hasSuffix(",99998,100000\r\na OK SEARCH completed\r\n"))
        #expect(all.utf8.count { $0 == 0x2C } == 49_999)
        store.reset()
        #expect(
            await peer.line("b SEARCH RETURN (COUNT) NOT $")
                == "* ESEARCH (TAG \"b\") COUNT 50000\r\nb OK SEARCH completed\r\n")
        #expect(store.counts.calls == 5)
        #expect(await peer.line("c SEARCH RETURN (MIN MAX) $ SEEN").hasPrefix("* ESEARCH (TAG \"c\")\r\n"))
        let many = "OR $ " + String(repeating: "OR NOT $ OR $ ", count: 10) + "$"
        store.reset()
        #expect(await peer.line("d SEARCH RETURN (COUNT) \(many)").hasPrefix("* ESEARCH (TAG \"d\") COUNT 100000\r\n"))
        #expect(store.counts.calls == 10)
        let plain = await peer.line("e SEARCH FLAGGED")
        #expect(plain.hasPrefix("* SEARCH 2 4 6 8 "))
        #expect(plain.hasSuffix(" 99998 100000\r\ne OK SEARCH completed\r\n"))
    }

    @Test func theOctetsOfAMessageAreReadOnceForAllKeys() async throws {
        let store = SearchStore()
        let body = String(repeating: "a line of text that is long enough\n", count: 20_000)
        try fill(store, [.init(text: "Subject: large\nX: y\n\n\(body)end\n")])
        let size = try #require(try store.memory.records(in: .inbox, for: user("alice")).first?.size)
        let peer = await (try lab(store)).select()
        for (keys, isFound, atMost) in [
            ("SUBJECT large HEADER X y BODY end TEXT end NOT BODY nowhere", true, size),
            ("OR BODY nowhere OR TEXT nothing BODY never", false, size),
            // Only the header, or its beginning, when that says enough.
            ("SUBJECT large HEADER X y NOT HEADER Z \"\"", true, 16_384), ("SUBJECT small BODY end", false, 16_384),
            ("OR SUBJECT large BODY end", true, 16_384), ("TEXT line", true, 16_384), ("NOT TEXT line", false, 16_384),
            ("BODY line NOT BODY text", false, 16_384), ("OR BODY nowhere TEXT large", true, 16_384),
            ("SENTSINCE 1-Jan-1970", true, 16_384), ("SMALLER 10 BODY end", false, 0), ("LARGER 10", true, 0),
        ] as [(String, Bool, UInt64)] {
            store.reset()
            let answer = await peer.line("a SEARCH \(keys)")
            #expect(answer == "* SEARCH\(isFound ? " 1" : "")\r\na OK SEARCH completed\r\n", "\(keys)")
            #expect(store.counts.octets <= atMost, "\(keys)")
            #expect(store.counts.opened == (atMost > 0 ? 1 : 0), "\(keys)")
            #expect(store.counts.jumps == 0, "\(keys)")
        }
    }

    /// What a digest says is no text is not read: neither pictures nor, for BODY, headers.
    @Test func onlyTextsAreReadOfAMessageWithADigest() async throws {
        let picture = String(repeating: "A", count: 200_000)
        let message = octets(
            """
            Subject: s
            Content-Type: multipart/mixed; boundary=b

            --b

            first words
            --b
            Content-Type: image/png

            \(picture)
            --b

            last words
            --b--

            """.replacing("\n", with: "\r\n"))
        let store = SearchStore()
        try store.memory.append(
            MemoryMessage(message, digest: MessageDigest(of: message)), to: .inbox, for: user("alice"))
        let peer = await (try lab(store)).select()
        for (keys, isFound, atMost) in [
            ("BODY first", true, 16_384), ("BODY last", true, 16_384 + 100), ("BODY nowhere", false, 16_384 + 100),
            ("TEXT AAAA", false, 16_384 + 100), ("NOT TEXT words", false, 16_384), ("TEXT image/PNG", true, 16_384),
            ("HEADER X y BODY words", false, 16_384), ("NOT HEADER X y BODY LAST", true, 16_384 + 100),
            ("SUBJECT s BODY last", true, 16_384 + 100),
        ] as [(String, Bool, UInt64)] {
            store.reset()
            let answer = await peer.line("a SEARCH \(keys)")
            #expect(answer == "* SEARCH\(isFound ? " 1" : "")\r\na OK SEARCH completed\r\n", "\(keys)")
            #expect(store.counts.octets <= atMost, "\(keys): \(store.counts.octets)")
            #expect(store.counts.opened == 1, "\(keys)")
        }
    }

    @Test func onlyTheColumnsThatKeysAskForAreRead() async throws {
        let store = SearchStore()
        try fill(store, SearchFixture.three)
        let peer = await (try lab(store)).select()
        for (keys, columns) in [
            ("ALL", []), ("RECENT", []), ("OLD", []), ("SEEN", .flags), ("NEW", .flags), ("KEYWORD x", .flags),
            ("SINCE 1-Jan-2000", .internalDate), ("LARGER 1", .size), ("SMALLER 1 ANSWERED", [.size, .flags]),
            ("FROM x", [.digest, .size]), ("SENTON 1-Jan-2000", [.internalDate, .digest, .size]),
            ("TEXT x", [.digest, .size]), ("BODY x", [.digest, .size]),
            ("HEADER X x", []),
        ] as [(String, MessageColumns)] {
            store.reset()
            await peer.line("a SEARCH \(keys)")
            #expect(store.counts.columns == columns, "\(keys)")
        }
    }

    @Test func aMessageThatIsExpungedMeanwhileDoesNotMatch() async throws {
        for keys in ["ALL", "UNFLAGGED", "SUBJECT x", "TEXT y", "NOT TEXT nothing", "1:*"] {
            let store = SearchStore()
            try fill(store, (1...9).map { _ in .init(text: "Subject: x\n\ny\n") })
            let peer = await (try lab(store) { $0.limits.messageBatch = 3 }).select()
            let memory = store.memory
            store.onQuestion { counts in
                guard counts.calls == 2, let uid = UID(8) else { return }
                _ = try? memory.remove(UIDSet(uid), in: .inbox, for: user("alice"))
            }
            #expect(
                await peer.line("a SEARCH \(keys)") == "* SEARCH 1 2 3 4 5 6 7 9\r\na OK SEARCH completed\r\n",
                "\(keys)")
            // It keeps its number until the client is told, which a search by number does not let happen.
            #expect(
                await peer.line("b UID SEARCH \(keys)")
                    == "* SEARCH 1 2 3 4 5 6 7 9\r\n* 8 EXPUNGE\r\nb OK SEARCH completed\r\n", "\(keys)")
            #expect(
                await peer.line("c SEARCH \(keys)") == "* SEARCH 1 2 3 4 5 6 7 8\r\nc OK SEARCH completed\r\n",
                "\(keys)")
        }
    }

    @Test func aClientThatIsGoneIsNotSearchedFor() async throws {
        let store = SearchStore()
        try fill(store, (1...5000).map { _ in .init(text: "Subject: x\n\ny\n") })
        let lab = try lab(store) { $0.limits.messageBatch = 10 }
        let peer = await lab.select()
        let transport = peer.transport
        store.reset()
        store.onQuestion { if $0.calls == 3 { transport.hangUp() } }
        transport.send("a SEARCH TEXT nowhere\r\n")
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(store.counts.calls == 3)
        #expect(lab.memory.openSessionCount == 0)
    }

    @Test func othersHaveTheirTurnWhileOneSearches() async throws {
        let store = SearchStore()
        try fill(store, (1...5000).map { _ in .init(text: "Subject: x\n\ny\n") })
        let lab = try lab(store) { $0.limits.messageBatch = 10 }
        let slow = await lab.select()
        let other = await lab.select()
        store.reset()
        slow.transport.send("a SEARCH TEXT nowhere\r\n")
        #expect(await other.line("b NOOP").hasSuffix("b OK NOOP completed\r\n"))
        #expect(store.counts.calls < 500)
        #expect(await eventually { slow.drained().hasSuffix("a OK SEARCH completed\r\n") })
    }
}

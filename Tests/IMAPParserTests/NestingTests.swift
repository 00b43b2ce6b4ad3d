import Foundation
import IMAPParser
import IMAPTypes
import Synchronization
import Testing

/// Runs `body` on a thread with a stack of 128 KiB, and returns when it has.
func onSmallStack(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        body()
        done.signal()
    }
    thread.stackSize = 128 << 10
    thread.start()
    done.wait()
}

@Suite("Nesting is counted, never by the call stack (RFC 9051 section 9)")
struct NestingTests {
    private struct NestedProduction: Sendable {
        let name: String
        let read: @Sendable (inout ArgumentReader) throws(SyntaxError) -> Void

        init(_ name: String, _ read: @escaping @Sendable (inout ArgumentReader) throws(SyntaxError) -> Void) {
            self.name = name
            self.read = read
        }
    }

    private static let productions = [
        NestedProduction("nested lists") { r throws(SyntaxError) in while true { try r.openList() } },
        NestedProduction("tagged-ext-val") { r throws(SyntaxError) in try r.skipTaggedExtensionValue() },
        NestedProduction("list of lists") { r throws(SyntaxError) in
            _ = try r.list { r throws(SyntaxError) in
                try r.list { r throws(SyntaxError) in try r.list { r throws(SyntaxError) in try r.astring() } }
            }
        },
    ]

    /// R-NEST-1, R-NEST-2: unbalanced and endless, on a small stack.
    @Test(arguments: [1, 2, 33, 1000, 1_000_000])
    func openParenthesesEndAtTheLimitOfDepth(count: Int) throws {
        for production in NestingTests.productions {
            let nesting = NestingLimits(depth: 32, lists: 10_000)
            let start = try reader([UInt8](repeating: 0x28, count: count), nesting: nesting)
            let kind = Mutex<SyntaxError.Kind?>(nil)
            onSmallStack {
                var reader = start
                do throws(SyntaxError) { try production.read(&reader) } catch { kind.withLock { $0 = error.kind } }
            }
            let found = kind.withLock { $0 }
            #expect(found == .nesting || found == .missing || found == .unexpected, "\(production.name)")
            if count > 32, production.name != "list of lists" { #expect(found == .nesting, "\(production.name)") }
        }
    }

    /// R-NEST-1
    @Test func depthIsChargedAtTheOpeningParenthesis() throws {
        for depth in [0, 1, 2, 32] {
            var reader = try reader(
                octets(String(repeating: "(", count: depth + 1)), nesting: NestingLimits(depth: depth, lists: 10_000))
            for _ in 0..<depth { try reader.openList() }
            let before = reader.error(.unexpected).offset
            do throws(SyntaxError) {
                try reader.openList()
                Issue.record("too deep: \(depth)")
            } catch {
                #expect(error == SyntaxError(.nesting, at: before))
            }
        }
    }

    /// R-NEST-1: at most one list before login.
    @Test func theNumberOfListsIsChargedAtTheOpeningParenthesis() throws {
        for lists in [0, 1, 2, 1000] {
            let text = String(repeating: "()", count: lists) + "("
            var reader = try reader(octets(text), nesting: NestingLimits(depth: 1, lists: lists))
            for _ in 0..<lists {
                try reader.openList()
                try reader.closeList()
            }
            #expect(throws: SyntaxError.self) { try reader.openList() }
            #expect(reader.next == ASCII.leftParenthesis)
        }
    }

    /// R-NEST-1: closing a list gives its depth back, and not its number.
    @Test func aClosedListMakesRoomForDepthAlone() throws {
        let text = octets("(" + Array(repeating: "(a)", count: 31).joined(separator: " ") + ")")
        func reading(_ nesting: NestingLimits) throws -> Reading<Int> {
            try read(text, nesting: nesting) { r throws(SyntaxError) in
                try r.skipTaggedExtensionValue()
                return 0
            }
        }
        #expect(try reading(NestingLimits(depth: 2, lists: 32)) == .value(0))
        #expect(try reading(NestingLimits(depth: 1, lists: 32)) == .error(.nesting))
        #expect(try reading(NestingLimits(depth: 2, lists: 31)) == .error(.nesting))
    }

    /// R-NEST-2, R-NEST-5: at the limit itself it works.
    @Test func aListAtTheLimitOfDepthIsRead() throws {
        for (depth, isRead) in [(31, true), (32, true), (33, false)] {
            let text = String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
            let reading = try read(text) { r throws(SyntaxError) in
                try r.skipTaggedExtensionValue()
                return 0
            }
            #expect(reading == (isRead ? .value(0) : .error(.nesting)))
        }
    }

    @Test func aClosingParenthesisWithoutAnOpeningOneIsRefused() throws {
        #expect(throws: SyntaxError.self) {
            var reader = try reader(octets("a)"))
            _ = try reader.atom()
            try reader.end()
        }
    }
}

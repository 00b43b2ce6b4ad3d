import IMAPHost
import IMAPTypes
import Testing

@testable import imap_server

@Suite("imap-server: what a wire log shows (R-LOG-2)")
struct WireTapTests {
    private static let user = AuthenticationIdentity(name: Array("root".utf8))

    private static var login: ServerEvent { .authenticated(user, as: UserIdentity(name: user.name)) }

    private static func shows(_ tap: WireTap, _ text: String) -> Bool { tap.mayShow(Array(text.utf8)) }

    @Test func nothingBeforeLogin() {
        let tap = WireTap(Log(.error))
        #expect(!WireTapTests.shows(tap, "a NOOP\r\n"))
        #expect(!WireTapTests.shows(tap, "b LOGIN root secret\r\n"))
        tap.observe(.authenticationFailed(.rejected))
        #expect(!WireTapTests.shows(tap, "c AUTHENTICATE PLAIN\r\n"))
        #expect(!WireTapTests.shows(tap, "AHJvb3QAc2VjcmV0\r\n"))
        tap.observe(WireTapTests.login)
        #expect(WireTapTests.shows(tap, "d NOOP\r\n"))
    }

    @Test func notTheNextLoginBehindUnauthenticate() {
        // Each with the end of the word that begins the login.
        let texts = [
            ("b UNAUTHENTICATE\r\nc AUTHENTICATE PLAIN AHJvb3Q=\r\n", 32),
            ("b unauthenticate\r\nc login root r\r\n", 25),
        ]
        for (text, secret) in texts {
            for cut in 0...text.utf8.count {
                let tap = WireTap(Log(.error))
                _ = WireTapTests.shows(tap, "a LOGIN root r\r\n")
                tap.observe(WireTapTests.login)
                let parts = [text.utf8.prefix(cut), text.utf8.dropFirst(cut)].map { Array($0) }
                let first = tap.mayShow(parts[0])
                let second = tap.mayShow(parts[1])
                #expect(!first || cut < secret, "cut at \(cut)")
                #expect(!second || parts[1].isEmpty, "cut at \(cut)")
                tap.observe(.unauthenticated)
                #expect(!WireTapTests.shows(tap, "d NOOP\r\n"))
                tap.observe(WireTapTests.login)
                #expect(WireTapTests.shows(tap, "e NOOP\r\n"))
            }
        }
    }

    @Test func notALoginWhereNoneIsPermitted() {
        let tap = WireTap(Log(.error))
        _ = WireTapTests.shows(tap, "a LOGIN root r\r\nb LOGIN {4+}\r\n")
        tap.observe(WireTapTests.login)
        #expect(!WireTapTests.shows(tap, "root {6+}\r\nsecret\r\n"))
    }

    /// What is compressed can be inflated by whoever reads the log: a login that is not permitted among it.
    @Test func nothingThatIsCompressed() {
        let text = Array("z compress deflate\r\n".utf8)
        for cut in 0...text.count {
            let tap = WireTap(Log(.error))
            _ = WireTapTests.shows(tap, "a LOGIN root r\r\n")
            tap.observe(WireTapTests.login)
            _ = tap.mayShow(Array(text[..<cut]))
            _ = tap.mayShow(Array(text[cut...]))
            // What is sent before the answer, and behind it.
            #expect(!tap.mayShow([0x4A, 0x54]))
            tap.observe(.command("COMPRESS", outcome: .ok))
            #expect(!tap.mayShow([0x4A, 0x54]) && !tap.mayShowOutput)
            // A second layer is refused; the first goes on.
            tap.observe(.command("COMPRESS", outcome: .bad))
            #expect(!tap.mayShow([0x4A, 0x54]) && !tap.mayShowOutput)
            tap.observe(.unauthenticated)
            #expect(!WireTapTests.shows(tap, "b LOGIN root r\r\n"))
            tap.observe(WireTapTests.login)
            #expect(WireTapTests.shows(tap, "c NOOP\r\n") && tap.mayShowOutput)
        }
    }

    @Test func aCompressionThatIsRefusedHidesNothing() {
        let tap = WireTap(Log(.error))
        _ = WireTapTests.shows(tap, "a LOGIN root r\r\n")
        tap.observe(WireTapTests.login)
        _ = WireTapTests.shows(tap, "z COMPRESS DEFLATE\r\n")
        tap.observe(.command("COMPRESS", outcome: .no))
        #expect(WireTapTests.shows(tap, "b NOOP\r\n") && tap.mayShowOutput)
    }

    /// The secret of a login that is not permitted is the tag of the next answer.
    @Test func notTheAnswerToALoginWhereNoneIsPermitted() {
        let tap = WireTap(Log(.error))
        _ = WireTapTests.shows(tap, "a LOGIN root r\r\n")
        #expect(!tap.mayShowOutput)
        tap.observe(WireTapTests.login)
        #expect(tap.mayShowOutput)
        #expect(!WireTapTests.shows(tap, "b AUTHENTICATE PLAIN\r\n"))
        #expect(!tap.mayShowOutput)
        #expect(!WireTapTests.shows(tap, "AHJvb3QAc2VjcmV0\r\n"))
        #expect(!tap.mayShowOutput)
    }

    /// AUTHENTICATE LOGIN is one login, however it is cut.
    @Test func theMechanismOfThatNameIsNoSecondLogin() {
        let text = Array("a authenticate LOGIN\r\n".utf8)
        for cut in 0...text.count {
            let tap = WireTap(Log(.error))
            _ = tap.mayShow(Array(text[..<cut]))
            _ = tap.mayShow(Array(text[cut...]))
            _ = WireTapTests.shows(tap, "YWxpY2U=\r\n")
            tap.observe(WireTapTests.login)
            #expect(tap.mayShowOutput && WireTapTests.shows(tap, "b NOOP\r\n"), "cut at \(cut)")
        }
    }

    @Test func aTagIsNoCommand() {
        for tag in ["UNAUTHENTICATE", "AUTHENTICATE", "UNLOGIN", "UN", "LOGIN"] {
            let tap = WireTap(Log(.error))
            _ = WireTapTests.shows(tap, "a LOGIN root r\r\n")
            tap.observe(WireTapTests.login)
            for part in ["\(tag) LOGIN root ", "secret\r\n"] { #expect(!WireTapTests.shows(tap, part), "\(tag)") }
        }
    }

    @Test func aUserWhomTheTransportAuthenticatedIsShown() {
        let tap = WireTap(Log(.error))
        tap.observe(WireTapTests.login)
        #expect(WireTapTests.shows(tap, "a SELECT INBOX\r\n"))
    }

    /// R-LOG-1
    @Test func aValueIsEscapedAndCut() {
        #expect(Log.escape(Array("a \\\"\r\n\0é".utf8)) == "a \\x5c\"\\x0d\\x0a\\x00\\xc3\\xa9")
        #expect(Log.escape([UInt8](repeating: 0x61, count: 5000)).utf8.count <= 1024)
        #expect(Log.escape([UInt8](repeating: 0x00, count: 5000)).utf8.count <= 1024)
    }
}

import IMAPCodec

/// What an input of the whole connection says: how the connection begins and ends, and what its client sends.
///
/// The first octet chooses the beginning, the second the end and the cuts; the rest is what is sent behind the
/// beginning.
struct ConnectionScenario {
    /// What the client sends first, one command after another.
    let beginning: [UInt8]
    /// What it sends then, in plain octets, and as it is sent.
    let plain: [UInt8]
    let wire: [UInt8]
    /// Whether the wire is compressed from its first octet on.
    let isCompressed: Bool
    /// Whether the client hangs up, or ends its side and reads on.
    let hangsUp: Bool
    /// Whether STARTTLS is offered. What stands behind it is read as if it had been protected, or dropped.
    let offersTLS: Bool
    /// Whether the host's TLS drops what was sent behind STARTTLS, as a host may (R-TLS-3).
    let dropsBehindSTARTTLS: Bool

    init?(_ input: [UInt8]) {
        guard input.count >= 2 else { return nil }
        let (first, second) = (input[0], input[1])
        plain = Array(input[2...])
        var lines: [String] = []
        let isLoggedIn = first & 1 != 0
        if isLoggedIn { lines.append("l LOGIN admin root") }
        if isLoggedIn, first & 2 != 0 { lines.append("e ENABLE UTF8=ACCEPT IMAP4REV2 QRESYNC") }
        if isLoggedIn, first & 4 != 0 { lines.append("e ENABLE UIDONLY") }
        if isLoggedIn, first & 8 != 0 { lines.append("s SELECT INBOX") }
        if isLoggedIn, first & 16 != 0 {
            lines.append("n NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew))")
        }
        isCompressed = isLoggedIn && first & 32 != 0
        if isCompressed { lines.append("z COMPRESS DEFLATE") }
        offersTLS = !isLoggedIn && first & 64 != 0
        dropsBehindSTARTTLS = offersTLS && first & 128 != 0
        // All of the rest is then behind a handshake.
        if offersTLS, first & 32 != 0 { lines.append("t STARTTLS") }
        beginning = Array(lines.map { $0 + "\r\n" }.joined().utf8)
        hangsUp = second & 1 != 0
        guard isCompressed else {
            wire = plain
            return
        }
        var deflater = Deflater()
        var compressed: [UInt8] = []
        // A client may flush behind every line: what ends a layer then stands at a boundary.
        for line in ConnectionScenario.lines(plain) {
            deflater.deflate(line.span, into: &compressed)
            if second & 2 != 0 { deflater.flush(.sync, into: &compressed) }
        }
        deflater.flush(second & 4 != 0 ? .finish : .sync, into: &compressed)
        wire = compressed
    }

    private static func lines(_ octets: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for index in octets.indices where octets[index] == 0x0A {
            lines.append(Array(octets[start...index]))
            start = index + 1
        }
        if start < octets.count { lines.append(Array(octets[start...])) }
        return lines
    }
}

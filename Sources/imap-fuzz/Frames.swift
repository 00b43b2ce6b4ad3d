import IMAPParser

/// What a client sends, cut into commands.
enum Frames {
    /// The commands in `octets`, every literal buffered.
    static func all(in octets: [UInt8]) -> [Frame] {
        var framer = Framer(limits: FramerLimits(line: 65_536, command: 65_536, literal: 65_536, literals: 1000))
        var input = InputBuffer(octets)
        var frames: [Frame] = []
        while true {
            switch framer.next(&input) {
            case .needsMore, .lost: return frames
            case .command(let frame):
                // A flawed frame is answered with BAD before any argument is read.
                if frame.flaws.isEmpty { frames.append(frame) }
            case .literal: if !framer.buffer() { framer.refuse(swallowing: 65_536) }
            case .overLimit: framer.skip(swallowing: 65_536)
            case .skipped: continue
            }
        }
    }
}

package import IMAPText
internal import IMAPTypes

/// The base subject of a message: what is left when `Re:`, `Fwd:`, `[list]` and the like are taken off (RFC 5256
/// section 2.1). SORT and THREAD compare it.
///
/// ```abnf
/// subject      = *subj-leader [subj-middle] *subj-trailer
/// subj-refwd   = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
/// subj-blob    = "[" *BLOBCHAR "]" *WSP
/// subj-fwd     = subj-fwd-hdr subject subj-fwd-trl
/// subj-leader  = (*subj-blob subj-refwd) / WSP
/// subj-trailer = "(fwd)" / WSP
/// ```
package struct BaseSubject: Hashable, Sendable {
    /// The base subject in UTF-8, in the case it was written.
    package var octets: [UInt8] { Array(text) }
    /// The same, where it may be a part of what was handed in.
    package let text: ArraySlice<UInt8>
    /// A `subj-refwd`, a `(fwd)` or a `[fwd: ...]` was taken off: the message is a reply or a forward.
    package let isReplyOrForward: Bool

    /// The base subject of a Subject field's value, unfolded; that of a message without one is empty.
    package init(_ subject: [UInt8]?, _ charsets: Charsets = .builtIn) { self.init(subject?[...] ?? [], charsets) }

    /// The same of a part of something.
    package init(_ subject: ArraySlice<UInt8>, _ charsets: Charsets = .builtIn) {
        let isPlain = BaseSubject.isPlain(subject.span)
        var extraction =
            isPlain ? Extraction(plain: subject) : Extraction(EncodedWords.decode(Array(subject), charsets))
        extraction.run()
        text = extraction.text[extraction.start..<extraction.end]
        isReplyOrForward = extraction.isReplyOrForward
    }

    /// Whether there is nothing to decode, and no white space but single spaces.
    private static func isPlain(_ subject: Span<UInt8>) -> Bool {
        var last: UInt8 = 0
        for index in subject.indices {
            let octet = subject[index]
            if octet == 0x3F || octet.isBlank && (octet != 0x20 || last == 0x20) { return false }
            last = octet
        }
        return true
    }

    /// What is left lies between two indices that only move towards each other, so it is linear: a row of blobs is
    /// looked through once, and remembered when it turns out not to lead to a `subj-refwd`.
    private struct Extraction {
        let text: ArraySlice<UInt8>
        var start: Int
        var end: Int
        var isReplyOrForward = false

        /// Step 1: tabs and line ends become spaces, several spaces one.
        init(_ decoded: [UInt8]) {
            var text: [UInt8] = []
            text.reserveCapacity(decoded.count)
            for octet in decoded {
                if !octet.isBlank {
                    text.append(octet)
                } else if text.last != ASCII.space {
                    text.append(ASCII.space)
                }
            }
            self.init(plain: text[...])
        }

        /// Of a text that step 1 leaves as it is.
        init(plain text: ArraySlice<UInt8>) {
            self.text = text
            start = text.startIndex
            end = text.endIndex
        }

        mutating func run() {
            repeat {
                dropTrailers()
                dropLeaders()
            } while unwrapForward()
        }

        /// Step 2.
        private mutating func dropTrailers() {
            while end > start {
                if text[end - 1] == ASCII.space {
                    end -= 1
                } else if end - start >= 5, matches(BaseSubject.forwardTrailer, at: end - 5) {
                    end -= 5
                    isReplyOrForward = true
                } else {
                    return
                }
            }
        }

        /// Steps 3 to 5.
        private mutating func dropLeaders() {
            while true {
                while start < end, text[start] == ASCII.space { start += 1 }
                // The blobs here: where the last begins, and where they end.
                var lastBlob = start
                var behindBlobs = start
                while let next = blobEnd(behindBlobs) {
                    lastBlob = behindBlobs
                    behindBlobs = next
                }
                if let next = replyEnd(behindBlobs) {
                    start = next
                    isReplyOrForward = true
                    continue
                }
                // No blob leads to a reply marker; each goes that leaves something, and nothing new appears.
                start = behindBlobs < end ? behindBlobs : lastBlob
                return
            }
        }

        /// Step 6.
        private mutating func unwrapForward() -> Bool {
            guard end - start >= 6, matches(BaseSubject.forwardHeader, at: start),
                text[end - 1] == ASCII.rightBracket
            else { return false }
            start += 5
            end -= 1
            isReplyOrForward = true
            return true
        }

        /// Behind the `subj-blob` at `index`.
        private func blobEnd(_ index: Int) -> Int? {
            guard index < end, text[index] == ASCII.leftBracket else { return nil }
            var index = index + 1
            while index < end, text[index] != ASCII.leftBracket, text[index] != ASCII.rightBracket { index += 1 }
            guard index < end, text[index] == ASCII.rightBracket else { return nil }
            index += 1
            while index < end, text[index] == ASCII.space { index += 1 }
            return index
        }

        /// Behind the `subj-refwd` at `index`.
        private func replyEnd(_ index: Int) -> Int? {
            var index = index
            if matches(BaseSubject.fwd, at: index) {
                index += 3
            } else if matches(BaseSubject.re, at: index) || matches(BaseSubject.fw, at: index) {
                index += 2
            } else {
                return nil
            }
            while index < end, text[index] == ASCII.space { index += 1 }
            if let next = blobEnd(index) { index = next }
            guard index < end, text[index] == ASCII.colon else { return nil }
            return index + 1
        }

        /// Whether `word`, in lower case, is at `index`, by ASCII case.
        private func matches(_ word: [UInt8], at index: Int) -> Bool {
            guard end - index >= word.count else { return false }
            for offset in word.indices where ASCII.upper(text[index + offset]) != ASCII.upper(word[offset]) {
                return false
            }
            return true
        }
    }

    private static let re = Array("re".utf8)
    private static let fw = Array("fw".utf8)
    private static let fwd = Array("fwd".utf8)
    private static let forwardTrailer = Array("(fwd)".utf8)
    private static let forwardHeader = Array("[fwd:".utf8)
}

extension ResponseGrammar {
    /// `"SEARCH" *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]`; `SORT` alike.
    func numbers(_ name: String, _ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        var largest: UInt32 = 0
        while reader.peek == 0x20 {
            try reader.space()
            if reader.peek == 0x28 {
                guard largest > 0 else { throw reader.fault("MODSEQ without a result") }
                try reader.take("(MODSEQ ")
                _ = try reader.nonZero64()
                try reader.take(")")
                break
            }
            largest = max(largest, try reader.nonZero())
        }
        return .numbers(name: name, largest: largest)
    }

    /// `"VANISHED" [SP "(EARLIER)"] SP known-uids`
    func vanished(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        try reader.space()
        let isEarlier = reader.accept("(EARLIER)")
        if isEarlier { try reader.space() }
        return .vanished(isEarlier: isEarlier, uids: try reader.numberSet())
    }

    // MARK: THREAD

    /// `"THREAD" [SP 1*thread-list]`
    func threads(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        var largest: UInt32 = 0
        if !reader.isAtEnd {
            try reader.space()
            repeat { try thread(&reader, &largest) } while !reader.isAtEnd
        }
        return .numbers(name: "THREAD", largest: largest)
    }

    /// `thread-list = "(" (nz-number *(SP nz-number) [SP thread-nested] / thread-nested) ")"`,
    /// `thread-nested = 2*thread-list`
    private func thread(_ reader: inout ResponseReader, _ largest: inout UInt32) throws(GrammarFault) {
        try reader.take("(")
        try reader.descend()
        if reader.peek == 0x28 {
            try nestedThreads(&reader, &largest)
        } else {
            largest = max(largest, try reader.nonZero())
            while reader.accept(0x20) {
                if reader.peek == 0x28 {
                    try nestedThreads(&reader, &largest)
                    break
                }
                largest = max(largest, try reader.nonZero())
            }
        }
        try reader.take(")")
        reader.ascend()
    }

    private func nestedThreads(_ reader: inout ResponseReader, _ largest: inout UInt32) throws(GrammarFault) {
        let start = reader.position
        var count = 0
        while reader.peek == 0x28 {
            try thread(&reader, &largest)
            count += 1
        }
        if count < 2 { throw reader.fault("one thread where there must be two", at: start) }
    }

    // MARK: ESEARCH

    /// `"ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)`
    func extendedSearch(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        var found = ServerResponse.Searched()
        if reader.peek(" (") {
            try reader.space()
            try correlator(&reader, &found)
        }
        if reader.peek(" UID"), !reader.peek(" UIDV") {
            try reader.space()
            try reader.take("UID")
            found.isByUID = true
        }
        var seen: Set<String> = []
        while !reader.isAtEnd {
            try reader.space()
            let start = reader.position
            let name = try reader.word()
            let isNew = seen.insert(name).inserted
            guard isNew || name == "ADDTO" || name == "REMOVEFROM" else {
                throw reader.fault("ESEARCH data named twice", at: start)
            }
            try reader.space()
            try searchData(name, at: start, &reader, &found)
        }
        return .search(found)
    }

    /// `"(" one-correlator *(SP one-correlator) ")"`: `TAG`, or `TAG`, `MAILBOX` and `UIDVALIDITY` in any order.
    private func correlator(
        _ reader: inout ResponseReader, _ found: inout ServerResponse.Searched
    ) throws(GrammarFault) {
        var seen: Set<String> = []
        var tag: [UInt8]?
        try reader.list { (reader) throws(GrammarFault) in
            let start = reader.position
            let name = try reader.word()
            guard seen.insert(name).inserted else { throw reader.fault("correlator named twice", at: start) }
            try reader.space()
            switch name {
            case "TAG": tag = try reader.astring()
            case "MAILBOX": try reader.mailbox()
            case "UIDVALIDITY": _ = try reader.nonZero()
            default: throw reader.fault("unknown correlator", at: start)
            }
        }
        guard seen == ["TAG"] || seen.count == 3 else { throw reader.fault("correlator is missing") }
        found.tag = tag
        found.namesMailbox = seen.count == 3
    }

    private func searchData(
        _ name: String, at start: Int, _ reader: inout ResponseReader, _ found: inout ServerResponse.Searched
    ) throws(GrammarFault) {
        var largest: UInt32 = 0
        func note(_ ranges: [ClosedRange<UInt32>]) {
            for range in ranges { largest = max(largest, range.upperBound) }
        }
        switch name {
        case "MIN", "MAX": largest = try reader.nonZero()
        case "ALL": note(try reader.numberSet())
        case "COUNT": _ = try reader.number()
        case "MODSEQ": _ = try reader.nonZero64()
        case "PARTIAL":
            try reader.take("(")
            let isFromTheEnd = reader.accept(0x2D)
            _ = try reader.nonZero()
            try reader.take(":")
            guard reader.accept(0x2D) == isFromTheEnd else { throw reader.fault("range with one minus") }
            _ = try reader.nonZero()
            try reader.space()
            if !reader.null() { note(try reader.numberSet()) }
            try reader.take(")")
        case "ADDTO", "REMOVEFROM":
            var sets: [ClosedRange<UInt32>] = []
            try reader.list { (reader) throws(GrammarFault) in
                _ = try reader.number()
                try reader.space()
                sets += try reader.numberSet()
            }
            note(sets)
        case "RELEVANCY":
            try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
                guard (1...100).contains(try reader.number()) else { throw reader.fault("score beyond 1 to 100") }
            }
        default:
            guard permissions.searchData.contains(name) else {
                throw reader.fault("unknown ESEARCH data \(name)", at: start)
            }
            try reader.anything(.oneValue)
        }
        found.largest = max(found.largest, largest)
    }
}

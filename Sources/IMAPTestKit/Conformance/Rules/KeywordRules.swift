import IMAPHost
import IMAPTypes

/// Flags that clients make up. They do not apply to a store that takes none.
enum KeywordRules {
    static let all = [kept, caseFolds, many, appended]

    static let kept = ConformanceRule(
        "keyword-kept", "Keywords are set, taken and replaced like flags.", "RFC 9051 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        let (one, two) = (try ground.keyword("$Forwarded", in: open), try ground.keyword("later", in: open))
        try await open.mailbox.changeFlags(.add([one, two, .seen]), of: UIDSet(uids[0]))
        try expect("added", try await ground.picture(name).flags(of: uids[0]), is: [one, two, .seen])
        try await open.mailbox.changeFlags(.remove([two]), of: .all)
        try expect("removed", try await ground.picture(name).flags(of: uids[0]), is: [one, .seen])
        try await open.mailbox.changeFlags(.replace([two]), of: .all)
        let flags = try await ground.picture(name).flags
        try expect("replaced", flags, is: [uids[0]: [two], uids[1]: [two]])
    }

    static let caseFolds = ConformanceRule(
        "keyword-case", "A keyword in other case is the same keyword.", "RFC 9051 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 1)
        let open = try await ground.open(name)
        let (mixed, lower) = (try ground.keyword("$MDNSent", in: open), try ground.keyword("$mdnsent", in: open))
        try await open.mailbox.changeFlags(.add([mixed]), of: UIDSet(uids))
        let records = try await open.mailbox.changeFlags(.add([lower]), of: UIDSet(uids))
        try expect("changed by adding it in other case", records.uids, is: [])
        let flags = try await ground.records(open.mailbox, .flags).first?.flags ?? []
        try expect("how often it is there", flags.filter { $0 == mixed }.count, is: 1)
        try await open.mailbox.changeFlags(.remove([lower]), of: UIDSet(uids))
        try expect("after removing it in other case", try await ground.picture(name).flags(of: uids[0]), is: [])
    }

    static let many = ConformanceRule(
        "keyword-limit", "A keyword is kept, or refused with limit, and then nothing has changed.", "StoreError.limit"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        var kept: Set<Flag> = []
        for number in 0..<120 {
            let keyword = try ground.keyword("k\(number)", in: open)
            if let error = try await storeError({
                try await open.mailbox.changeFlags(.add([keyword]), of: UIDSet(uids[0]))
            }) {
                try expect("the error for keyword \(number)", error, is: .limit)
                try await expectError(.limit, from: "replace by keyword \(number) and \\Seen") {
                    try await open.mailbox.changeFlags(.add([.seen, keyword]), of: UIDSet(uids[1]))
                }
            } else {
                kept.insert(keyword)
            }
        }
        let flags = try await ground.picture(name).flags
        try expect("the keywords", flags, is: [uids[0]: kept, uids[1]: []])
    }

    static let appended = ConformanceRule(
        "keyword-appended", "An appended message has the keywords it came with.", "RFC 9051 section 6.3.12"
    ) { ground in
        let name = try await ground.make("box")
        let keyword = try ground.keyword("$Label2", in: try await ground.open(name))
        let uids = try await ground.append([Sample(0, flags: [keyword, .seen]), Sample(1)], to: name)
        let flags = try await ground.picture(name).flags
        try expect("the flags", flags, is: [uids[0]: [keyword, .seen], uids[1]: []])
    }
}

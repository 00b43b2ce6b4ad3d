package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension ListCommand: Command {
    package static let facts = CommandFacts(
        "LIST", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let selection = (selection ?? []).compactMap { $0 as? any ListSelectionOption }
        var options: [any ListOption] = selection
        if isExtended {
            options += (returns ?? []).compactMap { $0 as? any ListReturnOption }
        } else {
            options += context.channel.tables.plainListOptions
        }
        let criteria = selection.filter { type(of: $0).kind == .criterion }
        guard !criteria.isEmpty || selection.allSatisfy({ type(of: $0).kind != .modifier }) else {
            throw .bad(nil, "An option needs another selection option beside it")
        }
        var request = ListRequest()
        for option in selection { option.widen(&request) }
        let account = try context.account()
        let utf8 = context.traits.contains(.utf8)
        let hierarchy = Hierarchy(account, utf8: utf8)
        if !isExtended, patterns == [[]] {
            let root = hierarchy.root(ofReference: reference)
            context.respondRoot("LIST", root.name, root.separator)
            return .ok("LIST completed")
        }
        for option in options { try await option.begin(&context) }
        let entries = try await ask { () async throws(StoreError) in try await account.mailboxes() }
        let listing = Listing(
            entries.filter { request.admits($0) }, hierarchy, utf8: utf8,
            patterns: patterns.filter { !$0.isEmpty }.map { hierarchy.pattern(reference, $0) },
            criteria: criteria, isRecursive: request.isRecursive)
        let childInfo = ListExtendedData.childInfo(criteria.map { type(of: $0).name })
        for (index, name) in listing.names.enumerated() {
            guard let mailbox = listing.mailbox(name) else { continue }
            var response = ListResponse(mailbox.name, separator: name.separator)
            if !mailbox.exists {
                // A level by its first name, for clients that know no other (RFC 3501 section 6.3.8).
                response.add(isExtended ? .nonExistent : .noSelect)
                if isExtended, name.entry == nil, criteria.isEmpty { response.add(.hasChildren) }
            }
            response.addOwn(mailbox.attributes)
            for option in options { try await option.describe(mailbox, in: &response, &context) }
            if request.isRecursive, name.hasSelectedBelow { response.extendedData.append(childInfo) }
            context.respondList(response)
            for follower in response.laterFollowers { try await follower.follow(&context) }
            try await context.drain()
            if index % ListCommand.stretch == ListCommand.stretch - 1 { await Task.yield() }
        }
        return .ok("LIST completed")
    }

    /// How many names are answered before others have their turn.
    private static let stretch = 256
}

extension LsubCommand: Command {
    package static let facts = CommandFacts(
        "LSUB", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    /// The user's subscriptions, those whose mailbox is gone among them. A level above a subscription that is none
    /// itself is listed with `\Noselect` where the pattern ends in `%` (RFC 3501 section 6.3.9).
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        let utf8 = context.traits.contains(.utf8)
        let hierarchy = Hierarchy(account, utf8: utf8)
        let subscribed = try await ask { () async throws(StoreError) in try await account.mailboxes() }
            .filter { $0.isSubscribed && !$0.attributes.contains(.remote) }
            .map { entry in
                let isGone = entry.attributes.contains(.nonExistent)
                return MailboxEntry(
                    entry.name, attributes: isGone ? [.noSelect] : entry.attributes, isSubscribed: true)
            }
        let listing = Listing(
            subscribed, hierarchy, utf8: utf8,
            patterns: pattern.isEmpty ? [] : [hierarchy.pattern(reference, pattern)], criteria: [], isRecursive: false)
        for name in listing.names {
            guard let mailbox = listing.mailbox(name) else { continue }
            var response = ListResponse(mailbox.name, separator: name.separator)
            if !mailbox.exists { response.add(.noSelect) }
            response.addOwn(mailbox.attributes)
            context.respondList("LSUB", response)
            try await context.drain()
        }
        return .ok("LSUB completed")
    }
}

extension ListRequest {
    fileprivate func admits(_ entry: MailboxEntry) -> Bool {
        if !includesNonExistent, entry.attributes.contains(.nonExistent) { return false }
        return includesRemote || !entry.attributes.contains(.remote)
    }
}

extension ListResponse {
    /// What the store says of a mailbox, but for what the library says itself or an option must ask for.
    mutating func addOwn(_ attributes: [MailboxAttribute]) {
        for attribute in attributes where !ListResponse.asked.contains(attribute) && !attribute.isSpecialUse {
            add(attribute)
        }
    }

    private static let asked: Set<MailboxAttribute> = [.hasChildren, .hasNoChildren, .subscribed]
}

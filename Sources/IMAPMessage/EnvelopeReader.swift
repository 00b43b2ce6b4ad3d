internal import IMAPTypes

extension FieldValues {
    /// The envelope these fields make. Addresses draw from `budget`.
    func envelope(_ budget: inout MessageBudget) -> Envelope {
        Envelope(
            date: self[.date], subject: self[.subject], from: addresses(.from, &budget),
            sender: addresses(.sender, &budget), replyTo: addresses(.replyTo, &budget), to: addresses(.to, &budget),
            cc: addresses(.cc, &budget), bcc: addresses(.bcc, &budget), inReplyTo: self[.inReplyTo],
            messageID: self[.messageID])
    }

    private func addresses(_ field: FieldName, _ budget: inout MessageBudget) -> [Address] {
        guard let value = self[field] else { return [] }
        let addresses = AddressParser.parse(value, limit: budget.addresses)
        budget.addresses -= min(addresses.count, budget.addresses)
        return addresses
    }
}

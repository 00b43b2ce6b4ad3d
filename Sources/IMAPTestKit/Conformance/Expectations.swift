import IMAPHost
import IMAPTypes

/// A rule was broken.
struct Breach: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A rule cannot be asked of this store.
struct Inapplicable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Ends the rule when `condition` is false. `breach` says what is so then.
func expect(_ condition: Bool, _ breach: @autoclosure () -> String) throws {
    if !condition { throw Breach(breach()) }
}

/// Ends the rule when what was seen is not what was expected.
func expect<Value: Equatable>(_ what: String, _ seen: Value, is expected: Value) throws {
    if seen != expected { throw Breach("\(what): expected \(text(expected)), seen \(text(seen))") }
}

/// Ends the rule unless `body` throws one of `errors`; any error will do when none is named.
func expectError<Result>(
    _ errors: StoreError..., from what: String, _ body: () async throws -> Result
) async throws {
    let result: Result
    do {
        result = try await body()
    } catch let error as StoreError {
        if errors.isEmpty || errors.contains(error) { return }
        throw Breach("\(what): expected \(errors.map { "\($0)" }.joined(separator: " or ")), seen \(error)")
    }
    throw Breach(
        "\(what): expected \(errors.isEmpty ? "an error" : errors.map { "\($0)" }.joined(separator: " or ")), "
            + "seen \(text(result))")
}

/// The error that `body` throws, if it throws one.
func storeError<Result>(_ body: () async throws -> Result) async throws -> StoreError? {
    do {
        _ = try await body()
        return nil
    } catch let error as StoreError {
        return error
    }
}

/// A value as a verdict shows it: short.
func text(_ value: Any) -> String {
    let whole =
        switch value {
        case let uids as UIDSet: text(uids)
        case let attributes as [MailboxAttribute] where !attributes.isEmpty:
            "(\(attributes.map { String(decoding: $0.octets, as: UTF8.self) }.joined(separator: " ")))"
        case let octets as [UInt8]: "\(octets.count) octets \"\(String(decoding: octets.prefix(200), as: UTF8.self))\""
        default: String(describing: value)
        }
    return whole.utf8.count > 600 ? String(whole.prefix(600)) + "..." : whole
}

private func text(_ uids: UIDSet) -> String {
    guard !uids.isEmpty else { return "no UIDs" }
    let ranges = uids.bounds.map { $0.lower == $0.upper ? "\($0.lower)" : "\($0.lower):\($0.upper)" }
    return "UIDs " + ranges.joined(separator: ",")
}

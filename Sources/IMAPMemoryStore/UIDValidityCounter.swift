import IMAPHost
import IMAPTypes
import Synchronization

/// Where a store's UIDVALIDITY values come from: each is greater than all before it.
final class UIDValidityCounter: Sendable {
    /// The value to give next; 0 when there are no more.
    private let value: Mutex<UInt32>
    /// The value given first.
    let first: UInt32

    /// Counts from `first`, or from 1.
    init(first: UIDValidity?) {
        self.first = first?.rawValue ?? 1
        value = Mutex(self.first)
    }

    /// Throws ``StoreError/limit`` when there are no more.
    func next() throws(StoreError) -> UIDValidity {
        let next = value.withLock { value in
            let next = UIDValidity(value)
            // Wraps to 0 behind the last one: 0 is no UIDVALIDITY.
            if next != nil { value &+= 1 }  // wraps on purpose
            return next
        }
        guard let next else { throw .limit }
        return next
    }
}

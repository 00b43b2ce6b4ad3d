public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// CHILDREN, RFC 3348: every LIST in its first form says `\HasChildren` or `\HasNoChildren`.
    public static let children = IMAPExtension("CHILDREN") { registry in
        registry.advertise("CHILDREN", in: .any)
        registry.add(plainListOption: ListChildrenOption())
    }
}

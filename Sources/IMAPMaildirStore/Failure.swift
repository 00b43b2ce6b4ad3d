import Glibc
import IMAPHost

/// Why something was not done, inside the store: the system's error number, or the answer for the library.
enum Failure: Error, Equatable {
    case system(Int32)
    case refused(StoreError)
    /// An index or a journal that is not what was written.
    case damaged

    /// A file or a directory on the way to it is not there.
    static let noEntry = Failure.system(ENOENT)

    /// Whether it is the room on disk that is wanting.
    var isWantOfRoom: Bool { self == .system(ENOSPC) || self == .system(EDQUOT) }

    /// What the library is told.
    var storeError: StoreError {
        switch self {
        case .refused(let error): error
        case .damaged: .corrupt
        case .system(let number):
            switch number {
            case ENOSPC, EDQUOT: .overQuota
            case EACCES, EPERM, EROFS: .noPermission
            case ENAMETOOLONG: .cannot
            case EFBIG: .tooBig
            case EEXIST, ENOTEMPTY: .alreadyExists
            default: .unavailable
            }
        }
    }
}

/// Runs `body` and says its failure in the library's words.
func answering<Result>(_ body: () throws(Failure) -> Result) throws(StoreError) -> Result {
    do throws(Failure) {
        return try body()
    } catch {
        throw error.storeError
    }
}

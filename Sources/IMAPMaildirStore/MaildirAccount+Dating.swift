import IMAPHost
import IMAPTypes

extension MaildirAccount: DatingAccount {
    var now: InternalDate { InternalDate(secondsSince1970: System.now / 1_000_000_000) }
}

/// `CAPABILITY` (RFC 9051 section 6.1.1)
package struct CapabilityCommand: ArgumentlessSyntax { package init() {} }

/// `NOOP` (RFC 9051 section 6.1.2)
package struct NoopCommand: ArgumentlessSyntax { package init() {} }

/// `LOGOUT` (RFC 9051 section 6.1.3)
package struct LogoutCommand: ArgumentlessSyntax { package init() {} }

/// `STARTTLS` (RFC 9051 section 6.2.1)
package struct StartTLSCommand: ArgumentlessSyntax { package init() {} }

/// `CLOSE` (RFC 9051 section 6.4.1)
package struct CloseCommand: ArgumentlessSyntax { package init() {} }

/// `CHECK` (RFC 3501 section 6.4.1)
package struct CheckCommand: ArgumentlessSyntax { package init() {} }

/// `EXPUNGE` (RFC 9051 section 6.4.3)
package struct ExpungeCommand: ArgumentlessSyntax { package init() {} }

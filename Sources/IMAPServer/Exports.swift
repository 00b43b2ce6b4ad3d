// A host imports IMAPServer alone: the vocabulary and what it implements come with it.
@_exported public import IMAPHost
@_exported public import IMAPText
@_exported public import IMAPTypes

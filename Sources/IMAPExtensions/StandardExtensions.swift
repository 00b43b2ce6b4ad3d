public import IMAPServer

extension IMAPExtension {
    /// Every extension of this library that can be on at once, in the order their capabilities are advertised.
    ///
    /// A host passes as much of this list as its store supports (``/IMAPServer/Swift/Array/supported(by:)``), a list of
    /// its own, or this list with ``/IMAPServer/Swift/Array/leavingOut(_:)``. LITERAL+ is not in it: it takes the place
    /// of LITERAL-, see ``literalPlus``, and neither is METADATA-SERVER, which takes that of METADATA. ANONYMOUS is offered only where the host's authenticator accepts strangers,
    /// and OAUTHBEARER where it takes tokens.
    public static var standard: [IMAPExtension] {
        [
            .imap4rev2,
            .literalMinus,
            .saslIR,
            .id(),
            .unselect,
            .enable,
            .utf8Accept,
            .language(),
            .idle,
            .multiAppend,
            .appendLimit(),
            .uidPlus,
            .move,
            .namespace,
            .children,
            .listExtended,
            .listStatus,
            .specialUse,
            .createSpecialUse,
            .statusSize,
            .quota,
            .quotaSet,
            .acl,
            .listMyRights,
            .metadata,
            .listMetadata,
            .condStore,
            .qResync,
            .objectID,
            .uidOnly,
            .esearch,
            .searchResult,
            .within,
            .sort,
            .sortDisplay,
            .esort,
            .threadOrderedSubject,
            .threadReferences,
            .partial,
            .contextSearch,
            .contextSort,
            .i18nLevel2,
            .notify,
            .unauthenticate,
            .multiAccount,
            .binary,
            .saslPlain,
            .saslLogin,
            .saslOAuthBearer,
            .saslXOAuth2,
            .saslExternal,
            .saslAnonymous,
        ]
    }
}

import IMAPCodec
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// ID, RFC 2971, answering with `fields`, or with NIL when there are none.
    ///
    /// What a client says is kept for the connection, over transition 7: RFC 8437 exempts it, as it names the program
    /// and no user. It is an input of no policy.
    public static func id(_ fields: ClientIdentification? = nil) -> IMAPExtension {
        IMAPExtension("ID") { registry in
            registry.advertise("ID", in: .any)
            registry.add(IDCommand.self)
            registry.serverID = fields
        }
    }
}

/// `ID` (RFC 2971 section 3.1)
///
/// ```abnf
/// id             = "ID" SP id-params-list
/// id-params-list = "(" *(string SP nstring) ")" / nil
/// ```
struct IDCommand: Command {
    static let facts = CommandFacts(
        "ID", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .buffered, overlongLine: .isRefused)

    /// `nil`: the client said NIL.
    let client: ClientIdentification?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        guard arguments.next == 0x28 else {
            guard try arguments.nstring() == nil else { throw arguments.unexpected }
            client = nil
            try arguments.end()
            return
        }
        let fields = try arguments.list { reader throws(SyntaxError) in
            let name = try reader.string()
            try reader.space()
            return ClientIdentification.Field(name: name, value: try reader.nstring())
        }
        guard let client = ClientIdentification(fields) else { throw arguments.error(.limit) }
        self.client = client
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.clientID = context.loggedIn == nil ? client?.keptBeforeLogin : client
        context.respondID(context.serverID)
        return .ok("ID completed")
    }
}

extension Context {
    /// `* ID (...)`, or `* ID NIL` when there is nothing to say.
    mutating func respondID(_ program: ClientIdentification?) {
        respond("ID") { writer in
            writer.space()
            guard let program, !program.fields.isEmpty else { return writer.null() }
            writer.list(program.fields) { writer, field in
                writer.string(field.name)
                writer.space()
                writer.nstring(field.value)
            }
        }
    }
}

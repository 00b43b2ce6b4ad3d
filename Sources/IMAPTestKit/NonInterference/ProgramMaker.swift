import IMAPServer
import IMAPText

/// Makes the random program of a seed: the same one everywhere.
struct ProgramMaker {
    let templates: CompiledTemplates
    let users: ProgramUsers
    let separator: [UInt8]
    private var random: SeededNumbers
    private var steps: [ProgramStep] = []
    private var user = 0
    /// Of the last tag: tags repeat from stretch to stretch.
    private var tag = 0
    private var logins = 0
    private var resets = 0
    /// Logins that may still fail: their count outlives UNAUTHENTICATE (CONNECTION-STATE row 41).
    private var failures = 3

    private init(_ templates: CompiledTemplates, _ users: ProgramUsers, _ separator: UInt8?, _ seed: UInt64) {
        self.templates = templates
        self.users = users
        self.separator = [separator ?? 0x2F]
        random = SeededNumbers(seed: seed)
    }

    static func program(
        seed: UInt64, _ templates: CompiledTemplates, _ users: ProgramUsers, separator: UInt8?
    ) -> [ProgramStep] {
        var maker = ProgramMaker(templates, users, separator, seed)
        let stretches = maker.roll(2...5)
        for number in 1...stretches { maker.stretch(isLast: number == stretches) }
        return maker.steps
    }

    // MARK: Dice

    private mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func one(in count: Int) -> Bool { roll(1...count) == 1 }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[roll(0...list.count - 1)] }

    // MARK: Stretches

    private mutating func stretch(isLast: Bool) {
        user = roll(0...users.users.count - 1)
        tag = 0
        let isPipelined = one(in: 3)
        if resets > 0 || logins > 0 {
            resets += 1
            steps.append(.reset(number: resets, end: pick(StretchEnd.allCases), isHeldBack: isPipelined))
        }
        if one(in: 4) { for _ in 0..<roll(1...2) { early(isHeldBack: isPipelined) } }
        logIn(isHeldBack: isPipelined, isOwn: one(in: isLast ? 4 : 40))
        let count = roll(0...12)
        if count > 0, one(in: 3) { send(command(named: "ENABLE"), isHeldBack: one(in: 3)) }
        if count > 0, one(in: 2) { send(command(named: "SELECT"), isHeldBack: one(in: 5)) }
        for _ in 0..<count { step() }
    }

    private mutating func step() {
        switch roll(0...99) {
        case 0..<14: steps.append(.happen(event()))
        case 14..<19: idle()
        case 19..<21 where templates.canCompress:
            steps.append(.compress(tag: String(decoding: nextTag(), as: UTF8.self)))
        case 21..<24:
            // Cut anywhere, with something happening in the middle.
            let line = command()
            let cut = roll(0...line.count)
            steps.append(.send(Array(line[..<cut]), isHeldBack: false))
            steps.append(.happen(event()))
            steps.append(.send(Array(line[cut...]), isHeldBack: one(in: 3)))
        default: send(command(), isHeldBack: one(in: 5))
        }
    }

    private mutating func send(_ octets: [UInt8], isHeldBack: Bool) {
        steps.append(.send(octets, isHeldBack: isHeldBack))
    }

    private mutating func event() -> ProgramEvent {
        // Oftener the user's own mail, whom it concerns.
        let whose = one(in: 3) ? roll(0...users.users.count - 1) : user
        let kind: ProgramEvent.Kind =
            switch roll(0...9) {
            case 0...2: .deliver
            case 3, 4: .flag
            case 5: .keyword
            case 6: .remove
            default: pick(ProgramEvent.Kind.allCases)
            }
        return ProgramEvent(kind: kind, user: whose, number: roll(0...1))
    }

    private mutating func idle() {
        if !one(in: 4) { send(nextTag() + Array(" SELECT INBOX\r\n".utf8), isHeldBack: one(in: 3)) }
        send(nextTag() + Array(" IDLE\r\n".utf8), isHeldBack: false)
        for _ in 0..<roll(0...3) { steps.append(.happen(event())) }
        send(Array(pick(["DONE\r\n", "DONE\r\n", "done\r\n", "XYZZY\r\n", "DONE \r\n"]).utf8), isHeldBack: one(in: 4))
    }

    // MARK: Logins

    private mutating func logIn(isHeldBack: Bool, isOwn: Bool) {
        logins += 1
        let tag = Array(ProgramStep.loginTag(logins).utf8)
        let name = users.users[user].name
        let administrator = users.administrator
        let plain = encoded("\(name)\0\(administrator.name)\0\(administrator.password)")
        var forms: [[UInt8]] = []
        if isOwn { forms = [Array(" LOGIN \(name) \(users.users[user].password)\r\n".utf8)] }
        if forms.isEmpty, templates.mechanisms.contains(Array("PLAIN".utf8)) {
            forms += [Array(" AUTHENTICATE PLAIN ".utf8) + plain, Array(" AUTHENTICATE PLAIN\r\n".utf8) + plain]
        }
        if !isOwn, templates.mechanisms.contains(Array("EXTERNAL".utf8)) {
            forms.append(Array(" AUTHENTICATE EXTERNAL ".utf8) + encoded(name))
        }
        let form = forms.isEmpty ? Array(" NOOP".utf8) : pick(forms)
        let login = Login(number: logins, user: user, octets: tag + form + (isOwn ? [] : [0x0D, 0x0A]))
        steps.append(.logIn(login, isHeldBack: isHeldBack))
    }

    private func encoded(_ text: String) -> [UInt8] { Base64.encode(Array(text.utf8).span) }

    /// Before a login: not permitted, or harmless, or an exchange that leads nowhere.
    private mutating func early(isHeldBack: Bool) {
        let mechanism = templates.mechanisms.isEmpty ? Array("PLAIN".utf8) : pick(templates.mechanisms)
        let exchange = nextTag() + Array(" AUTHENTICATE ".utf8) + mechanism
        let lineEnd: [UInt8] = [0x0D, 0x0A]
        switch roll(0...9) {
        case 0, 1: send(exchange + lineEnd + Array("*\r\n".utf8), isHeldBack: isHeldBack)
        case 2: send(exchange + lineEnd + Array(pick(["!!!", "AA", "="]).utf8) + lineEnd, isHeldBack: isHeldBack)
        // Half an exchange: the login is its next line.
        case 3: send(one(in: 4) ? exchange + lineEnd : exchange + Array(" *\r\n".utf8), isHeldBack: isHeldBack)
        case 4, 5:
            guard failures > 0 else { return }
            failures -= 1
            let name = users.users[user].name
            if one(in: 2) {
                send(nextTag() + Array(" LOGIN \(name) wrong\r\n".utf8), isHeldBack: isHeldBack)
            } else {
                let plain = encoded("\(name)\0\(users.administrator.name)\0wrong")
                send(nextTag() + Array(" AUTHENTICATE PLAIN\r\n".utf8) + plain + lineEnd, isHeldBack: isHeldBack)
            }
        case 6: send(nextTag() + Array(" UNAUTHENTICATE\r\n".utf8), isHeldBack: isHeldBack)
        default: send(command(), isHeldBack: isHeldBack)
        }
    }

    // MARK: Commands

    private mutating func nextTag() -> [UInt8] {
        tag += 1
        return Array("t\(tag)".utf8)
    }

    private mutating func command() -> [UInt8] { command(templates.commands[pick(templates.lots)]) }

    /// A command that is known, or another one.
    private mutating func command(named name: String) -> [UInt8] {
        guard let found = templates.commands.first(where: { $0.name == Array(name.utf8) }) else { return command() }
        return command(found)
    }

    /// A command's line and all that belongs to it; sometimes spoilt.
    private mutating func command(_ command: CompiledTemplates.Command) -> [UInt8] {
        var line = nextTag() + [0x20]
        switch command.forms {
        case .plain: break
        case .plainAndUID: if one(in: 2) { line += Array("UID ".utf8) }
        case .uidOnly: line += Array("UID ".utf8)
        }
        line += command.name
        guard !command.arguments.isEmpty, !one(in: 25) else { return line + wrongArguments() + [0x0D, 0x0A] }
        let pieces = pick(command.arguments)
        if !pieces.isEmpty { line.append(0x20) }
        render(pieces, into: &line, depth: 0)
        if one(in: 12), !line.contains(0x7B) { spoil(&line) }
        return line + [0x0D, 0x0A]
    }

    /// Arguments that suit few commands or none.
    private mutating func wrongArguments() -> [UInt8] {
        let forms = [
            "", " ", " x", " (", " ()", " NIL", " {3+}\r\nabc", " {3}\r\nabc", " \"", " \"\u{e9}\" *", " 1:*", " 0",
            " INBOX", " INBOX (", " (((((((((", " {99999999999999999999}", " {4097+}", " ~{4+}\r\na\0bc", " \\Seen",
            " *",
        ]
        return Array(pick(forms).utf8)
    }

    private mutating func spoil(_ line: inout [UInt8]) {
        switch roll(0...6) {
        case 0: line.removeLast()
        case 1: line.append(0x20)
        case 2: line += Array(" x".utf8)
        case 3: line.insert(0x20, at: line.firstIndex(of: 0x20) ?? 0)
        case 4: line = line.map { ProgramMaker.lower($0) }
        case 5: line[roll(0...line.count - 1)] = UInt8(pick([0x22, 0x28, 0x29, 0x2A, 0x5C, 0xE9, 0x00]))
        default: line.removeSubrange(roll(2...line.count - 1)...)
        }
    }

    private static func lower(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }

    private mutating func render(_ pieces: [CompiledTemplates.Piece], into line: inout [UInt8], depth: Int) {
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .gap(let gap): render(gap, into: &line, depth: depth)
            }
        }
    }

    private mutating func render(_ gap: CompiledTemplates.Gap, into line: inout [UInt8], depth: Int) {
        switch gap {
        case .own: line += users.mark(of: user)
        // Less than a mark: to be looked for, and never found as one in an answer.
        case .other: line += users.mark(of: roll(0...users.users.count - 1)).dropLast()
        case .user: line += Array(pick(users.users).name.utf8)
        case .mailbox:
            var name: [UInt8] = []
            render(pick(templates.words[templates.mailboxes]), into: &name, depth: depth + 1)
            line += one(in: 5) ? string(name) : name
        case .string:
            var text: [UInt8] = []
            render(pick(templates.words[templates.texts]), into: &text, depth: depth + 1)
            line += string(text)
        case .message: message(into: &line)
        case .number: line += Array("\(roll(1...6))".utf8)
        case .set: line += Array(pick(["1", "2", "1:2", "1:*", "*", "2:3,1", "3", "5", "9:7", "$", "4:*"]).utf8)
        case .mode: line += templates.modes.isEmpty ? Array("X-NOTHING".utf8) : pick(templates.modes)
        case .validity: line.append(RunGap.validity)
        case .modSequence:
            if one(in: 2) { line.append(RunGap.modSequence) } else { line += Array("\(roll(1...30))".utf8) }
        case .separator: line += separator
        case .word(let number):
            let forms = templates.words[number]
            // Deep enough: the first is a leaf.
            render(depth < 5 ? pick(forms) : forms[0], into: &line, depth: depth + 1)
        }
    }

    /// A string in one of its forms.
    private mutating func string(_ text: [UInt8]) -> [UInt8] {
        switch roll(0...3) {
        case 0: Array("{\(text.count)}\r\n".utf8) + text
        case 1: Array("{\(text.count)+}\r\n".utf8) + text
        default: [0x22] + text + [0x22]
        }
    }

    /// A message to append, or several.
    private mutating func message(into line: inout [UInt8]) {
        let mark = String(decoding: users.mark(of: user), as: UTF8.self)
        let text = Array("Subject: \(mark)\r\n\r\nmail of \(mark), appended \(roll(10...99))\r\n".utf8)
        switch roll(0...11) {
        case 0...2: line += Array("{\(text.count)}\r\n".utf8) + text
        case 3...6: line += Array("{\(text.count)+}\r\n".utf8) + text
        case 7:
            line += Array("{3+}\r\none (\\Draft \(mark)) {\(text.count)+}\r\n".utf8) + text
        case 8: line += Array("~{\(text.count + 1)+}\r\n".utf8) + text + [0]
        case 9: line += Array("UTF8 (~{\(text.count)+}\r\n".utf8) + text + [0x29]
        case 10: line += Array("{3+}\r\nabc {\(pick([0, 67_108_865, 5]))}".utf8)
        default: line += Array("{4000+}\r\n".utf8) + [UInt8](repeating: 0x7A, count: 4000)
        }
    }
}

import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("THREAD (RFC 5256)")
struct ThreadTests {
    private func thread(_ algorithm: String, _ mails: [String]) async throws -> String {
        let mailbox = try await SearchFixture(mails.map { SearchFixture.Mail(text: $0 + "\n\nx\n") })
        let answer = await mailbox.client.line("q THREAD \(algorithm) UTF-8 ALL")
        let end = "\r\nq OK THREAD completed\r\n"
        guard answer.hasPrefix("* THREAD"), answer.hasSuffix(end) else { return answer }
        return String(answer.dropFirst(8).dropLast(end.count).drop { $0 == " " })
    }

    private func day(_ day: Int) -> String { "Date: \(day) Jan 2020 00:00:00 +0000\n" }

    @Test func nothingFoundIsAnsweredWithNothing() async throws {
        #expect(try await thread("REFERENCES", []) == "")
        #expect(try await thread("ORDEREDSUBJECT", []) == "")
    }

    /// The shapes of the examples in section 4.
    @Test func threadsBranch() async throws {
        let replies = [
            (1, 0), (2, 0), (3, 2), (4, 3), (5, 3), (6, 4), (7, 5), (8, 7),
        ]
        let mails = replies.map { number, parent in
            "Message-ID: <\(number)@x>\n" + (parent == 0 ? "" : "References: <\(parent)@x>\n") + day(number)
                + "Subject: \(number)"
        }
        #expect(try await thread("REFERENCES", mails) == "(1)(2 3 (4 6)(5 7 8))")
    }

    @Test func siblingsWithoutTheirParentAreOneThread() async throws {
        #expect(
            try await thread("REFERENCES", ["References: <a@x>\nSubject: p", "References: <a@x>\nSubject: q"])
                == "((1)(2))")
        // Of one child its missing ancestors are forgotten.
        #expect(try await thread("REFERENCES", ["References: <a@x> <b@x> <c@x>\nSubject: p"]) == "(1)")
        #expect(
            try await thread(
                "REFERENCES", ["References: <a@x> <b@x>\nSubject: p", "References: <a@x> <c@x>\nSubject: q"])
                == "((1)(2))")
    }

    @Test func aThousandFormsOfAnIDAreOne() async throws {
        #expect(
            try await thread(
                "REFERENCES",
                [
                    "Message-ID: <\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>\nSubject: p",
                    "In-Reply-To: < 01KF8JCEOCBS0045PS (he) @xxx.yyy.com>\nSubject: q",
                    "References: <01kf8jceocbs0045ps@xxx.yyy.com>\nSubject: r",
                ]) == "(1 2)(3)")
    }

    @Test func linksAreNotChangedButByTheMessageItself() async throws {
        // 3 says that 2 is below 1; 2 itself says that it is below nobody.
        #expect(
            try await thread(
                "REFERENCES",
                [
                    "Message-ID: <1@x>\nSubject: p", "Message-ID: <2@x>\nReferences: <9@x>\nSubject: q",
                    "Message-ID: <3@x>\nReferences: <1@x> <2@x>\nSubject: r",
                ]) == "(1)(2 3)")
        // A loop is not made: of 1 below 2 below 1 the first stands.
        #expect(
            try await thread(
                "REFERENCES",
                [
                    "Message-ID: <1@x>\nReferences: <2@x>\nSubject: p",
                    "Message-ID: <2@x>\nReferences: <1@x>\nSubject: q",
                ]) == "(2 1)")
        #expect(try await thread("REFERENCES", ["Message-ID: <1@x>\nReferences: <1@x>\nSubject: p"]) == "(1)")
    }

    @Test func repeatedIDsAreThatOfTheFirst() async throws {
        #expect(
            try await thread(
                "REFERENCES",
                [
                    "Message-ID: <1@x>\nSubject: p", "Message-ID: <1@x>\nSubject: q",
                    "References: <1@x>\nSubject: r",
                ]) == "(1 3)(2)")
    }

    /// Step 5.
    @Test func threadsWithOneSubjectAreMerged() async throws {
        #expect(try await thread("REFERENCES", [day(1) + "Subject: p", day(2) + "Subject: Re: P"]) == "(1 2)")
        // Neither is a reply, or both: they are siblings.
        #expect(try await thread("REFERENCES", [day(2) + "Subject: p", day(1) + "Subject: [x] p"]) == "((2)(1))")
        #expect(try await thread("REFERENCES", [day(1) + "Subject: re: p", day(2) + "Subject: Re: p"]) == "((1)(2))")
        // The reply came first, and is below all the same.
        #expect(try await thread("REFERENCES", [day(1) + "Subject: re: p", day(2) + "Subject: p"]) == "(2 1)")
        #expect(try await thread("REFERENCES", ["Subject: ", "Subject: re:", "X: y"]) == "(1)(2)(3)")
        // With missing parents.
        let below = "References: <a@x>\nSubject: p"
        #expect(
            try await thread(
                "REFERENCES", [day(1) + below, day(2) + below, day(3) + "Subject: p", day(0 + 4) + "Subject: Re: p"])
                == "((1)(2)(3)(4))")
        #expect(
            try await thread(
                "REFERENCES",
                [
                    day(1) + below, day(2) + below, day(3) + "References: <b@x>\nSubject: p",
                    day(4) + "References: <b@x>\nSubject: q",
                ]) == "((1)(2)(3)(4))")
    }

    @Test func subjectsAreThreadsInTheOrderOfTheirFirstMessage() async throws {
        #expect(
            try await thread(
                "ORDEREDSUBJECT",
                [
                    day(5) + "Subject: p", day(2) + "Subject: q", day(4) + "Subject: Re: P", day(3) + "Subject: fwd: p",
                    day(1) + "Subject: r", day(6) + "Subject: Q",
                ]) == "(5)(2 6)(4 (3)(1))")
    }
}

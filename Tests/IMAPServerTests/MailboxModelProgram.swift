import IMAPTestKit

/// A random program: how many sessions of which kind, and steps. What a step does is made up from its own seed when its
/// turn comes, from what its client knows then: any step can be left out, and the others still mean something.
struct ModelProgram {
    let seed: UInt64
    var steps: [UInt64]

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        steps = (0..<Int.random(in: 8...28, using: &random)).map { _ in random.next() }
    }

    init(seed: UInt64, steps: [UInt64]) {
        self.seed = seed
        self.steps = steps
    }

    /// Runs it. Returns what went wrong, with everything that was said.
    func run() async -> String? {
        do {
            var random = SeededGenerator(seed: seed ^ 0x5EED)
            let world = try await ModelWorld(batch: [2, 1000].randomElement(using: &random) ?? 1000)
            do {
                try await begin(world, &random)
                for step in steps { try await world.run(step) }
                try await world.finish()
                await end(world)
                return nil
            } catch let failure as ModelFailure {
                await end(world)
                return "\(failure.text)\n" + world.log.joined(separator: "\n")
            }
        } catch { return "\(error)" }
    }

    private func begin(_ world: ModelWorld, _ random: inout SeededGenerator) async throws {
        var chooser = ModelChooser(random)
        for _ in 0..<Int.random(in: 2...6, using: &chooser.random) { try world.happen(chooser.delivery(world), in: 0) }
        for _ in 0..<Int.random(in: 0...3, using: &chooser.random) { try world.happen(chooser.delivery(world), in: 1) }
        for _ in 0..<Int.random(in: 2...4, using: &chooser.random) {
            let isUIDOnly = chooser.one(in: 5)
            try await world.connect(
                isRev2: chooser.one(in: 4), isUIDOnly: isUIDOnly, condStore: chooser.one(in: isUIDOnly ? 2 : 4))
        }
        for s in world.sessions.indices {
            let command = ModelCommand.select(
                chooser.one(in: 5) ? 1 : 0, isReadOnly: chooser.one(in: 6), condStore: chooser.one(in: 8))
            try await world.perform(command, by: s)
            if !chooser.one(in: 4) { try await world.look(s) }
        }
    }

    private func end(_ world: ModelWorld) async {
        for session in world.sessions { session.client.transport.hangUp() }
        world.sessions = []
    }

    /// The smallest program found that still fails, by leaving out steps, many at first.
    func shrunk() async -> ModelProgram {
        var best = self
        var size = max(best.steps.count / 2, 1)
        while true {
            var start = 0
            var hasShrunk = false
            while start < best.steps.count {
                var steps = best.steps
                steps.removeSubrange(start..<min(start + size, steps.count))
                let candidate = ModelProgram(seed: seed, steps: steps)
                if await candidate.run() != nil {
                    best = candidate
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { return best }
            size = max(size / 2, 1)
        }
    }
}

/// One thing that is measured: a cycle of work that can be done over and over.
struct Benchmark {
    /// What is wrong when a cycle's result is not what it must be.
    struct Failure: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Its inputs are not there: it cannot be measured, which alone is no failure.
    struct Skipped: Error {
        let reason: String
    }

    /// `group/name`
    let name: String
    /// What is counted: a command, a message.
    let unit: String
    /// How many of them one cycle has.
    let units: Int
    /// Octets that one cycle reads or writes; 0 where that says nothing.
    let octets: Int
    /// Makes everything ready and returns one cycle. A cycle throws when its result is wrong.
    let prepare: () throws -> () throws -> Void

    init(
        _ name: String, per unit: String, units: Int = 1, octets: Int = 0,
        prepare: @escaping () throws -> () throws -> Void
    ) {
        self.name = name
        self.unit = unit
        self.units = max(1, units)
        self.octets = octets
        self.prepare = prepare
    }
}

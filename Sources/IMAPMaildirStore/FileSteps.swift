/// Who is told before each step that changes something on disk. Tests end the process there, or have the step fail.
protocol FileSteps: Sendable {
    /// The step is about to be made. What this throws is the step's failure.
    func pass(_ step: FileStep) throws(Failure)

    /// Whether a write is made in two halves, each a step, so that one can be cut in the middle.
    var splitsWrites: Bool { get }
}

/// A step that changes something on disk, or makes it last.
enum FileStep: Hashable, Sendable {
    case create(Path)
    case write(Path)
    case truncate(Path)
    case setTime(Path)
    case sync(Path)
    case rename(Path, Path)
    case link(Path, Path)
    case remove(Path)
    case makeDirectory(Path)
    case removeDirectory(Path)
}

/// Nobody is told.
struct UnobservedSteps: FileSteps {
    func pass(_ step: FileStep) {}
    var splitsWrites: Bool { false }
}

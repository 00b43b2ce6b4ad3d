#if FUZZING
    /// libFuzzer's own loop, in the fuzzer's run-time library.
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    nonisolated(unsafe) private var target = FuzzTarget.all[0]

    /// The program's beginning: SwiftPM gives it this name in an executable.
    ///
    /// `imap-fuzz TARGET --libfuzzer ARGUMENTS`: the target and the option are taken out, libFuzzer gets the rest.
    @_cdecl("imap_fuzz_main")
    public func imapFuzzMain(
        _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> CInt {
        guard count >= 3, let name = arguments[1], let option = arguments[2], String(cString: option) == "--libfuzzer",
            let chosen = FuzzTarget.named(String(cString: name))
        else {
            CommandLineTool.run((1..<max(Int(count), 1)).compactMap { arguments[$0].map { String(cString: $0) } })
            return 0
        }
        target = chosen
        arguments[2] = arguments[0]
        var rest = count - 2
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments + 2
        return runDriver(&rest, &list) { octets, size in
            target.run(Array(UnsafeBufferPointer(start: octets, count: size)))
            return 0
        }
    }
#endif

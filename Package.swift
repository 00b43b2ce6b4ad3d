// swift-tools-version: 6.2
import PackageDescription

/// Language mode 6 everywhere; the upcoming features make ownership of isolation, existentials and imports explicit.
let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Library targets also build with strict memory safety: no `unsafe` in them.
let library: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
    name: "swift-imap-server",
    products: [
        .library(name: "IMAPServer", targets: ["IMAPServer"]),
        .library(name: "IMAPExtensions", targets: ["IMAPExtensions"]),
        .library(name: "IMAPHost", targets: ["IMAPHost"]),
        .library(name: "IMAPTypes", targets: ["IMAPTypes"]),
        .library(name: "IMAPSession", targets: ["IMAPSession"]),
        .library(name: "IMAPParser", targets: ["IMAPParser"]),
        .library(name: "IMAPCodec", targets: ["IMAPCodec"]),
        .library(name: "IMAPMemoryStore", targets: ["IMAPMemoryStore"]),
        .library(name: "IMAPMaildirStore", targets: ["IMAPMaildirStore"]),
        .library(name: "IMAPTestKit", targets: ["IMAPTestKit"]),
        .executable(name: "imap-server", targets: ["imap-server"]),
    ],
    dependencies: [],
    targets: [
        // Level 0
        .target(name: "IMAPTypes", swiftSettings: library),
        .target(name: "IMAPText", swiftSettings: library),
        // Level 1
        .target(name: "IMAPParser", dependencies: ["IMAPTypes", "IMAPText"], swiftSettings: library),
        .target(name: "IMAPSession", dependencies: ["IMAPTypes"], swiftSettings: library),
        .target(name: "IMAPMessage", dependencies: ["IMAPTypes", "IMAPText"], swiftSettings: library),
        .target(name: "IMAPHost", dependencies: ["IMAPTypes"], swiftSettings: library),
        // Level 2
        .target(name: "IMAPCodec", dependencies: ["IMAPTypes", "IMAPText", "IMAPParser"], swiftSettings: library),
        // Level 3
        .target(
            name: "IMAPServer",
            dependencies: [
                "IMAPTypes", "IMAPText", "IMAPParser", "IMAPSession", "IMAPMessage", "IMAPHost", "IMAPCodec",
            ],
            swiftSettings: library),
        // Level 4
        .target(
            name: "IMAPExtensions",
            dependencies: [
                "IMAPTypes", "IMAPText", "IMAPParser", "IMAPSession", "IMAPHost", "IMAPCodec", "IMAPServer",
            ],
            swiftSettings: library),
        // Level 5
        .target(name: "IMAPMemoryStore", dependencies: ["IMAPTypes", "IMAPHost"], swiftSettings: library),
        .target(
            name: "IMAPMaildirStore", dependencies: ["IMAPTypes", "IMAPText", "IMAPHost"], swiftSettings: common),
        .target(
            name: "IMAPTestKit",
            dependencies: ["IMAPTypes", "IMAPText", "IMAPHost", "IMAPCodec", "IMAPServer", "IMAPExtensions"],
            swiftSettings: library),
        // Level 6
        .executableTarget(
            name: "imap-server",
            dependencies: ["IMAPServer", "IMAPExtensions", "IMAPMemoryStore", "IMAPMaildirStore"],
            swiftSettings: common),
        .executableTarget(
            name: "imap-bench",
            dependencies: [
                "IMAPTypes", "IMAPText", "IMAPParser", "IMAPMessage", "IMAPHost", "IMAPCodec", "IMAPServer",
                "IMAPExtensions", "IMAPMemoryStore", "IMAPTestKit",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "imap-fuzz",
            dependencies: [
                "IMAPTypes", "IMAPText", "IMAPParser", "IMAPMessage", "IMAPHost", "IMAPCodec", "IMAPServer",
                "IMAPExtensions", "IMAPMemoryStore", "IMAPTestKit",
            ], swiftSettings: common),
        // Tests
        .testTarget(name: "IMAPTypesTests", dependencies: ["IMAPTypes", "IMAPText"], swiftSettings: common),
        .testTarget(
            name: "IMAPMessageTests", dependencies: ["IMAPTypes", "IMAPText", "IMAPMessage"], swiftSettings: common),
        .testTarget(
            name: "IMAPParserTests", dependencies: ["IMAPTypes", "IMAPParser", "IMAPCodec", "imap-fuzz"],
            swiftSettings: common),
        .testTarget(
            name: "IMAPFuzzTests",
            dependencies: [
                "IMAPTypes", "IMAPParser", "IMAPSession", "IMAPHost", "IMAPCodec", "IMAPServer", "IMAPExtensions",
                "IMAPTestKit", "imap-fuzz",
            ], swiftSettings: common),
        .testTarget(name: "IMAPCodecTests", dependencies: ["IMAPCodec"], swiftSettings: common),
        .testTarget(
            name: "IMAPMemoryStoreTests", dependencies: ["IMAPTypes", "IMAPHost", "IMAPMemoryStore"],
            swiftSettings: common),
        .testTarget(
            name: "IMAPConformanceTests",
            dependencies: ["IMAPTypes", "IMAPHost", "IMAPMemoryStore", "IMAPMaildirStore", "IMAPTestKit"],
            swiftSettings: common),
        .testTarget(
            name: "IMAPMaildirStoreTests", dependencies: ["IMAPTypes", "IMAPHost", "IMAPMaildirStore"],
            swiftSettings: common),
        .testTarget(
            name: "IMAPServerProcessTests",
            dependencies: ["IMAPTypes", "IMAPText", "IMAPHost", "IMAPTestKit", "imap-server"],
            swiftSettings: common),
        .testTarget(name: "IMAPSessionTests", dependencies: ["IMAPSession"], swiftSettings: common),
        // The listings of the articles and of README.md, compiled and run: public API alone.
        .testTarget(
            name: "IMAPDocumentationTests",
            dependencies: [
                "IMAPTypes", "IMAPParser", "IMAPSession", "IMAPHost", "IMAPCodec", "IMAPServer", "IMAPExtensions",
                "IMAPMemoryStore", "IMAPTestKit",
            ],
            swiftSettings: common),
        .testTarget(
            name: "IMAPServerTests",
            dependencies: [
                "IMAPTypes", "IMAPText", "IMAPParser", "IMAPSession", "IMAPHost", "IMAPCodec", "IMAPServer",
                "IMAPExtensions", "IMAPMemoryStore", "IMAPMaildirStore", "IMAPTestKit",
            ],
            swiftSettings: common),
    ]
)

// Package config gathers the settings of every command: one struct per concern
// (Chain, Axon, Log, ...), one per role that is made of them (Miner, Validator,
// ...), and one mechanism that fills them.
//
// A setting has one key, such as axon.port. The same key is its flag
// (--axon.port), its place in the YAML file (axon: {port: 8091}, or
// axon.port: 8091) and, in capitals, its environment variable (ASSAY_AXON_PORT).
// A flag goes before the environment, the environment before the file, the file
// before the default, and each value knows which of them it came from.
//
// Reading is strict: an unknown key, flag or variable is a problem, so is a value
// that does not parse, even where a stronger source overrides it. All problems are
// reported together, each with its place and what would be right.
package config

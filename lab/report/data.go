package report

import "github.com/assaynet/assay/lab"

// Data is what a report is made of: what the manifest of a run says, and its tables. A
// table without rows has no section, but for events: one that is not nil says that nothing
// happened to anybody.
type Data struct {
	Manifest Manifest

	Actors          []lab.Actor
	Pay             []lab.Pay
	Weights         []lab.Weight
	Trust           []lab.Trust
	Events          []lab.Event
	Verdicts        []lab.Verdict
	Limits          []lab.Verdict // adversaries that nothing is said to stand against
	Shares          []lab.Share
	Characteristics []lab.Characteristic
	Trials          []lab.Trial
}

// Manifest is what a run says of itself.
type Manifest struct {
	Command  string // such as "assay lab simulate"
	Version  string // of the program that made the run
	Seed     uint64
	Finished bool
	// Settings are the flags that the results follow from.
	Settings map[string]string
	// Digests of what went in, in hex; empty where the run had none.
	Scenario, Parameters string
	Tables               []Table
}

// Table is a file of the run.
type Table struct {
	Name   string
	Rows   int64
	SHA256 string // in hex
}
